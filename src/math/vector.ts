/** A vector of numbers; statistics and scalars of solvers are computed in float64. */
export type Vector = Float64Array;

/** Σ aᵢ bᵢ. */
export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i] * b[i];
  return total;
}

/** √Σ aᵢ². */
export function norm(a: ArrayLike<number>): number {
  return Math.sqrt(dot(a, a));
}

/** factor · a. */
export function scale(a: ArrayLike<number>, factor: number): Vector {
  return Float64Array.from(a, (x) => factor * x);
}

/** a + factor · b. */
export function addScaled(a: ArrayLike<number>, b: ArrayLike<number>, factor = 1): Vector {
  const result = new Float64Array(a.length);
  for (let i = 0; i < result.length; i++) result[i] = a[i] + factor * b[i];
  return result;
}

/** Some rows of a row-major table, in the order given, [rows, width]. */
export function takeRows(table: Float32Array, width: number, rows: ArrayLike<number>): Float32Array {
  const taken = new Float32Array(rows.length * width);
  for (let i = 0; i < rows.length; i++) taken.set(table.subarray(rows[i] * width, (rows[i] + 1) * width), i * width);
  return taken;
}

/** Whether every entry is finite. */
export function allFinite(a: ArrayLike<number>): boolean {
  for (let i = 0; i < a.length; i++) if (!Number.isFinite(a[i])) return false;
  return true;
}
