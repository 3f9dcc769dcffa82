import { describe, expect, test } from "vitest";
import {
  iqm,
  meanScore,
  medianScore,
  normalised,
  optimalityGap,
  performanceProfile,
  probabilityOfImprovement,
  type Scores,
  scoreInterval,
  shareAbove,
} from "../../src/experiments/scores.js";
import { winShare } from "../../src/math/win-share.js";
import { seeded } from "../../src/random/rng.js";

/** What rliable 1.2.0 gives for these: runs × tasks, as it takes them. */
const byRun = {
  a: [
    [0.1, 0.52, 0.8, 0.33],
    [0.25, 0.61, 0.75, 0.41],
    [0.05, 0.47, 0.92, 0.38],
    [0.3, 0.55, 0.88, 0.29],
    [0.18, 0.66, 0.7, 0.45],
  ],
  b: [
    [0.2, 0.5, 0.6, 0.35],
    [0.15, 0.61, 0.65, 0.3],
    [0.12, 0.4, 0.78, 0.41],
    [0.22, 0.58, 0.72, 0.25],
  ],
};
const byTask = (runs: readonly (readonly number[])[]): Scores => runs[0].map((_, task) => runs.map((run) => run[task]));
const [A, B] = [byTask(byRun.a), byTask(byRun.b)];
const point = (scores: Scores, statistic: typeof iqm) =>
  statistic(
    scores.flat(),
    scores.map(({ length }) => length),
  );
const draws = () => seeded(0).stream("scores");
/** Of the ends of an interval, from 20,000 resamples: they move by less than this from seed to seed. */
const WOBBLE = 0.004;

describe("rliable's numbers", () => {
  test.each([
    ["IQM", iqm, 0.468, 0.42375],
    ["mean", meanScore, 0.48, 0.4275],
    ["median", medianScore, 0.467, 0.425],
    ["optimality gap", optimalityGap(), 0.52, 0.5725],
    ["optimality gap, γ = 0.5", optimalityGap(0.5), 0.1145, 0.13125],
  ])("%s", (_, statistic, a, b) => {
    expect(point(A, statistic)).toBeCloseTo(a, 10);
    expect(point(B, statistic)).toBeCloseTo(b, 10);
  });

  test("95 % intervals of the IQM", () => {
    for (const [scores, low, high] of [
      [A, 0.43, 0.506],
      [B, 0.375, 0.47125],
    ] as const) {
      const interval = scoreInterval(scores, iqm, { resamples: 20_000 }, draws());
      expect(Math.abs(interval.low - low)).toBeLessThan(WOBBLE);
      expect(Math.abs(interval.high - high)).toBeLessThan(WOBBLE);
    }
  });

  test("probability of improvement, by task and in all, and its interval", () => {
    expect(A.map((runs, task) => winShare(runs, B[task]))).toEqual([0.5, 0.625, 0.85, 0.675]);
    const { value, low, high } = probabilityOfImprovement(A, B, { resamples: 20_000 }, draws());
    expect(value).toBeCloseTo(0.6625, 10);
    expect(Math.abs(low - 0.475)).toBeLessThan(0.0126); // a step of what it can be is 1/80
    expect(Math.abs(high - 0.8375)).toBeLessThan(0.0126);
  });

  test("performance profile", () => {
    const taus = [0, 0.25, 0.4, 0.5, 0.61, 0.75, 1];
    const profile = [1, 0.8, 0.6, 0.45, 0.3, 0.15, 0];
    expect(performanceProfile(A, taus, { resamples: 100 }, draws()).map(({ value }) => value)).toEqual(profile);
    expect(taus.map((tau) => point(A, shareAbove(tau)))).toEqual(profile);
  });

  test("IQM of k², k = 1…n", () => {
    const squares = (n: number) => Array.from({ length: n }, (_, i) => (i + 1) ** 2);
    const expected = [1, 2.5, 4.6667, 6.5, 9.6667, 13.5, 18, 21.5];
    expect(expected.map((_, i) => Number(point([squares(i + 1)], iqm).toFixed(4)))).toEqual(expected);
  });
});

test("tasks with different numbers of runs weigh the same in mean and median", () => {
  const uneven: Scores = [[1, 1, 1, 1], [0], [0.25, 0.75]];
  expect(point(uneven, meanScore)).toBeCloseTo(0.5, 12);
  expect(point(uneven, medianScore)).toBeCloseTo(0.5, 12);
});

test("a normalised score is 0 at the one end and 1 at the other", () => {
  const range = { low: -20, high: 3080 };
  expect(normalised(-20, range)).toBe(0);
  expect(normalised(3080, range)).toBe(1);
  expect(normalised(1530, range)).toBe(0.5);
});
