import * as fc from "fast-check";
import { expect, test } from "vitest";
import { addScaled, allFinite, dot, norm, scale, takeRows } from "../../src/math/vector.js";
import { entry, vector } from "../support/linear-algebra.js";

test("‖a + f·b‖² = ‖a‖² + 2f aᵀb + f²‖b‖², and the arguments stay as they were", () =>
  fc.assert(
    fc.property(vector(6), vector(6), entry, (a, b, factor) => {
      const copies = [a.slice(), b.slice()];
      const sum = addScaled(a, b, factor);
      expect(norm(sum) ** 2).toBeCloseTo(dot(a, a) + 2 * factor * dot(a, b) + factor ** 2 * dot(b, b), 10);
      expect(addScaled(a, scale(b, factor))).toEqual(sum);
      expect([a, b]).toEqual(copies);
    }),
  ));

test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])("%d anywhere is found", (bad) => {
  for (let i = 0; i < 3; i++) {
    const numbers = Float32Array.of(0, -1, 3e38);
    expect(allFinite(numbers)).toBe(true);
    numbers[i] = bad;
    expect(allFinite(numbers)).toBe(false);
  }
});

test("rows are taken whole, in the order asked for, also more than once", () =>
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), fc.array(fc.nat({ max: 4 }), { maxLength: 8 }), (width, rows) => {
      const table = Float32Array.from({ length: 5 * width }, (_, i) => i);
      const expected = rows.flatMap((row) => Array.from({ length: width }, (_, i) => row * width + i));
      expect(Array.from(takeRows(table, width, rows))).toEqual(expected);
    }),
  ));
