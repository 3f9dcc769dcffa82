import * as fc from "fast-check";
import type { Vector } from "../../src/math/vector.js";

/** A dense matrix, row by row. */
export type Matrix = readonly Vector[];

export const times = (A: Matrix, x: ArrayLike<number>): Vector =>
  Float64Array.from(A, (row) => row.reduce((total, entry, j) => total + entry * x[j], 0));

export const transposed = (A: Matrix): Matrix => Array.from(A[0], (_, j) => Float64Array.from(A, (row) => row[j]));

export const product = (A: Matrix, B: Matrix): Matrix => transposed(transposed(B).map((column) => times(A, column)));

/** Ax = b by Gaussian elimination with row pivoting. */
export function solve(A: Matrix, b: ArrayLike<number>): Vector {
  const n = b.length;
  const rows = A.map((row, i) => Float64Array.of(...row, b[i]));
  for (let k = 0; k < n; k++) {
    let pivot = k;
    for (let i = k + 1; i < n; i++) if (Math.abs(rows[i][k]) > Math.abs(rows[pivot][k])) pivot = i;
    [rows[k], rows[pivot]] = [rows[pivot], rows[k]];
    for (let i = k + 1; i < n; i++) {
      const factor = rows[i][k] / rows[k][k];
      for (let j = k; j <= n; j++) rows[i][j] -= factor * rows[k][j];
    }
  }
  const x = new Float64Array(n);
  for (let k = n - 1; k >= 0; k--) {
    let rest = rows[k][n];
    for (let j = k + 1; j < n; j++) rest -= rows[k][j] * x[j];
    x[k] = rest / rows[k][k];
  }
  return x;
}

/** A number of ordinary size. */
export const entry = fc.double({ min: -2, max: 2, noNaN: true });

export const vector = (n: number): fc.Arbitrary<Vector> =>
  fc.array(entry, { minLength: n, maxLength: n }).map((entries) => Float64Array.from(entries));

export const matrix = (n: number, m = n): fc.Arbitrary<Matrix> => fc.array(vector(m), { minLength: n, maxLength: n });

/** Symmetric positive definite: BᵀB + I, so that the condition number is at most 1 + 4n². */
export const spd = (n: number): fc.Arbitrary<Matrix> =>
  matrix(n).map((B) => product(transposed(B), B).map((row, i) => row.map((x, j) => x + (i === j ? 1 : 0))));
