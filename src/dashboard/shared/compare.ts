import { type FirstReach, firstReach } from "../../experiments/samples-to-threshold.js";
import { newestOfEachSeed, type SeedCurve, type SeedLine, seedCurve } from "../../experiments/seed-curve.js";
import type { Compared, Curves } from "./run-curves.js";

/** A run to be compared. */
export interface ComparedRun {
  readonly name: string;
  readonly seed: number;
  /** ISO 8601. */
  readonly created: string;
  readonly log: Curves;
}

/** What the horizontal axis is. */
export type Axis = "samples" | "time";

/** One game over its seeds, as `plot` draws it, too. */
export interface GroupCurve extends SeedCurve {
  readonly name: string;
  readonly algorithm: string;
  /** Those that count: of each seed the newest. */
  readonly runs: readonly ComparedRun[];
  /** Each of them, in the same order. */
  readonly lines: readonly SeedLine[];
  /** Those that do not: older runs of a seed. */
  readonly repeats: readonly ComparedRun[];
}

export const axisOf = (log: Curves, axis: Axis): Float64Array =>
  axis === "samples" ? log.column("samples") : log.elapsed();

/** The curve of runs that differ in their seed at most. */
export function groupCurve(
  name: string,
  algorithm: string,
  runs: readonly ComparedRun[],
  quantity: Compared,
  axis: Axis,
): GroupCurve {
  const known = runs.filter(({ log }) => log.last(quantity) >= 0);
  const counted = newestOfEachSeed(known);
  const repeats = known.filter((run) => !counted.includes(run));
  const lines = counted.map(({ seed, log }) => ({ seed, x: axisOf(log, axis), y: log.column(quantity) }));
  return { name, algorithm, runs: counted, lines, repeats, ...seedCurve(lines) };
}

/** Where a run's evaluation first reached a level; where it never did, how far it went. */
export const reached = (log: Curves, quantity: Compared, level: number, axis: Axis): FirstReach =>
  firstReach({ x: axisOf(log, axis), y: log.column(quantity) }, level);
