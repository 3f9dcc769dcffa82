import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { columnStatistics, explainedVariance, meanAndStd } from "../../src/math/statistics.js";
import { vector } from "../support/linear-algebra.js";

const sample = fc.integer({ min: 1, max: 30 }).chain(vector);

describe("mean and standard deviation", () => {
  test("of a known sample, over n and not n − 1", () => {
    expect(meanAndStd([2, 4, 4, 4, 5, 5, 7, 9])).toEqual({ mean: 5, std: 2 });
  });

  test("move and stretch with the sample, far from 0 too", () =>
    fc.assert(
      fc.property(sample, fc.constantFrom(0, -3, 1e6), fc.constantFrom(1, 0.5, 20), (values, shift, factor) => {
        const { mean, std } = meanAndStd(values);
        const moved = meanAndStd(values.map((x) => shift + factor * x));
        expect(moved.mean).toBeCloseTo(shift + factor * mean, 8);
        expect(moved.std).toBeCloseTo(factor * std, 8); // one-pass formulas lose 4 digits at 1e6
      }),
    ));

  test("are 0 of nothing", () => {
    expect(meanAndStd([])).toEqual({ mean: 0, std: 0 });
  });
});

describe("column statistics", () => {
  test("are those of each column alone", () =>
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 10 }),
        fc.infiniteStream(fc.double({ min: -5, max: 5, noNaN: true })),
        (columns, rows, numbers) => {
          const table = Float64Array.from({ length: rows * columns }, () => numbers.next().value as number);
          const deviation = columnStatistics(table, columns, "std");
          const absolute = columnStatistics(table, columns, "mean-absolute");
          for (let j = 0; j < columns; j++) {
            const column = table.filter((_, i) => i % columns === j);
            const { mean, std } = meanAndStd(column);
            expect(deviation.mean[j]).toBeCloseTo(mean, 10);
            expect(deviation.spread[j]).toBeCloseTo(std, 10);
            expect(absolute.mean[j]).toBeCloseTo(mean, 10);
            expect(absolute.spread[j]).toBeCloseTo(column.reduce((sum, x) => sum + Math.abs(x - mean), 0) / rows, 10);
          }
        },
      ),
    ));

  test("show no spread at all where a column of float32 numbers never changes", () => {
    const table = Float32Array.from({ length: 3000 }, (_, i) => (i % 2 === 0 ? i : 0.3));
    expect(columnStatistics(table, 2, "std").spread[1]).toBeLessThan(1e-12);
  });
});

describe("explained variance", () => {
  const target = [1, 2, 3, 6];

  test("is 1 for a perfect fit, also where it is off by a constant", () => {
    expect(explainedVariance(target, target)).toBe(1);
    expect(
      explainedVariance(
        target.map((y) => y + 7),
        target,
      ),
    ).toBeCloseTo(1, 12);
  });

  test("is 0 for a constant, and the share of variance taken away in between", () => {
    expect(explainedVariance([5, 5, 5, 5], target)).toBeCloseTo(0, 12);
    expect(
      explainedVariance(
        target.map((y) => 0.5 * y),
        target,
      ),
    ).toBeCloseTo(0.75, 12);
    expect(
      explainedVariance(
        target.map((y) => -y),
        target,
      ),
    ).toBeCloseTo(-3, 12);
  });

  test("is 0 where there is no variance to explain", () => {
    expect(explainedVariance([1, 2], [4, 4])).toBe(0);
  });
});
