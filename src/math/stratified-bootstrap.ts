import { ShapeError } from "../errors/errors.js";

/**
 * The q-quantile, straight between the order statistics: q = 0 is the least, 1 the most.
 *
 * @throws {ShapeError} of nothing
 */
export function quantile(values: ArrayLike<number>, q: number): number {
  if (values.length === 0) throw new ShapeError("quantile", "there are no values", "Give at least one");
  return sortedQuantile(new Float64Array(values).sort(), q);
}

function sortedQuantile(sorted: Float64Array, q: number): number {
  const at = q * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
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
  /** Gives the statistic its values in ascending order, so that one of ranks need not sort them; false if left out. */
  readonly ascending?: boolean;
}

/** What the bootstrap draws from; an `Rng` is one. */
export interface Draws {
  /** Uniform integer in 0 … count − 1. */
  integer(count: number): number;
}

/**
 * Percentile intervals of a statistic over runs, by the stratified bootstrap (Agarwal et al., "Deep reinforcement learning
 * at the edge of the statistical precipice", 2021): in every resample, each stratum (a task) is drawn from with
 * replacement as often as it has runs, so that no stratum weighs more or less than it does. A run is drawn with all its
 * places, so bands of a curve hang together; and what is drawn depends on the numbers of runs alone, so a place has the
 * same interval whatever other places stand beside it. Draws from draws.
 *
 * @param strata runs of each stratum; a run is its value at each of several places, e.g. at points of a curve
 * @param statistic of the values of all runs at one place, in an array that is used again: it keeps nothing of it
 * @returns one interval per place
 * @throws {ShapeError} where runs differ in their number of places
 */
export function stratifiedBootstrap(
  strata: readonly (readonly ArrayLike<number>[])[],
  statistic: (values: Float64Array) => number,
  { resamples = 1000, level = 0.95, ascending = false }: BootstrapOptions,
  draws: Draws,
): readonly Interval[] {
  const runs = strata.flat();
  const [n, places] = [runs.length, runs[0]?.length ?? 0];
  if (runs.some(({ length }) => length !== places))
    throw new ShapeError("stratifiedBootstrap", "runs differ in their number of places", "Give each run all places");
  const drawn = resampledRuns(
    strata.map(({ length }) => length),
    resamples,
    draws,
  );
  const tail = (1 - level) / 2;
  const times = ascending ? timesDrawn(drawn, resamples, n) : null;
  const [values, resample, statistics] = [new Float64Array(n), new Float64Array(n), new Float64Array(resamples)];
  return Array.from({ length: places }, (_, place) => {
    for (let i = 0; i < n; i++) values[i] = runs[i][place];
    const order = times && Int32Array.from(values.keys()).sort((a, b) => values[a] - values[b]);
    for (let b = 0; b < resamples; b++) {
      if (times === null || order === null) for (let i = 0; i < n; i++) resample[i] = values[drawn[b * n + i]];
      else {
        // Runs are sorted once for all resamples: each then stands in a resample as often as it was drawn.
        for (let rank = 0, at = 0; rank < n; rank++) {
          const [value, end] = [values[order[rank]], at + times[b * n + order[rank]]];
          while (at < end) resample[at++] = value;
        }
      }
      statistics[b] = statistic(resample);
    }
    statistics.sort();
    return {
      value: statistic(ascending ? values.sort() : values),
      low: sortedQuantile(statistics, tail),
      high: sortedQuantile(statistics, 1 - tail),
    };
  });
}

/** How often each run stands in each resample, [resamples, runs]. */
function timesDrawn(drawn: Int32Array, resamples: number, n: number): Int32Array {
  const times = new Int32Array(resamples * n);
  for (let b = 0; b < resamples; b++) for (let i = 0; i < n; i++) times[b * n + drawn[b * n + i]]++;
  return times;
}

/** Which runs make each resample, [resamples, runs]. @param sizes runs of each stratum */
function resampledRuns(sizes: readonly number[], resamples: number, draws: Draws): Int32Array {
  const n = sizes.reduce((sum, size) => sum + size, 0);
  const drawn = new Int32Array(resamples * n);
  for (let b = 0, at = 0; b < resamples; b++) {
    let first = 0;
    for (const size of sizes) {
      for (let i = 0; i < size; i++) drawn[at++] = first + draws.integer(size);
      first += size;
    }
  }
  return drawn;
}
