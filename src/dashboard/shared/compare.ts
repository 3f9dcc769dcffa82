import { type Interval, interquartileMean, stratifiedBootstrap } from "../../experiments/interquartile-mean.js";
import { seeded } from "../../random/rng.js";
import { interpolated } from "./groups.js";
import type { MetricLog, Scalar } from "./metric-log.js";

/** A run to be compared: its name, its seed and its log. */
export interface ComparedRun {
  readonly name: string;
  readonly seed: number;
  readonly log: MetricLog;
}

/** What the horizontal axis is. */
export type Axis = "samples" | "time";

/** One game over its seeds: the interquartile mean at every place and its band. */
export interface GroupCurve {
  readonly name: string;
  readonly algorithm: string;
  readonly runs: readonly ComparedRun[];
  readonly x: Float64Array;
  /** One per place; NaN where not every run has come so far. */
  readonly points: readonly Interval[];
}

/** Places along the axis. */
const PLACES = 120;
/** What the bootstrap draws from: the same numbers give the same picture on every page. */
const SEED = 0;

export const axisOf = (log: MetricLog, axis: Axis): Float64Array =>
  axis === "samples" ? log.column("samples") : log.elapsed();

/**
 * The curve of a group: at each place, the interquartile mean over its runs (straight between a run's evaluations),
 * with the 95 % band of the stratified bootstrap over seeds; the group is one stratum. The curve ends where the first of its runs
 * ends, so that no place speaks for fewer seeds than another.
 */
export function groupCurve(
  name: string,
  algorithm: string,
  runs: readonly ComparedRun[],
  quantity: Scalar,
  axis: Axis,
): GroupCurve {
  const known = runs.filter(({ log }) => log.last(quantity) >= 0);
  if (known.length === 0) return { name, algorithm, runs, x: new Float64Array(0), points: [] };
  const spans = known.map(({ log }) => {
    const [x, y] = [axisOf(log, axis), log.column(quantity)];
    return { from: x[y.findIndex((value) => !Number.isNaN(value))]!, to: x[log.last(quantity)]! };
  });
  const from = Math.max(...spans.map((span) => span.from));
  const to = Math.min(...spans.map((span) => span.to));
  if (to < from) return { name, algorithm, runs, x: new Float64Array(0), points: [] };
  const x = Float64Array.from({ length: PLACES }, (_, i) =>
    i === PLACES - 1 ? to : from + ((to - from) * i) / (PLACES - 1),
  );
  const curves = known.map(({ log }) => interpolated(axisOf(log, axis), log.column(quantity), x));
  const points = stratifiedBootstrap(
    [curves],
    (drawn) => Array.from(x, (_, i) => interquartileMean(drawn.map((curve) => curve[i]!))),
    { resamples: 500 },
    seeded(SEED).stream("bootstrap", name),
  );
  return { name, algorithm, runs: known, x, points };
}

/** Where a run's evaluation first reached a level; null where it never did. */
export function reached(log: MetricLog, quantity: Scalar, level: number, axis: Axis): number | null {
  const i = log.column(quantity).findIndex((value) => value >= level);
  return i < 0 ? null : axisOf(log, axis)[i]!;
}
