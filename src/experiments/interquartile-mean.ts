import { ShapeError } from "../errors/errors.js";
import type { Rng } from "../random/rng.js";

/**
 * Interquartile mean: the mean of what is left when the smallest and the largest ⌊n/4⌋ values are taken away. Of
 * fewer than four values, the plain mean.
 *
 * @throws {ShapeError} of nothing
 */
export function interquartileMean(values: ArrayLike<number>): number {
  const n = values.length;
  if (n === 0) throw new ShapeError("interquartileMean", "there are no values", "Give at least one");
  const sorted = Float64Array.from(values).sort();
  const cut = Math.floor(n / 4);
  let total = 0;
  for (let i = cut; i < n - cut; i++) total += sorted[i]!;
  return total / (n - 2 * cut);
}

/**
 * The q-quantile, straight between the order statistics: q = 0 is the least, 1 the most.
 *
 * @throws {ShapeError} of nothing
 */
export function quantile(values: ArrayLike<number>, q: number): number {
  if (values.length === 0) throw new ShapeError("quantile", "there are no values", "Give at least one");
  const sorted = Float64Array.from(values).sort();
  const at = q * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(at)]!, sorted[Math.ceil(at)]!];
  return below + (at - Math.floor(at)) * (above - below);
}

/** A statistic with what the bootstrap says about it. */
export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Settings of the bootstrap. */
export interface BootstrapOptions {
  /** Default 1000. */
  readonly resamples?: number;
  /** Default 0.95. */
  readonly level?: number;
}

/**
 * Percentile intervals of statistics over runs, by the stratified bootstrap: in every resample, each stratum (a task,
 * an algorithm on a task) is drawn from with replacement as often as it has runs, so that no stratum weighs more or less
 * than it does. All statistics see the same resamples: bands of a curve hang together. Draws from rng.
 *
 * @param strata runs of each stratum
 * @param statistic the value at each of several places from the runs of all strata, e.g. at points of a curve
 * @returns one interval per place
 */
export function stratifiedBootstrap<Run>(
  strata: readonly (readonly Run[])[],
  statistic: (runs: readonly Run[]) => readonly number[],
  { resamples = 1000, level = 0.95 }: BootstrapOptions,
  rng: Rng,
): readonly Interval[] {
  const values = statistic(strata.flat());
  const drawn = values.map(() => new Float64Array(resamples));
  for (let b = 0; b < resamples; b++) {
    const resample = strata.flatMap((runs) => runs.map(() => runs[rng.integer(runs.length)]!));
    statistic(resample).forEach((value, i) => {
      drawn[i]![b] = value;
    });
  }
  const tail = (1 - level) / 2;
  return values.map((value, i) => {
    const finite = drawn[i]!.filter((x) => !Number.isNaN(x));
    return finite.length === 0
      ? { value, low: Number.NaN, high: Number.NaN }
      : { value, low: quantile(finite, tail), high: quantile(finite, 1 - tail) };
  });
}
