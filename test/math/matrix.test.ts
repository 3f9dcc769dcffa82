import * as fc from "fast-check";
import { expect, test } from "vitest";
import { ShapeError } from "../../src/errors/errors.js";
import * as m from "../../src/math/matrix.js";
import { matrix, solve as solvedElsewhere, spd, vector } from "../support/linear-algebra.js";

test("solve agrees with another elimination, and Ax is b", () => {
  fc.assert(
    fc.property(spd(4), vector(4), (A, b) => {
      const x = m.solve(A, b)!;
      // condition numbers are at most 1 + 4n²: 15 digits less 2
      solvedElsewhere(A, b).forEach((entry, i) => void expect(x[i]).toBeCloseTo(entry, 10));
      m.times(A, x).forEach((entry, i) => void expect(entry).toBeCloseTo(b[i], 10));
    }),
  );
});

test("solveAll solves column by column", () => {
  fc.assert(
    fc.property(spd(3), matrix(3, 2), (A, B) => {
      m.transposed(m.solveAll(A, B)!).forEach((column, j) => {
        expect(column).toEqual(m.solve(A, m.transposed(B)[j]));
      });
    }),
  );
});

test("a singular matrix has no solution, and sizes that do not fit are refused", () => {
  const A = [Float64Array.of(1, 2), Float64Array.of(2, 4)];
  expect(m.solve(A, [1, 1])).toBeUndefined();
  expect(m.solve([Float64Array.of(0)], [0])).toBeUndefined();
  expect(() => m.solve(A, [1, 1, 1])).toThrow(ShapeError);
});

test("positive definite is what BᵀB + 1 is, and what is no longer when its smallest direction is taken away", () => {
  fc.assert(fc.property(spd(4), (A) => m.isPositiveDefinite(A)));
  expect(m.isPositiveDefinite([Float64Array.of(1, 2), Float64Array.of(2, 4)])).toBe(false); // semidefinite
  expect(m.isPositiveDefinite([Float64Array.of(1, 2), Float64Array.of(2, 1)])).toBe(false); // indefinite
});

test("(AB)ᵀ = BᵀAᵀ, ⟨A, BC⟩ = ⟨BᵀA, C⟩, and flattening can be undone", () => {
  fc.assert(
    fc.property(matrix(2, 3), matrix(3, 4), matrix(2, 4), (B, C, A) => {
      expect(m.transposed(m.product(B, C))).toEqual(m.product(m.transposed(C), m.transposed(B)));
      expect(m.inner(A, m.product(B, C))).toBeCloseTo(m.inner(m.product(m.transposed(B), A), C), 10);
      expect(m.unflattened(m.flattened(A), 4)).toEqual(A);
    }),
  );
});
