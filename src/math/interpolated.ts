/** The value of a line at ascending places, straight between its points; NaN outside of them. Points that are NaN are none. */
export function interpolated(x: ArrayLike<number>, y: ArrayLike<number>, places: ArrayLike<number>): Float64Array {
  const points = Array.from({ length: x.length }, (_, i) => i).filter(
    (i) => !Number.isNaN(y[i]) && !Number.isNaN(x[i]),
  );
  const values = new Float64Array(places.length).fill(Number.NaN);
  let k = 0;
  for (let p = 0; p < places.length; p++) {
    const at = places[p];
    while (k + 1 < points.length && x[points[k + 1]] <= at) k++;
    const [a, b] = [points[k], points[k + 1]];
    if (a === undefined || at < x[a]) continue;
    if (x[a] === at) values[p] = y[a];
    else if (b !== undefined) values[p] = y[a] + ((y[b] - y[a]) * (at - x[a])) / (x[b] - x[a]);
  }
  return values;
}
