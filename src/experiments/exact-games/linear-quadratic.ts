import { ConfigError, DivergenceError } from "../../errors/errors.js";
import {
  flattened,
  identity,
  inner,
  isPositiveDefinite,
  type Matrix,
  matrixOf,
  plus,
  product,
  scaled,
  solve,
  solveAll,
  transposed,
  unflattened,
} from "../../math/matrix.js";

/**
 * Linear-quadratic control with a learned linear model.
 *
 *   world    x′ = Ax + Bu + w, w ~ N(0, `noise`), x_0 ~ N(0, `initial`); s is the first `observed` entries of x
 *   reward   −sᵀQs − uᵀRu; returns are discounted
 *   policy   u = Ks + σn, n ~ N(0, 1): π is K, [actions, observed]
 *   model    s′ = Âs + B̂u + noise: M is Θ = (Â B̂), [observed, observed + actions]
 *
 * With `observed` equal to the state's size the model class holds the world. With less, what is hidden acts on what is
 * seen, and the best linear model depends on the policy: a mis-specified model. Distributions are taken under discounted
 * visitation, so that all moments are exact.
 */
export interface LinearQuadratic {
  readonly A: Matrix;
  readonly B: Matrix;
  readonly observed: number;
  readonly Q: Matrix;
  readonly R: Matrix;
  readonly noise: Matrix;
  readonly initial: Matrix;
  /** σ > 0: without it actions are a function of states, and no model is the only best one. */
  readonly exploration: number;
  readonly discount: number;
}

/** The upper left part of a matrix. */
const part = (X: Matrix, rows: number, columns = rows): Matrix => matrixOf(rows, columns, (i, j) => X[i][j]);
/** X and Y side by side. */
const beside = (X: Matrix, Y: Matrix): Matrix => X.map((row, i) => Float64Array.of(...row, ...Y[i]));
const sum = (...parts: readonly Matrix[]): Matrix => parts.reduce((X, Y) => plus(X, Y));
const chain = (...factors: readonly Matrix[]): Matrix => factors.reduce((X, Y) => product(X, Y));
const t = transposed;

/** X of X = C + γ F X Fᵀ, by its n² linear equations. */
function lyapunov(F: Matrix, C: Matrix, discount: number): Matrix {
  const n = F.length;
  const equations = matrixOf(n * n, n * n, (row, column) => {
    const [i, j, k, l] = [Math.floor(row / n), row % n, Math.floor(column / n), column % n];
    return (row === column ? 1 : 0) - discount * F[i][k] * F[j][l];
  });
  const X = solve(equations, flattened(C));
  if (X === undefined) throw unstable();
  return unflattened(X, n);
}

const unstable = () =>
  new DivergenceError(
    "linear-quadratic game",
    "the closed loop is unstable: discounted squares do not sum up",
    "Take smaller steps, or start from a policy that stabilises the world and the model",
  );

/** @throws {DivergenceError} where √γ F has an eigenvalue of size 1 or more: X = 1 + γ F X Fᵀ is then not positive */
function checkStable(F: Matrix, discount: number): void {
  if (!isPositiveDefinite(lyapunov(F, identity(F.length), discount))) throw unstable();
}

/** @throws {ConfigError} where σ or γ is out of range, or R is not positive definite */
export function linearQuadratic(game: LinearQuadratic): LinearQuadratic {
  if (!(game.discount > 0 && game.discount < 1))
    throw new ConfigError("linearQuadratic.discount", `γ must be in (0, 1), got ${game.discount}`, "For instance 0.95");
  if (!(game.exploration > 0))
    throw new ConfigError("linearQuadratic.exploration", `σ must be positive, got ${game.exploration}`, "Raise it");
  if (!isPositiveDefinite(game.R))
    throw new ConfigError("linearQuadratic.R", "must be positive definite", "Let every action cost something");
  return game;
}

/** The part of the world that a model of s would see: (A B) without what is hidden. */
export const visibleWorld = ({ A, B, observed }: LinearQuadratic): Matrix =>
  beside(part(A, observed), part(B, observed, B[0].length));

/** Θ as (Â, B̂). */
const split = (model: Matrix, observed: number): readonly [Matrix, Matrix] => [
  part(model, observed),
  model.map((row) => row.slice(observed)),
];

/** −J(K, M) and its derivatives; with a direction (dK, dΘ), those of the first derivatives along it too. */
export interface ModelCost {
  /** −J(K, M). */
  readonly cost: number;
  /** ∂(−J)/∂K. */
  readonly byPolicy: Matrix;
  /** ∂(−J)/∂Θ. */
  readonly byModel: Matrix;
}

/**
 * With F = Â + B̂K, N = σ²B̂B̂ᵀ + noise, P = Q + KᵀRK + γ FᵀPF and S = (1 − γ) S_0 + γ (F S Fᵀ + N):
 *
 *   −J = tr P S_0 + γ/(1 − γ) tr P N + σ² tr R / (1 − γ)
 *   ∂K = 2/(1 − γ) (RK + γ B̂ᵀPF) S
 *   ∂Â = 2γ/(1 − γ) P F S,   ∂B̂ = 2γ/(1 − γ) (P F S Kᵀ + σ² P B̂)
 *
 * @throws {DivergenceError} where K does not stabilise the model
 */
export function modelCost(game: LinearQuadratic, K: Matrix, model: Matrix): ModelCost {
  const { cost, byPolicy, byModel } = costParts(game, K, model);
  return { cost, byPolicy, byModel };
}

function costParts(game: LinearQuadratic, K: Matrix, model: Matrix) {
  const { observed, Q, R, discount, exploration } = game;
  const [A, B] = split(model, observed);
  const F = plus(A, product(B, K));
  checkStable(F, discount);
  const N = plus(part(game.noise, observed), product(B, t(B)), exploration ** 2);
  const S0 = part(game.initial, observed);
  const P = lyapunov(t(F), plus(Q, chain(t(K), R, K)), discount);
  const S = lyapunov(F, plus(scaled(S0, 1 - discount), N, discount), discount);
  const E = plus(product(R, K), chain(t(B), P, F), discount);
  const PFS = chain(P, F, S);
  const weight = 2 / (1 - discount);
  const noiseCost = exploration ** 2 * inner(R, identity(R.length));
  return {
    cost: inner(P, S0) + (discount * inner(P, N) + noiseCost) / (1 - discount),
    byPolicy: scaled(product(E, S), weight),
    byModel: scaled(beside(PFS, plus(product(PFS, t(K)), product(P, B), exploration ** 2)), discount * weight),
    rest: { B, F, P, S, E, PFS, weight },
  };
}

/** d/dh of `byPolicy` and `byModel` at (K + h dK, Θ + h dΘ), h = 0: products with all second derivatives of −J. */
export function modelCostAlong(
  game: LinearQuadratic,
  K: Matrix,
  model: Matrix,
  dK: Matrix,
  dModel: Matrix,
): Pick<ModelCost, "byPolicy" | "byModel"> {
  const { observed, R, discount, exploration } = game;
  const { B, F, P, S, E, PFS, weight } = costParts(game, K, model).rest;
  const [dA, dB] = split(dModel, observed);
  const dF = sum(dA, product(dB, K), product(B, dK));
  const dN = scaled(plus(product(dB, t(B)), product(B, t(dB))), exploration ** 2);
  const turned = chain(t(dK), R, K);
  const bent = chain(t(dF), P, F);
  const dP = lyapunov(t(F), plus(plus(turned, t(turned)), plus(bent, t(bent)), discount), discount);
  const spread = chain(dF, S, t(F));
  const dS = lyapunov(F, scaled(sum(spread, t(spread), dN), discount), discount);
  const dE = plus(product(R, dK), sum(chain(t(dB), P, F), chain(t(B), dP, F), chain(t(B), P, dF)), discount);
  const dPFS = sum(chain(dP, F, S), chain(P, dF, S), chain(P, F, dS));
  const dByB = plus(
    plus(product(dPFS, t(K)), product(PFS, t(dK))),
    plus(product(dP, B), product(P, dB)),
    exploration ** 2,
  );
  return {
    byPolicy: scaled(plus(product(dE, S), product(E, dS)), weight),
    byModel: scaled(beside(dPFS, dByB), discount * weight),
  };
}

/** J(K, W): the exact return in the world, hidden state and all. @throws {DivergenceError} where K does not stabilise it */
export function worldReturn(game: LinearQuadratic, K: Matrix): number {
  const n = game.A.length;
  const padded = (X: Matrix, size: number) => matrixOf(X.length, size, (i, j) => (j < X[i].length ? X[i][j] : 0));
  const Q = matrixOf(n, n, (i, j) => (i < game.observed && j < game.observed ? game.Q[i][j] : 0));
  const whole = { ...game, observed: n, Q };
  return -modelCost(whole, padded(K, n), beside(game.A, game.B)).cost;
}

/** What least squares needs of the data that K gathers in the world: E[zzᵀ], E[s′zᵀ], E[s′s′ᵀ], z = (s, u). */
export interface Moments {
  readonly zz: Matrix;
  readonly nextZ: Matrix;
  readonly nextNext: Matrix;
}

/** Moments under the discounted visitation of K in the world. @throws {DivergenceError} where K does not stabilise it */
export function moments(game: LinearQuadratic, K: Matrix): Moments {
  const { A, B, observed, discount, exploration } = game;
  const F = closedLoop(game, K);
  checkStable(F, discount);
  const S = stateMoment(game, F);
  return momentsOf(game, K, {
    s: part(S, observed),
    xs: part(product(A, S), observed),
    next: part(sum(chain(F, S, t(F)), scaled(product(B, t(B)), exploration ** 2), game.noise), observed),
  });
}

/** F = A + BKC, where C picks s out of x. */
function closedLoop({ A, B, observed }: LinearQuadratic, K: Matrix): Matrix {
  const BK = product(B, K);
  return A.map((row, i) => row.map((entry, j) => entry + (j < observed ? BK[i][j] : 0)));
}

/** E[xxᵀ] under discounted visitation. */
function stateMoment({ B, noise, initial, discount, exploration }: LinearQuadratic, F: Matrix): Matrix {
  const N = plus(noise, product(B, t(B)), exploration ** 2);
  return lyapunov(F, plus(scaled(initial, 1 - discount), N, discount), discount);
}

/** From E[ssᵀ], the upper left part of A E[xxᵀ], and E[s′s′ᵀ]. */
function momentsOf(
  { B, observed, exploration }: LinearQuadratic,
  K: Matrix,
  { s, xs, next }: { readonly s: Matrix; readonly xs: Matrix; readonly next: Matrix },
): Moments {
  const Bs = part(B, observed, K.length);
  const us = product(K, s);
  const uu = plus(product(us, t(K)), identity(K.length), exploration ** 2);
  const nextS = plus(xs, product(Bs, us));
  return {
    zz: [...beside(s, t(us)), ...beside(us, uu)],
    nextZ: beside(nextS, plus(product(nextS, t(K)), Bs, exploration ** 2)),
    nextNext: next,
  };
}

/** d/dh of the moments at K + h dK, h = 0. */
export function momentsAlong(game: LinearQuadratic, K: Matrix, dK: Matrix): Moments {
  const { A, B, observed, discount } = game;
  const F = closedLoop(game, K);
  const S = stateMoment(game, F);
  const dF = plus(closedLoop(game, dK), A, -1);
  const spread = chain(dF, S, t(F));
  const dS = lyapunov(F, scaled(plus(spread, t(spread)), discount), discount);
  const Bs = part(B, observed, K.length);
  const [s, ds] = [part(S, observed), part(dS, observed)];
  const dus = plus(product(dK, s), product(K, ds));
  const half = product(dus, t(K));
  const duu = plus(half, chain(K, s, t(dK)));
  const nextS = plus(part(product(A, S), observed), chain(Bs, K, s));
  const dNextS = plus(part(product(A, dS), observed), product(Bs, dus));
  return {
    zz: [...beside(ds, t(dus)), ...beside(dus, duu)],
    nextZ: beside(dNextS, plus(product(dNextS, t(K)), product(nextS, t(dK)))),
    nextNext: part(sum(spread, t(spread), chain(F, dS, t(F))), observed),
  };
}

/** ℓ(M, μ_W^K) = ½ E‖s′ − Θz‖², but for the constant that the noise adds: (3) for Gaussians of unit variance. */
export const predictionLoss = ({ zz, nextZ, nextNext }: Moments, model: Matrix): number =>
  inner(nextNext, identity(nextNext.length)) / 2 - inner(nextZ, model) + inner(product(model, zz), model) / 2;

/** ∂ℓ/∂Θ = Θ E[zzᵀ] − E[s′zᵀ]. */
export const predictionSlope = ({ zz, nextZ }: Moments, model: Matrix): Matrix => plus(product(model, zz), nextZ, -1);

/** argmin_M ℓ(M, μ_W^K): least squares. */
export function bestModel({ zz, nextZ }: Pick<Moments, "zz" | "nextZ">): Matrix {
  const solution = solveAll(zz, t(nextZ));
  if (solution === undefined)
    throw new DivergenceError(
      "linear-quadratic game, model player",
      "E[zzᵀ] is singular, so the best model is not unique",
      "Raise exploration",
    );
  return t(solution);
}

/**
 * argmax_K J(K, M): K = −(R + γ B̂ᵀPB̂)⁻¹ γ B̂ᵀPÂ with the P of Riccati's equation, by value iteration from P = 0.
 *
 * @throws {DivergenceError} where the model cannot be stabilised
 */
export function bestPolicy({ observed, Q, R, discount }: LinearQuadratic, model: Matrix): Matrix {
  const [A, B] = split(model, observed);
  let P = scaled(Q, 0);
  for (let i = 0; i < 100_000; i++) {
    const K = scaled(solveAll(plus(R, chain(t(B), P, B), discount), chain(t(B), P, A))!, -discount);
    const F = plus(A, product(B, K));
    const next = plus(plus(Q, chain(t(K), R, K)), chain(t(F), P, F), discount);
    const moved = plus(next, P, -1);
    P = next;
    if (inner(moved, moved) <= 1e-30 * inner(P, P)) return K;
    if (!Number.isFinite(inner(P, P))) break;
  }
  throw new DivergenceError(
    "linear-quadratic game, policy player",
    "value iteration does not settle: the model cannot be stabilised",
    "Start from a better model",
  );
}
