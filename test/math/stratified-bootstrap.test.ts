import { describe, expect, test } from "vitest";
import { ShapeError } from "../../src/errors/errors.js";
import { interquartileMean, sortedInterquartileMean } from "../../src/math/interquartile-mean.js";
import { quantile, stratifiedBootstrap } from "../../src/math/stratified-bootstrap.js";
import { type Rng, seeded } from "../../src/random/rng.js";

const mean = (values: ArrayLike<number>) => Array.from(values).reduce((sum, x) => sum + x, 0) / values.length;
/** Runs of one place. */
const column = (values: readonly number[]) => values.map((value) => [value]);

test("quantiles go straight from the least to the most", () => {
  expect([0, 0.25, 0.5, 1].map((q) => quantile([4, 0, 2, 8, 6], q))).toEqual([0, 2, 4, 8]);
  expect(quantile([0, 1], 0.3)).toBeCloseTo(0.3, 12);
});

describe("the stratified bootstrap", () => {
  test("of a mean of many values has the width that the central limit theorem gives", () => {
    const rng = seeded(1);
    const values = Array.from({ length: 400 }, () => rng.normal());
    const [interval] = stratifiedBootstrap([column(values)], mean, { resamples: 2000 }, rng.stream("draw"));
    const spread = Math.sqrt(mean(values.map((x) => (x - mean(values)) ** 2)) / values.length);
    // 2000 resamples place each end to about 4 % of its distance: a tenth leaves two standard errors and more.
    expect((interval.high - interval.low) / (2 * 1.96 * spread)).toBeGreaterThan(0.9);
    expect((interval.high - interval.low) / (2 * 1.96 * spread)).toBeLessThan(1.1);
    expect(interval.value).toBe(mean(values));
  });

  // The middle half of Exp(1): 2 ∫ x e⁻ˣ dx from ln 4/3 to ln 4 = 2 (¾ (1 + ln 4/3) − ¼ (1 + ln 4)).
  const exponential = 2 * (0.75 * (1 + Math.log(4 / 3)) - 0.25 * (1 + Math.log(4)));
  test.each([
    ["normal", (rng: Rng) => rng.normal(), 0],
    ["exponential", (rng: Rng) => -Math.log(1 - rng.uniform()), exponential],
  ])("95 %% intervals of the IQM of 20 values hold the true one about that often: %s", (name, draw, truth) => {
    const [rng, rounds] = [seeded(7).stream(name), 500];
    let held = 0;
    for (let round = 0; round < rounds; round++) {
      const values = Array.from({ length: 20 }, () => draw(rng));
      const [interval] = stratifiedBootstrap(
        [column(values)],
        interquartileMean,
        { resamples: 400 },
        rng.stream("bootstrap", round),
      );
      const { low, high } = interval;
      if (low <= truth && truth <= high) held++;
    }
    // Of so few values, percentile intervals hold a little less than they promise (about 92 %); 500 rounds tell it to ± 1.2 %.
    expect(held / rounds).toBeGreaterThan(0.88);
    expect(held / rounds).toBeLessThan(0.98);
  });

  test("has the same interval to the last bit where values come in ascending order, ties and signs included", () => {
    const rng = seeded(5);
    const runs = Array.from({ length: 9 }, (_, i) =>
      Array.from({ length: 20 }, () => (i % 3 === 0 ? Math.round(rng.normal()) : 10 * rng.normal())),
    );
    const strata = [runs.slice(0, 4), runs.slice(4)];
    const ascending = stratifiedBootstrap(strata, sortedInterquartileMean, { ascending: true }, seeded(1));
    expect(ascending).toEqual(stratifiedBootstrap(strata, interquartileMean, {}, seeded(1)));
  });

  test("draws from each stratum as often as it has runs", () => {
    const seen = new Set<string>();
    const tell = (values: Float64Array) => {
      seen.add([...values].map((value) => (value < 10 ? "first" : "second")).join());
      return 0;
    };
    stratifiedBootstrap([column([1, 2, 3]), column([10, 20])], tell, { resamples: 50 }, seeded(2));
    expect([...seen]).toEqual(["first,first,first,second,second"]);
  });

  test("of runs that are all the same has no width; the same seed gives the same intervals, another seed others", () => {
    expect(stratifiedBootstrap([[[3, 6], [3, 6], [3, 6]]], mean, {}, seeded(0))).toEqual([
      { value: 3, low: 3, high: 3 },
      { value: 6, low: 6, high: 6 },
    ]); // biome-ignore format: runs
    const band = (seed: number) =>
      stratifiedBootstrap([column([1, 5, 2, 8, 3])], mean, { resamples: 99 }, seeded(seed));
    expect(band(5)).toEqual(band(5));
    expect(band(5)).not.toEqual(band(6));
  });

  test("has the same interval at a place whatever places stand beside it", () => {
    const runs = [[1, 4], [5, 2], [2, 9], [8, 3]]; // biome-ignore format: runs
    const both = stratifiedBootstrap([runs], interquartileMean, {}, seeded(0));
    expect(stratifiedBootstrap([runs.map(([, y]) => [y])], interquartileMean, {}, seeded(0))).toEqual([both[1]]);
  });

  test("refuses runs of differing length", () => {
    expect(() => stratifiedBootstrap([[[1, 2], [1]]], mean, {}, seeded(0))).toThrow(ShapeError);
  });
});
