import { type FirstReach, firstReach } from "../../experiments/samples-to-threshold.js";
import { probabilityOfImprovement } from "../../experiments/scores.js";
import type { Interval } from "../../math/stratified-bootstrap.js";
import { seeded } from "../../random/rng.js";
import type { Quantity } from "../../runs/figure-compare.js";
import type { SuiteGame } from "../frozen-suite.js";
import { lineOf, type RunLine } from "../report/statistics.js";
import type { SuiteRuns } from "../report/suite-runs.js";

/** `undecided`: it was measured, and the interval has both answers in it. */
export type Verdict = "holds" | "does not hold" | "undecided" | "not measured";

/** What was found of a claim, in words with numbers, and what follows. */
export interface Judgement {
  readonly measured: string;
  readonly verdict: Verdict;
}

/** Seeds at their end that a verdict takes of each way. */
export const LEAST_SEEDS = 3;

export const notMeasured = (why: string): Judgement => ({ measured: why, verdict: "not measured" });

/** The runs of a way on a task that are at their end, as lines. */
export function finishedLines(
  all: SuiteRuns,
  { way, task, variant = null }: { readonly way: string; readonly task: string; readonly variant?: string | null },
  quantity: Quantity,
): readonly RunLine[] {
  const game = all.suite.games.find((each) => each.way === way && each.task === task && each.variant === variant);
  return all.runs
    .filter((run) => run.finished && run.game.id === game?.id)
    .map((run) => lineOf(run, quantity))
    .filter(({ x }) => x.length > 0);
}

/** All of several judgements: one that fails fails all, one that is missing leaves the whole open. */
export function both(parts: readonly (readonly [what: string, Judgement])[]): Judgement {
  const has = (verdict: Verdict) => parts.some(([, judgement]) => judgement.verdict === verdict);
  const said = [...new Set(parts.map(([, judgement]) => judgement.measured))].map((words) => {
    const of = parts.filter(([, judgement]) => judgement.measured === words).map(([what]) => what);
    return `${of.join(", ")}: ${words}`;
  });
  const verdict = has("does not hold")
    ? "does not hold"
    : has("not measured")
      ? "not measured"
      : has("undecided")
        ? "undecided"
        : "holds";
  return { measured: said.join("; "), verdict };
}

/** Whether a statistic is at least so much: it is; or its whole interval is below; or neither is certain. */
export const atLeast = (interval: Interval, level: number): Verdict =>
  interval.value >= level ? "holds" : interval.high < level ? "does not hold" : "undecided";

/** Whether one is more often ahead than the other: with certainty, or the other way round, or neither. */
export const aheadOf = ({ low, high }: Interval): Verdict =>
  low > 0.5 ? "holds" : high < 0.5 ? "does not hold" : "undecided";

/** Of those that came somewhere, earlier is ahead, and who never came is last; two that never did are even. */
const earliness = ({ x, reached }: FirstReach): number => (reached ? -x : Number.NEGATIVE_INFINITY);

/** The probability that a run of the one comes to a level before a run of the other, with its interval. */
export function earlier(of: readonly FirstReach[], than: readonly FirstReach[]): Interval {
  return probabilityOfImprovement([of.map(earliness)], [than.map(earliness)], {}, seeded(0).stream("earlier"));
}

export const reachesOf = (lines: readonly RunLine[], level: number): readonly FirstReach[] =>
  lines.map((line) => firstReach(line, level));

/** The deepest fall of a curve below what it had been at before; 0 where it only rises. */
export function deepestFall(y: readonly number[]): number {
  let [best, fall] = [Number.NEGATIVE_INFINITY, 0];
  for (const value of y) {
    best = Math.max(best, value);
    fall = Math.max(fall, best - value);
  }
  return fall;
}

/** `2 of at least 3 seeds at their end`, where they are too few; undefined where they are enough. */
export const tooFew = (lines: readonly unknown[]): string | undefined =>
  lines.length >= LEAST_SEEDS ? undefined : `${lines.length} of at least ${LEAST_SEEDS} seeds at their end`;

/** What a game is called in a sentence. */
export const nameOf = ({ way, variant }: Pick<SuiteGame, "way" | "variant">): string =>
  [way.toUpperCase(), ...(variant === null ? [] : [variant])].join(" ");
