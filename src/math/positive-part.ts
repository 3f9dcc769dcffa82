/** Sweeps of Jacobi's method; it converges quadratically, and ten do for hundreds of rows. */
const SWEEPS = 30;

/**
 * The nearest positive semidefinite matrix to a symmetric one, Σ max(λᵢ, 0) vᵢvᵢᵀ with its eigenvalues λᵢ and eigenvectors vᵢ, by
 * Jacobi's rotations (Golub and Van Loan, 8.5). Rows that are all zero are left out of the work.
 *
 * @param A symmetric, [n, n] row-major
 * @returns [n, n]; A itself where it is zero
 */
export function positivePart(A: Float64Array, n: number): Float64Array {
  const used = Array.from({ length: n }, (_, i) => i).filter((i) =>
    A.subarray(i * n, (i + 1) * n).some((entry) => entry !== 0),
  );
  const size = used.length;
  if (size === 0) return A;
  const D = used.map((i) => Float64Array.from(used, (j) => (A[i * n + j] + A[j * n + i]) / 2));
  const V = used.map((_, i) => Float64Array.from(used, (_own, j) => (i === j ? 1 : 0)));
  for (let sweep = 0; sweep < SWEEPS && rotated(D, V); sweep++);
  const result = new Float64Array(n * n);
  for (let k = 0; k < size; k++) {
    const eigenvalue = D[k][k];
    if (eigenvalue <= 0) continue;
    for (let i = 0; i < size; i++)
      for (let j = 0; j < size; j++) result[used[i] * n + used[j]] += eigenvalue * V[i][k] * V[j][k];
  }
  return result;
}

/** A sweep: D ← JᵀDJ, V ← VJ for each pair. @returns whether there was anything to turn */
function rotated(D: readonly Float64Array[], V: readonly Float64Array[]): boolean {
  let turned = false;
  for (let p = 0; p < D.length; p++) {
    for (let q = p + 1; q < D.length; q++) {
      const off = D[p][q];
      if (Math.abs(off) <= Number.EPSILON * Math.sqrt(Math.abs(D[p][p] * D[q][q])) || off === 0) continue;
      turned = true;
      const ratio = (D[q][q] - D[p][p]) / (2 * off);
      const tangent = (ratio < 0 ? -1 : 1) / (Math.abs(ratio) + Math.hypot(ratio, 1));
      const cosine = 1 / Math.hypot(tangent, 1);
      const sine = tangent * cosine;
      for (const row of D) turn(row, p, q, cosine, sine);
      for (let k = 0; k < D.length; k++) {
        const [a, b] = [D[p][k], D[q][k]];
        D[p][k] = cosine * a - sine * b;
        D[q][k] = sine * a + cosine * b;
      }
      for (const row of V) turn(row, p, q, cosine, sine);
    }
  }
  return turned;
}

function turn(row: Float64Array, p: number, q: number, cosine: number, sine: number): void {
  const [a, b] = [row[p], row[q]];
  row[p] = cosine * a - sine * b;
  row[q] = sine * a + cosine * b;
}
