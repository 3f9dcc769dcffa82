/** The mean of the last `window` numbers up to each point; NaN stays NaN, and counts for nothing. */
export function smoothed(y: ArrayLike<number>, window: number): ArrayLike<number> {
  if (window <= 1) return y;
  const recent: number[] = [];
  let sum = 0;
  return Float64Array.from({ length: y.length }, (_, i) => {
    if (Number.isNaN(y[i])) return Number.NaN;
    recent.push(y[i]);
    sum += y[i];
    if (recent.length > window) sum -= recent.shift()!;
    return sum / recent.length;
  });
}
