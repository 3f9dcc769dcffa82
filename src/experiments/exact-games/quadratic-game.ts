import { ConfigError, DivergenceError, ShapeError } from "../../errors/errors.js";
import { implicitGradient, type SmoothGame } from "../../game/stackelberg.js";
import {
  isPositiveDefinite,
  type Matrix,
  plus,
  product,
  solve,
  solveAll,
  times,
  transposed,
} from "../../math/matrix.js";
import { addScaled, dot, type Vector } from "../../math/vector.js";
import type { ExactMoves } from "./trajectory.js";

/** L(x, y) = ½ xᵀAx + xᵀBy + ½ yᵀCy + aᵀx + cᵀy. */
export interface Quadratic {
  readonly A: Matrix;
  readonly B: Matrix;
  readonly C: Matrix;
  readonly a: Vector;
  readonly c: Vector;
}

/** Who plays first in a Stackelberg game: PAL or MAL. */
export type Leader = "policy" | "model";

/** The game (4) with two quadratic losses of x = π and y = M, both minimised: L_π is −J(π, M), L_M is ℓ(M, μ_W^π). */
export interface QuadraticGame {
  readonly policyLoss: Quadratic;
  readonly modelLoss: Quadratic;
}

export interface QuadraticPlayers {
  readonly policy: Vector;
  readonly model: Vector;
}

/** The same loss with x and y exchanged. */
const exchanged = ({ A, B, C, a, c }: Quadratic): Quadratic => ({ A: C, B: transposed(B), C: A, a: c, c: a });

/** ∂L/∂x. */
const slope = ({ A, B, a }: Quadratic, x: Vector, y: Vector): Vector =>
  addScaled(addScaled(times(A, x), times(B, y)), a);

export const quadraticValue = ({ A, B, C, a, c }: Quadratic, x: Vector, y: Vector): number =>
  dot(x, times(A, x)) / 2 + dot(x, times(B, y)) + dot(y, times(C, y)) / 2 + dot(a, x) + dot(c, y);

/**
 * A quadratic game, checked: each player's own Hessian is positive definite, so each has one answer to the other.
 *
 * @throws {ConfigError} where it is singular or not positive definite
 * @throws {ShapeError} where sizes do not fit
 */
export function quadraticGame(game: QuadraticGame): QuadraticGame {
  const [n, m] = [game.policyLoss.a.length, game.modelLoss.c.length];
  for (const [player, { A, B, C, a, c }] of Object.entries(game) as [string, Quadratic][]) {
    const fits = (X: Matrix, rows: number, columns: number) =>
      X.length === rows && X.every((row) => row.length === columns);
    if (!(fits(A, n, n) && fits(B, n, m) && fits(C, m, m) && a.length === n && c.length === m))
      throw new ShapeError(`quadraticGame.${player}`, `does not fit ${n} and ${m} parameters`, "Fix its matrices");
  }
  const own = [
    ["policyLoss.A", game.policyLoss.A],
    ["modelLoss.C", game.modelLoss.C],
  ] as const;
  for (const [where, hessian] of own) {
    if (!isPositiveDefinite(hessian))
      throw new ConfigError(
        `quadraticGame.${where}`,
        "the player's own Hessian is singular or not positive definite, so it has no unique answer",
        "Add a positive multiple of the identity",
      );
  }
  return game;
}

/** argmin of a player's own loss against a fixed opponent. */
export function answer({ policyLoss, modelLoss }: QuadraticGame, player: Leader, opponent: Vector): Vector {
  const { A, B, a } = player === "policy" ? policyLoss : exchanged(modelLoss);
  return solve(
    A,
    addScaled(times(B, opponent), a).map((x) => -x),
  )!;
}

const regular = (x: Vector | undefined, what: string): Vector => {
  if (x !== undefined) return x;
  throw new DivergenceError("quadraticGame", `${what} is not unique: its matrix is singular`, "Change a coupling");
};

/** Where neither player gains by moving alone: ∂L_π/∂π = 0 and ∂L_M/∂M = 0. */
export function nash({ policyLoss, modelLoss }: QuadraticGame): QuadraticPlayers {
  const n = policyLoss.a.length;
  const theirs = exchanged(modelLoss);
  const rows = [
    ...policyLoss.A.map((row, i) => Float64Array.of(...row, ...policyLoss.B[i])),
    ...theirs.B.map((row, i) => Float64Array.of(...row, ...theirs.A[i])),
  ];
  const both = regular(
    solve(
      rows,
      [...policyLoss.a, ...theirs.a].map((x) => -x),
    ),
    "the Nash equilibrium",
  );
  return { policy: both.slice(0, n), model: both.slice(n) };
}

/**
 * The Stackelberg equilibrium (10), (11) in closed form. The follower answers y = Gx + h; put into L_A that leaves a
 * quadratic in x alone.
 *
 * @throws {DivergenceError} where the leader's problem has no minimum
 */
export function leaderEquilibrium(game: QuadraticGame, leader: Leader): QuadraticPlayers {
  const own = leader === "policy" ? game.policyLoss : exchanged(game.modelLoss);
  const followers = leader === "policy" ? exchanged(game.modelLoss) : game.policyLoss;
  const G = solveAll(followers.A, followers.B)!.map((row) => row.map((x) => -x));
  const h = solve(
    followers.A,
    followers.a.map((x) => -x),
  )!;
  const Gt = transposed(G);
  // L_A(x, Gx + h) = ½ xᵀ H x + gᵀx + const
  const BG = product(own.B, G);
  const H = plus(plus(own.A, plus(BG, transposed(BG))), product(Gt, product(own.C, G)));
  const g = addScaled(addScaled(times(own.B, h), own.a), times(Gt, addScaled(times(own.C, h), own.c)));
  if (!isPositiveDefinite(H))
    throw new DivergenceError(
      "quadraticGame",
      `with the ${leader} as leader its loss, the follower's answer put in, has no minimum`,
      "Weaken the couplings",
    );
  const x = solve(
    H,
    g.map((y) => -y),
  )!;
  const y = addScaled(times(G, x), h);
  return leader === "policy" ? { policy: x, model: y } : { policy: y, model: x };
}

/** The game as its leader sees it, for (12) and (13). */
export function asSmoothGame(game: QuadraticGame, leader: Leader): SmoothGame {
  const own = leader === "policy" ? game.policyLoss : exchanged(game.modelLoss);
  const followers = leader === "policy" ? exchanged(game.modelLoss) : game.policyLoss;
  return {
    leaderGradient: (x, y) => slope(own, x, y),
    crossGradient: (x, y) => slope(exchanged(own), y, x),
    followerGradient: (x, y) => slope(followers, y, x),
    followerHessian: () => (v) => times(followers.A, v),
    mixedProduct: () => {
      const mixed = transposed(followers.B); // ∂²L_B/∂x∂yᵀ
      return (v) => times(mixed, v);
    },
  };
}

/** How a player moves: the exact answer, a step down its own gradient, or a step down the leader's total gradient (12). */
export type Move = "answer" | { readonly gradient: number } | { readonly stackelberg: number };

const CG = { iterations: 100, tolerance: 1e-12 } as const;

/** Exact moves; a sample is the policy that it was gathered with, and stands for all of μ_W^π. */
export function quadraticMoves(
  game: QuadraticGame,
  policyMove: Move,
  modelMove: Move,
): ExactMoves<Vector, Vector, Vector> {
  const step = async (player: Leader, move: Move, own: Vector, opponent: Vector): Promise<Vector> => {
    if (move === "answer") return answer(game, player, opponent);
    const smooth = asSmoothGame(game, player);
    if ("gradient" in move) return addScaled(own, await smooth.leaderGradient(own, opponent), -move.gradient);
    return addScaled(own, (await implicitGradient(smooth, own, opponent, CG)).gradient, -move.stackelberg);
  };
  return {
    sample: (policy) => policy,
    fitModel: (model, data) => step("model", modelMove, model, data[data.length - 1]),
    improvePolicy: (policy, model) => step("policy", policyMove, policy, model),
  };
}

/**
 * A game of two numbers: L_π = ½x² + p·xy + ¼y² − x and L_M = ½y² + m·xy, so that x answers 1 − p·y and y answers −m·x.
 * Where p·m < 0 the answers turn around the equilibrium: at p·m = −1 best responses go in a circle of four, beyond it
 * they spiral out.
 */
export function scalarGame({ p, m }: { readonly p: number; readonly m: number }): QuadraticGame {
  const [one, number] = [[Float64Array.of(1)], (x: number) => [Float64Array.of(x)]];
  return quadraticGame({
    policyLoss: { A: one, B: number(p), C: number(0.5), a: Float64Array.of(-1), c: Float64Array.of(0) },
    modelLoss: { A: number(0), B: number(m), C: one, a: Float64Array.of(0), c: Float64Array.of(0) },
  });
}
