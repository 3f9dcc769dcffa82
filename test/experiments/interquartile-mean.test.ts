import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { interquartileMean, quantile, stratifiedBootstrap } from "../../src/experiments/interquartile-mean.js";
import { seeded } from "../../src/random/rng.js";

const numbers = fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { minLength: 1, maxLength: 20 });
const mean = (values: readonly number[]) => values.reduce((sum, x) => sum + x, 0) / values.length;

describe("the interquartile mean", () => {
  test("of 1 … 4m is the middle, whatever the order, and outliers have no say", () => {
    for (const m of [1, 2, 5]) {
      const values = Array.from({ length: 4 * m }, (_, i) => i + 1);
      expect(interquartileMean(values.slice().reverse())).toBeCloseTo((4 * m + 1) / 2, 12);
      values[4 * m - 1] = 1e9;
      expect(interquartileMean(values)).toBeCloseTo((4 * m + 1) / 2, 12);
    }
    expect(interquartileMean([1, 2, 30])).toBe(11); // fewer than four: the mean
  });

  test("moves along with shift and scale, and lies between least and most", () =>
    fc.assert(
      fc.property(numbers, fc.double({ min: -5, max: 5, noNaN: true }), (values, shift) => {
        const own = interquartileMean(values);
        expect(interquartileMean(values.map((x) => 2 * x + shift))).toBeCloseTo(2 * own + shift, 6);
        expect(own).toBeGreaterThanOrEqual(Math.min(...values) - 1e-9);
        expect(own).toBeLessThanOrEqual(Math.max(...values) + 1e-9);
      }),
    ));
});

test("quantiles go straight from the least to the most", () => {
  expect([0, 0.25, 0.5, 1].map((q) => quantile([4, 0, 2, 8, 6], q))).toEqual([0, 2, 4, 8]);
  expect(quantile([0, 1], 0.3)).toBeCloseTo(0.3, 12);
});

describe("the stratified bootstrap", () => {
  test("of a mean of many values has the width that the central limit theorem gives", () => {
    const rng = seeded(1);
    const values = Array.from({ length: 400 }, () => rng.normal());
    const [interval] = stratifiedBootstrap([values], (runs) => [mean(runs)], { resamples: 2000 }, rng.stream("draw"));
    const spread = Math.sqrt(mean(values.map((x) => (x - mean(values)) ** 2)) / values.length);
    // 2000 resamples place each end to about 4 % of its distance: a tenth leaves two standard errors and more.
    expect((interval!.high - interval!.low) / (2 * 1.96 * spread)).toBeGreaterThan(0.9);
    expect((interval!.high - interval!.low) / (2 * 1.96 * spread)).toBeLessThan(1.1);
    expect(interval!.value).toBe(mean(values));
  });

  test("draws from each stratum as often as it has runs", () => {
    const seen = new Set<string>();
    stratifiedBootstrap(
      [
        ["a", "b", "c"],
        ["x", "y"],
      ],
      (runs) => {
        seen.add(runs.map((run) => ("abc".includes(run) ? "first" : "second")).join());
        return [0];
      },
      { resamples: 50 },
      seeded(2),
    );
    expect([...seen]).toEqual(["first,first,first,second,second"]);
  });

  test("of runs that are all the same has no width, and the same seed gives the same band", () => {
    const curve = (runs: readonly number[]) => [mean(runs), 2 * mean(runs)];
    expect(stratifiedBootstrap([[3, 3, 3]], curve, {}, seeded(0))).toEqual([
      { value: 3, low: 3, high: 3 },
      { value: 6, low: 6, high: 6 },
    ]);
    const band = () => stratifiedBootstrap([[1, 5, 2, 8]], curve, { resamples: 100 }, seeded(5));
    expect(band()).toEqual(band());
  });
});
