import * as fc from "fast-check";
import { expect, test } from "vitest";
import { isPositiveDefinite, matrixOf } from "../../src/math/matrix.js";
import { positivePart } from "../../src/math/positive-part.js";
import { seeded } from "../../src/random/rng.js";

const symmetric = (n: number, seed: number): Float64Array => {
  const rng = seeded(seed);
  const A = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) A[i * n + j] = A[j * n + i] = rng.normal();
  return A;
};
const minus = (A: Float64Array, B: Float64Array) => A.map((x, i) => x - B[i]);

test("a symmetric matrix is its positive part less that of its negative, and the two meet nowhere", () =>
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 0, max: 1e6 }), (n, seed) => {
      const A = symmetric(n, seed);
      const [plus, rest] = [
        positivePart(A, n),
        positivePart(
          A.map((x) => -x),
          n,
        ),
      ];
      for (const [i, x] of minus(plus, rest).entries()) expect(x).toBeCloseTo(A[i], 10);
      for (let i = 0; i < n; i++)
        for (let j = 0; j < n; j++) {
          let product = 0;
          for (let k = 0; k < n; k++) product += plus[i * n + k] * rest[k * n + j];
          expect(product).toBeCloseTo(0, 9);
        }
      for (const part of [plus, rest])
        expect(isPositiveDefinite(matrixOf(n, n, (i, j) => part[i * n + j] + (i === j ? 1e-9 : 0)))).toBe(true);
    }),
  ));

test("what is positive semidefinite stays, and rows of zeros too", () => {
  const A = Float64Array.of(2, 0, 1, 0, 0, 0, 1, 0, 0.5); // eigenvalues 2.5, 0, 0
  expect(Array.from(positivePart(A, 3))).toEqual(Array.from(A, (x) => expect.closeTo(x, 12)));
  expect(
    Array.from(
      positivePart(
        A.map((x) => -x),
        3,
      ),
    ),
  ).toEqual(Array.from(A, () => expect.closeTo(0, 12)));
});
