import { describe, expect, test } from "vitest";
import { ConfigError, DivergenceError } from "../../../src/errors/errors.js";
import {
  bestModel,
  bestPolicy,
  type LinearQuadratic,
  linearQuadratic,
  modelCost,
  modelCostAlong,
  moments,
  predictionLoss,
  predictionSlope,
  visibleWorld,
  worldReturn,
} from "../../../src/experiments/exact-games/linear-quadratic.js";
import {
  asSmoothGame,
  CART,
  LAGGING,
  linearQuadraticMoves,
  nashEquilibrium,
} from "../../../src/experiments/exact-games/linear-quadratic-play.js";
import { playOut, verdict } from "../../../src/experiments/exact-games/trajectory.js";
import { br } from "../../../src/game/br.js";
import { gda } from "../../../src/game/gda.js";
import { mal } from "../../../src/game/mal.js";
import { pal } from "../../../src/game/pal.js";
import { implicitGradient, unrolledGradient } from "../../../src/game/stackelberg.js";
import { flattened, type Matrix, times, unflattened } from "../../../src/math/matrix.js";
import { addScaled, type Vector } from "../../../src/math/vector.js";
import { seeded } from "../../../src/random/rng.js";
import { differences, relativeDistance } from "../../support/differences.js";

const GAMES = { cart: CART, lagging: LAGGING };
const K = (game: LinearQuadratic, flat: Vector): Matrix => unflattened(flat, game.observed);
const Theta = (game: LinearQuadratic, flat: Vector): Matrix => unflattened(flat, game.observed + 1);
/** A stabilising policy that is not optimal. */
const START = { cart: Float64Array.of(-0.2, -0.3), lagging: Float64Array.of(-0.3) };
const modelAt = (game: LinearQuadratic, policy: Vector): Vector => flattened(bestModel(moments(game, K(game, policy))));
const CG = { iterations: 50, tolerance: 1e-12 };

describe.each(["cart", "lagging"] as const)("%s: derivatives against central differences, to 1e-6", (name) => {
  const game = GAMES[name];
  const policy = START[name];
  const model = modelAt(game, policy).map((x, i) => x + 0.02 * (i + 1));

  test("of −J by policy and by model", () => {
    const cost = (k: Vector, m: Vector) => modelCost(game, K(game, k), Theta(game, m)).cost;
    const { byPolicy, byModel } = modelCost(game, K(game, policy), Theta(game, model));
    expect(
      relativeDistance(
        flattened(byPolicy),
        differences((k) => cost(k, model), policy),
      ),
    ).toBeLessThan(1e-6);
    expect(
      relativeDistance(
        flattened(byModel),
        differences((m) => cost(policy, m), model),
      ),
    ).toBeLessThan(1e-6);
  });

  test("second derivatives of −J, along a direction in both players", () => {
    const rng = seeded(0);
    const [dk, dm] = [policy.map(() => rng.normal()), model.map(() => rng.normal())];
    const at = (h: number) => modelCost(game, K(game, addScaled(policy, dk, h)), Theta(game, addScaled(model, dm, h)));
    const along = modelCostAlong(game, K(game, policy), Theta(game, model), K(game, dk), Theta(game, dm));
    for (const key of ["byPolicy", "byModel"] as const) {
      const [ahead, behind] = [flattened(at(6e-6)[key]), flattened(at(-6e-6)[key])];
      const difference = ahead.map((x, i) => (x - behind[i]) / 1.2e-5);
      expect(relativeDistance(flattened(along[key]), difference)).toBeLessThan(1e-6);
    }
  });

  test("of ℓ by model and by policy", () => {
    const loss = (k: Vector, m: Vector) => predictionLoss(moments(game, K(game, k)), Theta(game, m));
    const slope = flattened(predictionSlope(moments(game, K(game, policy)), Theta(game, model)));
    expect(
      relativeDistance(
        slope,
        differences((m) => loss(policy, m), model),
      ),
    ).toBeLessThan(1e-6);
    const byPolicy = asSmoothGame(game, "model").crossGradient(model, policy) as Vector;
    expect(
      relativeDistance(
        byPolicy,
        differences((k) => loss(k, model), policy),
      ),
    ).toBeLessThan(1e-6);
  });

  test("PAL's total gradient, implicit and unrolled, of K ↦ −J(K, M^K)", async () => {
    const led = (k: Vector) => modelCost(game, K(game, k), Theta(game, modelAt(game, k))).cost;
    const expected = differences(led, policy);
    const smooth = asSmoothGame(game, "policy");
    const follower = modelAt(game, policy);
    const implicit = await implicitGradient(smooth, policy, follower, CG);
    expect(relativeDistance(implicit.gradient, expected)).toBeLessThan(1e-6);
    const unrolled = await unrolledGradient(smooth, policy, model, { steps: 3000, stepSize: 1 });
    expect(relativeDistance(unrolled.gradient, expected)).toBeLessThan(1e-6);
  });

  test("MAL's total gradient, implicit, of M ↦ ℓ(M, μ_W^{K_M})", async () => {
    const best = (m: Vector) => flattened(bestPolicy(game, Theta(game, m)));
    const led = (m: Vector) => predictionLoss(moments(game, K(game, best(m))), Theta(game, m));
    const { gradient } = await implicitGradient(asSmoothGame(game, "model"), model, best(model), CG);
    expect(relativeDistance(gradient, differences(led, model))).toBeLessThan(1e-6);
  });
});

test("J(K, W) and the moments are what a simulation gives", () => {
  const rng = seeded(1);
  const game = LAGGING;
  const policy = K(game, START.lagging);
  const [episodes, horizon] = [4000, 120]; // 0.95^120 = 2e-3 of the weight is left out
  let [total, weight] = [0, 0];
  const zz = [0, 0, 0, 0];
  for (let e = 0; e < episodes; e++) {
    let x: Vector = game.initial.map((row, i) => Math.sqrt(row[i]) * rng.normal()) as never;
    for (let step = 0, factor = 1; step < horizon; step++, factor *= game.discount) {
      const s = x[0];
      const u = policy[0][0] * s + game.exploration * rng.normal();
      total -= (factor * (game.Q[0][0] * s * s + game.R[0][0] * u * u)) / episodes;
      [s * s, s * u, u * s, u * u].forEach((entry, i) => void (zz[i] += factor * entry));
      weight += factor;
      const next = times(game.A, x);
      x = next.map((entry, i) => entry + game.B[i][0] * u + Math.sqrt(game.noise[i][i]) * rng.normal());
    }
  }
  // 4000 episodes: standard errors of about 1 %
  expect(total / worldReturn(game, policy)).toBeCloseTo(1, 1);
  flattened(moments(game, policy).zz).forEach((entry, i) => void expect(zz[i] / weight / entry).toBeCloseTo(1, 1));
});

describe("orders of play", () => {
  const last = (states: readonly { policy: Vector; model: Vector }[]) => states.at(-1)!;
  const begin = (name: keyof typeof GAMES) => ({ policy: START[name], model: flattened(visibleWorld(GAMES[name])) });

  test("where the class holds the world, the best model is the world, whatever the policy: the indirect term is 0", async () => {
    for (const policy of [START.cart, Float64Array.of(-0.5, -0.1)]) {
      expect(relativeDistance(modelAt(CART, policy), flattened(visibleWorld(CART)))).toBeLessThan(1e-10);
      const { indirect } = await implicitGradient(asSmoothGame(CART, "policy"), policy, modelAt(CART, policy), CG);
      expect(Math.hypot(...indirect)).toBeLessThan(1e-9);
    }
  });

  test("so PAL and MAL as in the paper come to the world's LQR", async () => {
    const optimal = flattened(bestPolicy(CART, visibleWorld(CART)));
    const palMoves = linearQuadraticMoves(CART, { gradient: 0.05 }, "answer");
    const malMoves = linearQuadraticMoves(CART, "answer", { gradient: 2 });
    const off = { policy: START.cart, model: addScaled(begin("cart").model, Float64Array.of(0, 0, 0.1, 0, 0, 0.2)) };
    const led = last(await playOut({ play: pal, start: off, moves: palMoves }, 400));
    expect(relativeDistance(led.policy, optimal)).toBeLessThan(1e-6);
    const answered = last(await playOut({ play: mal, start: off, moves: malMoves }, 800));
    expect(relativeDistance(answered.policy, optimal)).toBeLessThan(1e-6);
    expect(relativeDistance(answered.model, flattened(visibleWorld(CART)))).toBeLessThan(1e-6);
  }, 60_000);

  test("where it does not, the paper's PAL and MAL come to the Nash equilibrium; with the total gradient PAL comes to the leader's", async () => {
    const equilibrium = nashEquilibrium(LAGGING, START.lagging);
    const run = async (
      play: typeof pal,
      ...moves: [Parameters<typeof linearQuadraticMoves>[1], Parameters<typeof linearQuadraticMoves>[1]]
    ) => last(await playOut({ play, start: begin("lagging"), moves: linearQuadraticMoves(LAGGING, ...moves) }, 400));
    const first = await run(pal, { gradient: 0.1 }, "answer");
    expect(relativeDistance(first.policy, equilibrium.policy)).toBeLessThan(1e-6);
    const second = await run(mal, "answer", { gradient: 2 });
    expect(relativeDistance(second.policy, equilibrium.policy)).toBeLessThan(1e-6);
    const total = await run(pal, { stackelberg: 0.1 }, "answer");
    const led = (k: Vector) => modelCost(LAGGING, K(LAGGING, k), Theta(LAGGING, modelAt(LAGGING, k))).cost;
    expect(Math.abs(differences(led, total.policy)[0])).toBeLessThan(1e-6 * led(total.policy));
    expect(led(total.policy)).toBeLessThan(led(first.policy));
    expect(relativeDistance(total.policy, equilibrium.policy)).toBeGreaterThan(1e-3);
  }, 60_000);

  test("MAL's total gradient steers the policy where prediction is easy: a smaller loss, by doing less", async () => {
    const equilibrium = nashEquilibrium(LAGGING, START.lagging);
    const moves = linearQuadraticMoves(LAGGING, "answer", { stackelberg: 0.02 });
    const { policy, model } = last(await playOut({ play: mal, start: equilibrium, moves }, 150));
    const loss = (k: Vector, m: Vector) => predictionLoss(moments(LAGGING, K(LAGGING, k)), Theta(LAGGING, m));
    expect(loss(policy, model)).toBeLessThan(0.9 * loss(equilibrium.policy, equilibrium.model));
    expect(Math.abs(policy[0])).toBeLessThan(0.8 * Math.abs(equilibrium.policy[0]));
  });

  test("GDA comes there with small steps; answers of both settle too, because the model hardly depends on the policy", async () => {
    const equilibrium = nashEquilibrium(LAGGING, START.lagging);
    const small = linearQuadraticMoves(LAGGING, { gradient: 0.1 }, { gradient: 2 });
    const slow = last(await playOut({ play: gda, start: begin("lagging"), moves: small }, 600));
    expect(relativeDistance(slow.policy, equilibrium.policy)).toBeLessThan(1e-6);
    const both = await playOut(
      { play: br, start: begin("lagging"), moves: linearQuadraticMoves(LAGGING, "answer", "answer") },
      60,
    );
    expect(verdict(both.map(({ policy }) => policy))).toEqual({ kind: "converges" });
  }, 60_000);
});

test("what is not stable or not unique is refused", async () => {
  expect(() => moments(LAGGING, [Float64Array.of(3)])).toThrow(DivergenceError);
  expect(() => moments(LAGGING, [Float64Array.of(3)])).toThrow("the closed loop is unstable");
  expect(() => linearQuadratic({ ...CART, exploration: 0 })).toThrow(ConfigError);
  expect(() => linearQuadratic({ ...CART, discount: 1 })).toThrow("γ must be in (0, 1), got 1");
  const silent = { ...LAGGING, exploration: 1e-9 };
  expect(() => bestModel(moments(silent, K(LAGGING, START.lagging)))).toThrow("E[zzᵀ] is singular");
});
