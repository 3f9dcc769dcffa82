/** Mean and spread of the columns of all rows seen so far. */
export interface RunningColumns {
  /** Rows. */
  readonly rows: number;
  /** [columns] */
  readonly mean: Float64Array;
  /** Sum of squared distances from the mean, [columns]. */
  readonly squares: Float64Array;
}

export const noColumns = (columns: number): RunningColumns => ({
  rows: 0,
  mean: new Float64Array(columns),
  squares: new Float64Array(columns),
});

/** The same with the rows of one more table, row by row (Chan et al. 1983). */
export function withTable(before: RunningColumns, table: ArrayLike<number>): RunningColumns {
  const columns = before.mean.length;
  const fresh = table.length / columns;
  if (fresh === 0) return before;
  const rows = before.rows + fresh;
  const sums = new Float64Array(columns);
  for (let i = 0; i < table.length; i++) sums[i % columns] += table[i];
  const centre = sums.map((sum) => sum / fresh);
  const squares = before.squares.slice();
  for (let i = 0; i < table.length; i++) squares[i % columns] += (table[i] - centre[i % columns]) ** 2;
  const mean = before.mean.slice();
  for (let j = 0; j < columns; j++) {
    const apart = centre[j] - mean[j];
    mean[j] += (apart * fresh) / rows;
    squares[j] += (apart * apart * before.rows * fresh) / rows;
  }
  return { rows, mean, squares };
}

/** Standard deviation of each column; 0 of nothing. */
export const spreadOf = ({ rows, squares }: RunningColumns): Float64Array =>
  squares.map((total) => (rows === 0 ? 0 : Math.sqrt(total / rows)));
