import { describe, expect, test } from "vitest";
import { cem } from "../../src/mpc/cem.js";
import { mppi, mppiWeights } from "../../src/mpc/mppi.js";
import type { Judge, PlanSearch } from "../../src/mpc/plan.js";
import { seeded } from "../../src/random/rng.js";
import { LQ, lqJudge, lqReturn, riccatiPlan } from "../support/linear-quadratic.js";

const shape = { horizon: LQ.horizon, actionSize: 1 };
const middle = (worlds = 1) => new Float32Array(worlds * LQ.horizon);
const CEM = { population: 200, elites: 20, iterations: 40, alpha: 0.1, initialStd: 0.5, minVariance: 1e-10 };
const MPPI = { population: 300, iterations: 40, std: 0.1, temperature: 0.5, correlation: 0 };

test("the Riccati plan is where the return has no slope: the closed form is one", () => {
  const best = riccatiPlan();
  const h = 1e-5;
  best.forEach((_, t) => {
    const moved = (by: number) => lqReturn(best.map((u, i) => (i === t ? u + by : u)));
    expect((moved(h) - moved(-h)) / (2 * h)).toBeCloseTo(0, 8);
  });
  expect(Math.max(...best.map(Math.abs))).toBeLessThan(1); // the box does not bind
});

describe("against the exact LQR solution", () => {
  test("CEM finds it to four digits", async () => {
    const { plans, spread } = await cem(shape, CEM)(middle(), lqJudge(), seeded(1));
    const best = riccatiPlan();
    expect(Array.from(plans)).toEqual(best.map((u) => expect.closeTo(u, 3)));
    expect(lqReturn(best) - lqReturn(plans)).toBeLessThan(1e-6);
    expect(spread).toBeLessThan(1e-3);
  });

  test("MPPI comes to it as far as its noise lets it: within 0.05 of an action, and a hundredth of the gain", async () => {
    const { plans } = await mppi(shape, MPPI)(middle(), lqJudge(), seeded(1));
    const best = riccatiPlan();
    expect(Array.from(plans)).toEqual(best.map((u) => expect.closeTo(u, 1)));
    const gain = lqReturn(best) - lqReturn(middle());
    expect(lqReturn(best) - lqReturn(plans)).toBeLessThan(gain / 100);
  });

  test("where the box binds, both press against it and stay within", async () => {
    const far = [[6, 0]];
    for (const search of [cem(shape, CEM), mppi(shape, { ...MPPI, std: 0.5 })]) {
      const { plans } = await search(middle(), lqJudge(far), seeded(2));
      expect(riccatiPlan(far[0])[0]).toBeLessThan(-1);
      expect(plans[0]).toBeLessThan(-0.8);
      expect(Math.min(...plans)).toBeGreaterThanOrEqual(-1);
    }
  });
});

test("a round of MPPI on a quadratic return moves the plan to the mean of prior times exp(R/λ), in closed form", async () => {
  // R = −c (u − g)², u ~ N(0, σ²): mean = g · 2cσ² / (2cσ² + λ′), where λ′ = λ σ_R is the temperature in units of R.
  const [c, g, std, temperature] = [2, 0.4, 0.2, 1.5];
  let deviation = 0;
  const judge: Judge = async (plans) => {
    const returns = Float64Array.from(plans, (u) => -c * (u - g) ** 2);
    const mean = returns.reduce((a, b) => a + b) / returns.length;
    deviation = Math.sqrt(returns.reduce((sum, x) => sum + (x - mean) ** 2, 0) / returns.length);
    return returns;
  };
  const search = mppi(
    { horizon: 1, actionSize: 1 },
    { population: 50_000, iterations: 1, std, temperature, correlation: 0 },
  );
  const { plans, spread } = await search(new Float32Array(1), judge, seeded(3));
  const [pull, hold] = [2 * c * std ** 2, temperature * deviation];
  expect(plans[0]).toBeCloseTo((g * pull) / (pull + hold), 2); // 50,000 draws leave 0.001
  expect(spread).toBeCloseTo(Math.sqrt((std ** 2 * hold) / (pull + hold)), 2);
});

test("weights are exp of returns in units of their spread; what is not finite has none", () => {
  const weights = mppiWeights(Float64Array.of(1, 3, Number.NaN, Number.NEGATIVE_INFINITY), 0.5);
  const e = Math.exp(-2 / (0.5 * 1)); // σ of 1 and 3 is 1
  expect(Array.from(weights)).toEqual([e / (1 + e), 1 / (1 + e), 0, 0].map((w) => expect.closeTo(w, 12)));
  expect(Array.from(mppiWeights(Float64Array.of(7, 7), 0.5))).toEqual([0.5, 0.5]);
  expect(Array.from(mppiWeights(Float64Array.of(Number.NaN, Number.NaN), 0.5))).toEqual([0.5, 0.5]);
});

describe.each<[string, PlanSearch]>([
  ["CEM", cem(shape, { ...CEM, iterations: 3 })],
  ["MPPI", mppi(shape, { ...MPPI, iterations: 3, correlation: 0.5 })],
])("%s", (_, search) => {
  test("searches in each world as if it were alone", async () => {
    const starts = [LQ.start, [-0.3, 0.5]];
    const both = await search(middle(2), lqJudge(starts), seeded(4));
    for (const i of [0, 1]) {
      const alone = await search(middle(), lqJudge([starts[i]]), seeded(4));
      expect(Array.from(alone.plans)).toEqual(Array.from(both.plans.subarray(i * LQ.horizon, (i + 1) * LQ.horizon)));
    }
  });

  test("draws from its stream alone, and leaves where it began as it was", async () => {
    const start = middle();
    const once = await search(start, lqJudge(), seeded(5));
    expect(start).toEqual(middle());
    expect(await search(start, lqJudge(), seeded(5))).toEqual(once);
    expect((await search(start, lqJudge(), seeded(6))).plans).not.toEqual(once.plans);
  });

  test("passes by what has no return", async () => {
    const exact = lqJudge();
    const judge: Judge = async (plans, worlds, rng) =>
      (await exact(plans, worlds, rng)).map((x, i) => (plans[i * LQ.horizon] > 0.1 ? Number.NaN : x));
    const { plans } = await search(middle(), judge, seeded(7));
    expect(plans[0]).toBeLessThan(0.1);
    expect(plans.every(Number.isFinite)).toBe(true);
  });
});

test("CEM ends early where its candidates agree, and keeps to two standard deviations and the box", async () => {
  const seen: number[] = [];
  const judge: Judge = async (plans, worlds, rng) => {
    seen.push(...plans);
    return lqJudge()(plans, worlds, rng);
  };
  const { rounds } = await cem(shape, { ...CEM, minVariance: 0.01 })(middle(), judge, seeded(8));
  expect(rounds).toBeLessThan(10);
  expect(Math.max(...seen.map(Math.abs))).toBeLessThanOrEqual(1);
});
