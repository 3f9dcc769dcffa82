/** Mean and population standard deviation; both 0 of nothing. */
export function meanAndStd(values: ArrayLike<number>): { readonly mean: number; readonly std: number } {
  const n = values.length;
  if (n === 0) return { mean: 0, std: 0 };
  let total = 0;
  for (let i = 0; i < n; i++) total += values[i];
  const mean = total / n;
  let squares = 0;
  for (let i = 0; i < n; i++) squares += (values[i] - mean) ** 2;
  return { mean, std: Math.sqrt(squares / n) };
}

/** The mean of some numbers; NaN of nothing. */
export const meanOf = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;

/** Centre and spread of each column. */
export interface ColumnStatistics {
  /** [columns] */
  readonly mean: Float64Array;
  /** [columns] */
  readonly spread: Float64Array;
}

/** Per column of a row-major table: mean, and standard deviation or mean absolute deviation from it. */
export function columnStatistics(
  table: ArrayLike<number>,
  columns: number,
  spread: "std" | "mean-absolute",
): ColumnStatistics {
  const rows = table.length / columns;
  const mean = new Float64Array(columns);
  const deviation = new Float64Array(columns);
  for (let i = 0; i < table.length; i++) mean[i % columns] += table[i] / rows;
  for (let i = 0; i < table.length; i++) {
    const distance = Math.abs(table[i] - mean[i % columns]);
    deviation[i % columns] += (spread === "std" ? distance * distance : distance) / rows;
  }
  return { mean, spread: spread === "std" ? deviation.map(Math.sqrt) : deviation };
}

/** 1 − Var(target − prediction) / Var(target): 1 is a perfect fit, 0 as good as a constant; 0 where the target is constant. */
export function explainedVariance(prediction: ArrayLike<number>, target: ArrayLike<number>): number {
  const residual = Float64Array.from(target, (y, i) => y - prediction[i]);
  const variance = meanAndStd(target).std ** 2;
  return variance === 0 ? 0 : 1 - meanAndStd(residual).std ** 2 / variance;
}
