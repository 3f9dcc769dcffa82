import { type Matrix, matrixOf } from "../math/matrix.js";
import type { Vector } from "../math/vector.js";

/** I − γP, factorised. */
export interface DiscountedSystem {
  /** x of (I − γP) x = b: b + γPb + γ²P²b + … */
  solve(b: Vector): Vector;
  /** x of xᵀ (I − γP) = cᵀ: c + γPᵀc + … */
  solveTransposed(c: Vector): Vector;
}

/**
 * I − γP = LU without a subtraction (the elimination of Grassmann, Taksar and Heyman): off the diagonal all entries
 * stay ≤ 0, and a diagonal entry is its row's sum, which is known to be 1 − γ at first, plus the others' sizes. So γ
 * near 1 costs no digits: for b ≥ 0 every entry of x is right to about states · 1e-16 of itself.
 *
 * @param chain P, [states, states], rows sum to one
 */
export function discountedSystem(chain: Matrix, discount: number): DiscountedSystem {
  const n = chain.length;
  const A = matrixOf(n, n, (i, j) => -discount * chain[i][j]);
  const rowSum = new Float64Array(n).fill(1 - discount);
  for (let k = 0; k < n; k++) {
    const pivotRow = A[k];
    let pivot = rowSum[k];
    for (let j = k + 1; j < n; j++) pivot -= pivotRow[j];
    pivotRow[k] = pivot;
    for (let i = k + 1; i < n; i++) {
      const row = A[i];
      const factor = row[k] / pivot; // ≤ 0
      row[k] = factor;
      if (factor === 0) continue;
      for (let j = k + 1; j < n; j++) if (j !== i) row[j] -= factor * pivotRow[j];
      rowSum[i] -= factor * rowSum[k];
    }
  }
  return {
    solve(b) {
      const x = b.slice();
      for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) x[i] -= A[i][j] * x[j];
      for (let i = n - 1; i >= 0; i--) {
        for (let j = i + 1; j < n; j++) x[i] -= A[i][j] * x[j];
        x[i] /= A[i][i];
      }
      return x;
    },
    solveTransposed(c) {
      const x = c.slice();
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < i; j++) x[i] -= A[j][i] * x[j];
        x[i] /= A[i][i];
      }
      for (let i = n - 1; i >= 0; i--) for (let j = i + 1; j < n; j++) x[i] -= A[j][i] * x[j];
      return x;
    },
  };
}
