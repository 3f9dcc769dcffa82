import { ShapeError } from "../errors/errors.js";

/**
 * Interquartile mean (IQM): the mean of what is left when the smallest and the largest ⌊n/4⌋ values are taken away. Where
 * n is no multiple of 4, ⌊n/4⌋ is rounded down and what is left all counts in full, as in `scipy.stats.trim_mean(values,
 * 0.25)`, which Agarwal et al. (2021) use: 3 of 5 values, 4 of 6, 5 of 7. Of fewer than four values nothing is taken
 * away: it is their mean.
 *
 * @throws {ShapeError} of nothing
 */
export function interquartileMean(values: ArrayLike<number>): number {
  return sortedInterquartileMean(new Float64Array(values).sort());
}

/** The same of values that are in ascending order. @throws {ShapeError} of nothing */
export function sortedInterquartileMean(sorted: Float64Array): number {
  const n = sorted.length;
  if (n === 0) throw new ShapeError("interquartileMean", "there are no values", "Give at least one");
  const cut = Math.floor(n / 4);
  let total = 0;
  for (let i = cut; i < n - cut; i++) total += sorted[i];
  return total / (n - 2 * cut);
}
