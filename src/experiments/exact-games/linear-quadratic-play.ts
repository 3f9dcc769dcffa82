import { DivergenceError } from "../../errors/errors.js";
import { implicitGradient, type SmoothGame } from "../../game/stackelberg.js";
import { flattened, inner, type Matrix, matrixOf, plus, product, scaled, unflattened } from "../../math/matrix.js";
import { addScaled, norm, type Vector } from "../../math/vector.js";
import {
  bestModel,
  bestPolicy,
  type LinearQuadratic,
  linearQuadratic,
  type Moments,
  modelCost,
  modelCostAlong,
  moments,
  momentsAlong,
  predictionLoss,
  predictionSlope,
} from "./linear-quadratic.js";
import type { Leader, Move } from "./quadratic-game.js";
import type { ExactMoves } from "./trajectory.js";

/** Shapes of K and Θ as flat vectors. */
const policyOf = ({ observed }: LinearQuadratic, K: Vector): Matrix => unflattened(K, observed);
const modelOf = ({ observed, B }: LinearQuadratic, theta: Vector): Matrix => unflattened(theta, observed + B[0].length);

/** Each entry of K in turn: the directions that derivatives by K are taken along. */
const directions = (K: Matrix): readonly Matrix[] =>
  K.flatMap((row, i) => [...row].map((_, j) => matrixOf(K.length, row.length, (k, l) => (k === i && l === j ? 1 : 0))));

/** The game as its leader sees it, players as flat vectors: L_π = −J(K, M), L_M = ℓ(M, μ_W^K). */
export function asSmoothGame(game: LinearQuadratic, leader: Leader): SmoothGame {
  const policyLed: SmoothGame = {
    leaderGradient: (K, M) => flattened(modelCost(game, policyOf(game, K), modelOf(game, M)).byPolicy),
    crossGradient: (K, M) => flattened(modelCost(game, policyOf(game, K), modelOf(game, M)).byModel),
    followerGradient: (K, M) => flattened(predictionSlope(moments(game, policyOf(game, K)), modelOf(game, M))),
    followerHessian: (K) => {
      const { zz } = moments(game, policyOf(game, K));
      return (v) => flattened(product(modelOf(game, v), zz));
    },
    mixedProduct: (flat, M) => {
      const [K, model] = [policyOf(game, flat), modelOf(game, M)];
      const slopes = directions(K).map((dK) => predictionSlope(momentsAlong(game, K, dK), model));
      return (v) => Float64Array.from(slopes, (slope) => inner(slope, modelOf(game, v)));
    },
  };
  if (leader === "policy") return policyLed;
  const zeroModel = (M: Vector) => scaled(modelOf(game, M), 0);
  return {
    leaderGradient: (M, K) => policyLed.followerGradient(K, M),
    crossGradient: (M, flat) => {
      const [K, model] = [policyOf(game, flat), modelOf(game, M)];
      return Float64Array.from(directions(K), (dK) => predictionLoss(momentsAlong(game, K, dK), model));
    },
    followerGradient: (M, K) => policyLed.leaderGradient(K, M),
    followerHessian: (M, K) => (v) =>
      flattened(modelCostAlong(game, policyOf(game, K), modelOf(game, M), policyOf(game, v), zeroModel(M)).byPolicy),
    mixedProduct: (M, K) => (v) =>
      flattened(modelCostAlong(game, policyOf(game, K), modelOf(game, M), policyOf(game, v), zeroModel(M)).byModel),
  };
}

const CG = { iterations: 200, tolerance: 1e-11 } as const;

/** Exact moves. A sample is the moments of the data that a policy gathers, with the policy that gathered them. */
export interface GatheredMoments extends Moments {
  readonly policy: Vector;
}

const meanMoments = (data: readonly GatheredMoments[]): Moments => {
  const mean = (pick: (m: Moments) => Matrix) =>
    scaled(
      data.map(pick).reduce((X, Y) => plus(X, Y)),
      1 / data.length,
    );
  return { zz: mean((m) => m.zz), nextZ: mean((m) => m.nextZ), nextNext: mean((m) => m.nextNext) };
};

/** The moves of both players; the model player answers, or goes down the slope of, all data that it is given. */
export function linearQuadraticMoves(
  game: LinearQuadratic,
  policyMove: Move,
  modelMove: Move,
): ExactMoves<Vector, Vector, GatheredMoments> {
  return {
    sample: (policy) => ({ ...moments(game, policyOf(game, policy)), policy }),
    async fitModel(model, data) {
      const seen = meanMoments(data);
      if (modelMove === "answer") return flattened(bestModel(seen));
      if ("gradient" in modelMove)
        return addScaled(model, flattened(predictionSlope(seen, modelOf(game, model))), -modelMove.gradient);
      const smooth = asSmoothGame(game, "model");
      const { gradient } = await implicitGradient(smooth, model, data[data.length - 1].policy, CG);
      return addScaled(model, gradient, -modelMove.stackelberg);
    },
    async improvePolicy(policy, model) {
      if (policyMove === "answer") return flattened(bestPolicy(game, modelOf(game, model)));
      const smooth = asSmoothGame(game, "policy");
      if ("gradient" in policyMove)
        return addScaled(policy, await smooth.leaderGradient(policy, model), -policyMove.gradient);
      const { gradient } = await implicitGradient(smooth, policy, model, CG);
      return addScaled(policy, gradient, -policyMove.stackelberg);
    },
  };
}

/** Where each player's move is the answer to the other's: K = LQR(M), M = least squares on K's data, by damped steps. */
export function nashEquilibrium(
  game: LinearQuadratic,
  start: Vector,
): { readonly policy: Vector; readonly model: Vector } {
  let policy = start;
  for (let i = 0; i < 10_000; i++) {
    const model = bestModel(moments(game, policyOf(game, policy)));
    const change = addScaled(flattened(bestPolicy(game, model)), policy, -1);
    policy = addScaled(policy, change, 0.5);
    if (norm(change) <= 1e-14 * Math.max(1, norm(policy))) return { policy, model: flattened(model) };
  }
  throw new DivergenceError("linear-quadratic game", "damped answers do not settle", "Start nearer to an equilibrium");
}

/** A cart that the model knows wholly: position and velocity, pushed by a force. γ = 0.95. */
export const CART: LinearQuadratic = linearQuadratic({
  A: [Float64Array.of(1, 0.3), Float64Array.of(0, 0.9)],
  B: [Float64Array.of(0), Float64Array.of(0.5)],
  observed: 2,
  Q: [Float64Array.of(1, 0), Float64Array.of(0, 0.1)],
  R: [Float64Array.of(0.2)],
  noise: [Float64Array.of(0.01, 0), Float64Array.of(0, 0.01)],
  initial: [Float64Array.of(1, 0), Float64Array.of(0, 0.1)],
  exploration: 0.3,
  discount: 0.95,
});

/** A mass whose actuator lags: the model sees the position s alone, the lag z is hidden and pushes on it. γ = 0.95. */
export const LAGGING: LinearQuadratic = linearQuadratic({
  A: [Float64Array.of(0.9, 0.6), Float64Array.of(0, 0.7)],
  B: [Float64Array.of(0.3), Float64Array.of(0.5)],
  observed: 1,
  Q: [Float64Array.of(1)],
  R: [Float64Array.of(0.3)],
  noise: [Float64Array.of(0.01, 0), Float64Array.of(0, 0.01)],
  initial: [Float64Array.of(1, 0), Float64Array.of(0, 0.2)],
  exploration: 0.3,
  discount: 0.95,
});
