import fc from "fast-check";
import { expect, test } from "vitest";
import { erf } from "../../src/math/erf.js";

test("erf has the values of tables", () => {
  for (const [x, value] of [
    [0, 0],
    [0.1, 0.1124629160182849],
    [0.5, 0.5204998778130465],
    [1, 0.8427007929497149],
    [2, 0.9953222650189527],
    [3, 0.9999779095030014],
    [7, 1],
    [Number.POSITIVE_INFINITY, 1],
  ] as const) {
    expect(erf(x)).toBeCloseTo(value, 14);
    expect(erf(-x)).toBeCloseTo(-value, 14);
  }
  expect(erf(Number.NaN)).toBeNaN();
});

test("erf is the integral of 2/√π e^(−t²): its central difference is that, and it grows", () =>
  fc.assert(
    fc.property(fc.double({ min: -5.9, max: 5.9, noNaN: true }), (x) => {
      const h = 1e-4;
      expect((erf(x + h) - erf(x - h)) / (2 * h)).toBeCloseTo((2 / Math.sqrt(Math.PI)) * Math.exp(-x * x), 7);
      expect(erf(x + 0.01)).toBeGreaterThanOrEqual(erf(x) - 2e-15);
      expect(Math.abs(erf(x))).toBeLessThanOrEqual(1);
    }),
  ));
