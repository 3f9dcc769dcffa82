import { ShapeError } from "../errors/errors.js";
import type { Vector } from "./vector.js";

/** A dense matrix, row by row. Small ones: nothing here is blocked or parallel. */
export type Matrix = readonly Vector[];

export const matrixOf = (rows: number, columns: number, entry: (i: number, j: number) => number): Matrix =>
  Array.from({ length: rows }, (_, i) => Float64Array.from({ length: columns }, (_, j) => entry(i, j)));

export const identity = (n: number): Matrix => matrixOf(n, n, (i, j) => (i === j ? 1 : 0));

/** Ax. */
export const times = (A: Matrix, x: ArrayLike<number>): Vector =>
  Float64Array.from(A, (row) => row.reduce((total, entry, j) => total + entry * x[j], 0));

/** Aᵀ. */
export const transposed = (A: Matrix): Matrix => matrixOf(A[0]?.length ?? 0, A.length, (i, j) => A[j][i]);

/** AB. */
export function product(A: Matrix, B: Matrix): Matrix {
  return A.map((row) => {
    const result = new Float64Array(B[0]?.length ?? 0);
    for (let k = 0; k < B.length; k++) {
      for (let j = 0; j < result.length; j++) result[j] += row[k] * B[k][j];
    }
    return result;
  });
}

/** A + factor · B. */
export const plus = (A: Matrix, B: Matrix, factor = 1): Matrix =>
  A.map((row, i) => row.map((entry, j) => entry + factor * B[i][j]));

/** factor · A. */
export const scaled = (A: Matrix, factor: number): Matrix => A.map((row) => row.map((entry) => factor * entry));

/** ⟨A, B⟩ = Σ Aᵢⱼ Bᵢⱼ = tr AᵀB. */
export const inner = (A: Matrix, B: Matrix): number =>
  A.reduce((total, row, i) => total + row.reduce((sum, entry, j) => sum + entry * B[i][j], 0), 0);

/** All entries, row after row. */
export const flattened = (A: Matrix): Vector => Float64Array.from(A.flatMap((row) => [...row]));

/** Entries of a flat vector as a matrix with so many columns. */
export const unflattened = (entries: ArrayLike<number>, columns: number): Matrix =>
  matrixOf(entries.length / columns, columns, (i, j) => entries[i * columns + j]);

/** A pivot this much smaller than the largest entry of A counts as zero. */
const SINGULAR = 1e-13;

/**
 * A⁻¹B by Gaussian elimination with row pivoting.
 *
 * @param B right-hand sides, a column each
 * @returns undefined where A is singular to working precision
 */
export function solveAll(A: Matrix, B: Matrix): Matrix | undefined {
  const n = A.length;
  if (A.some((row) => row.length !== n) || B.length !== n)
    throw new ShapeError("solve", `A has ${n} rows, B has ${B.length}`, "Give a square A and a B with as many rows");
  const width = B[0]?.length ?? 0;
  const rows = A.map((row, i) => Float64Array.of(...row, ...B[i]));
  const largest = A.reduce((most, row) => row.reduce((m, entry) => Math.max(m, Math.abs(entry)), most), 0);
  for (let k = 0; k < n; k++) {
    let pivot = k;
    for (let i = k + 1; i < n; i++) if (Math.abs(rows[i][k]) > Math.abs(rows[pivot][k])) pivot = i;
    if (!(Math.abs(rows[pivot][k]) > SINGULAR * largest)) return undefined;
    [rows[k], rows[pivot]] = [rows[pivot], rows[k]];
    for (let i = k + 1; i < n; i++) {
      const factor = rows[i][k] / rows[k][k];
      for (let j = k; j < n + width; j++) rows[i][j] -= factor * rows[k][j];
    }
  }
  const X = matrixOf(n, width, (i, j) => rows[i][n + j]);
  for (let k = n - 1; k >= 0; k--) {
    for (let c = 0; c < width; c++) {
      for (let j = k + 1; j < n; j++) X[k][c] -= rows[k][j] * X[j][c];
      X[k][c] /= rows[k][k];
    }
  }
  return X;
}

/** A⁻¹b; undefined where A is singular to working precision. */
export function solve(A: Matrix, b: ArrayLike<number>): Vector | undefined {
  const X = solveAll(
    A,
    matrixOf(b.length, 1, (i) => b[i]),
  );
  return X && Float64Array.from(X, (row) => row[0]);
}

/** Whether a symmetric A is positive definite to working precision: Cholesky's pivots are all positive. */
export function isPositiveDefinite(A: Matrix): boolean {
  const n = A.length;
  const L = matrixOf(n, n, () => 0);
  const largest = A.reduce((most, row, i) => Math.max(most, Math.abs(row[i])), 0);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let rest = A[i][j];
      for (let k = 0; k < j; k++) rest -= L[i][k] * L[j][k];
      if (i !== j) L[i][j] = rest / L[j][j];
      else if (rest > SINGULAR * largest) L[i][i] = Math.sqrt(rest);
      else return false;
    }
  }
  return true;
}
