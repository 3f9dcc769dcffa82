import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ShapeError } from "../../src/errors/errors.js";
import { interquartileMean } from "../../src/math/interquartile-mean.js";

const numbers = fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { minLength: 1, maxLength: 20 });

describe("the interquartile mean", () => {
  // As scipy.stats.trim_mean(values, 0.25) has it: ⌊n/4⌋ go at either end, what is left counts in full.
  test.each([
    [[5], 5],
    [[1, 2], 1.5],
    [[1, 2, 30], 11],
    [[0, 1, 3, 7], 2], // (1 + 3) / 2
    [[0, 1, 3, 7, 20], 11 / 3], // (1 + 3 + 7) / 3
    [[0, 1, 3, 7, 20, 50], 7.75], // (1 + 3 + 7 + 20) / 4
    [[0, 1, 3, 7, 20, 50, 90], 16.2], // (1 + 3 + 7 + 20 + 50) / 5
    [[0, 1, 3, 7, 20, 50, 90, 100], 20], // (3 + 7 + 20 + 50) / 4
    [[0, 1, 3, 7, 20, 50, 90, 100, 200], 34], // (3 + 7 + 20 + 50 + 90) / 5
  ])("of %j is %d, in any order", (values, expected) => {
    expect(interquartileMean(values)).toBeCloseTo(expected, 12);
    expect(interquartileMean(values.slice().reverse())).toBeCloseTo(expected, 12);
  });

  test("does not hear outliers, leaves its argument alone, and is refused of nothing", () => {
    const values = [1e9, 2, 3, -1e9];
    expect(interquartileMean(values)).toBe(2.5);
    expect(values).toEqual([1e9, 2, 3, -1e9]);
    expect(() => interquartileMean([])).toThrow(ShapeError);
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
