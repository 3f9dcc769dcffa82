import {
  type FirstReach,
  firstReach,
  meanHeight,
  medianReach,
  type ReachMedian,
} from "../../experiments/samples-to-threshold.js";
import { iqm, scoreInterval } from "../../experiments/scores.js";
import type { Interval } from "../../math/stratified-bootstrap.js";
import { seeded } from "../../random/rng.js";
import { QUANTITIES, type Quantity } from "../../runs/figure-compare.js";
import type { SuiteGame } from "../frozen-suite.js";
import type { FigureSpec } from "../suite-file.js";
import type { PlayedRun, SuiteRuns } from "./suite-runs.js";

/** A run's values over samples. */
export interface RunLine {
  readonly seed: number;
  readonly x: readonly number[];
  readonly y: readonly number[];
}

/** The values of a game's runs, by seed; runs without one are left out. */
export function linesOf({ runs }: SuiteRuns, game: SuiteGame, quantity: Quantity): readonly RunLine[] {
  return runs
    .filter((run) => run.game.id === game.id)
    .map((run) => lineOf(run, quantity))
    .filter(({ x }) => x.length > 0)
    .sort((a, b) => a.seed - b.seed);
}

export function lineOf({ seed, data }: Pick<PlayedRun, "seed" | "data">, quantity: Quantity): RunLine {
  const points = QUANTITIES[quantity].read(data);
  return { seed, x: points.map(([x]) => x), y: points.map(([, y]) => y) };
}

/** An interval needs so many runs; of fewer it is unknown (NaN). */
const LEAST = 3;

/** Interquartile mean of some runs' scores with its 95 % interval. */
export function scoreOf(scores: readonly number[]): Interval {
  if (scores.length === 0) return { value: Number.NaN, low: Number.NaN, high: Number.NaN };
  const interval = scoreInterval([scores], iqm, {}, seeded(0).stream("scores"));
  return scores.length < LEAST ? { value: interval.value, low: Number.NaN, high: Number.NaN } : interval;
}

/** What a figure's table says of a game. */
export interface GameRow {
  readonly game: SuiteGame;
  readonly seeds: number;
  /** The last evaluation of each run. */
  readonly last: Interval;
  /** Mean height of the curve, to where the shortest run of all games of the task went. */
  readonly area: Interval;
  /** Samples to the figure's threshold; null where it has none. */
  readonly reach: ReachMedian | null;
  readonly reaches: readonly FirstReach[];
}

/** The table of a figure: a row for each game of which something is there. */
export function gameRows(all: SuiteRuns, figure: Pick<FigureSpec, "y" | "threshold">, games: readonly SuiteGame[]) {
  const quantity = figure.y as Quantity;
  return games.flatMap((game): GameRow[] => {
    const lines = linesOf(all, game, quantity);
    if (lines.length === 0) return [];
    const ofTask = games.filter(({ task, variant }) => task === game.task && variant === game.variant);
    const ends = ofTask.flatMap((each) => linesOf(all, each, quantity).map(({ x }) => x[x.length - 1]));
    const to = Math.min(...ends);
    const reaches = figure.threshold === undefined ? [] : lines.map((line) => firstReach(line, figure.threshold!));
    return [
      {
        game,
        seeds: lines.length,
        last: scoreOf(lines.map(({ y }) => y[y.length - 1])),
        area: scoreOf(lines.map((line) => meanHeight(line, 0, to))),
        reach: figure.threshold === undefined ? null : medianReach(reaches),
        reaches,
      },
    ];
  });
}

/** How a run came through a change of its task. */
export interface Recovery {
  readonly seed: number;
  /** Mean of the last three evaluations before the change, and the worst one after it before it recovered. */
  readonly before: number;
  readonly worst: number;
  /** Samples after the change until the quantity was back within a fifth of what it was; of one that never was, how far it went. */
  readonly back: FirstReach;
}

/** Within this factor of what it was a distance counts as recovered. */
const RECOVERED = 1.2;
/** Evaluations before the change that say what it was. */
const BEFORE = 3;

/** How a distance (smaller is better) came through the first change of the task; undefined where the run did not come so far. */
export function recoveryOf({ seed, x, y }: RunLine, change: number): Recovery | undefined {
  // An evaluation at n samples is of a policy that was improved before the iteration that began with n.
  const until = x.filter((at) => at <= change).length;
  if (until === 0 || until >= x.length) return undefined;
  const earlier = y.slice(Math.max(0, until - BEFORE), until);
  const before = earlier.reduce((sum, value) => sum + value, 0) / earlier.length;
  const after = { x: x.slice(until).map((at) => at - change), y: y.slice(until).map((value) => -value) };
  const back = firstReach(after, -RECOVERED * before);
  const worst = Math.max(...y.slice(until).filter((_, i) => !back.reached || after.x[i] <= back.x));
  return { seed, before, worst, back };
}
