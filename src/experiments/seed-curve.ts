import { interpolated } from "../math/interpolated.js";
import { sortedInterquartileMean } from "../math/interquartile-mean.js";
import { type Interval, stratifiedBootstrap } from "../math/stratified-bootstrap.js";
import { seeded } from "../random/rng.js";

/** A run as a line over samples or time; what is NaN is no point. */
export interface SeedLine {
  readonly seed: number;
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
}

/** Several runs as one curve. */
export interface SeedCurve {
  /** What it is of at each place: an interval comes with the IQM alone. */
  readonly statistic: "IQM" | "mean";
  /** `5 seeds`; `4 runs` where several have one seed, so that their number is not that of seeds. */
  readonly over: string;
  readonly x: Float64Array;
  /** One per place of x; `low` and `high` are NaN where there is no interval. */
  readonly points: readonly Interval[];
  /** How many runs each point is of: fewer towards the end, where some have ended before. */
  readonly counts: Int32Array;
}

/** Of fewer seeds, no interval: of three, the bootstrap's would reach from the worst to the best and no further. */
export const LEAST_SEEDS = 4;
/** At most so many places along a curve. */
const PLACES = 120;
/** Of the stream that the bootstrap draws from: the same runs have the same interval in every figure. */
const SEED = 0;

/**
 * The learning curve of runs that differ in their seed: at each place the interquartile mean over runs, straight between
 * a run's own points, with the 95 % percentile interval of the stratified bootstrap (Agarwal et al. 2021); the runs are
 * one stratum. Of fewer than four seeds, and of runs of which several have the same seed, the mean without an interval.
 * It begins where the last run begins, so that at first every place speaks for all runs, and goes on with those that are
 * longer than others; `counts` says how many they are. Places are the runs' own points, or 120 at equal distances where
 * those are more.
 */
export function seedCurve(lines: readonly SeedLine[]): SeedCurve {
  // In one order, whatever the caller's: the bootstrap draws runs by their place.
  const known = lines.filter(({ y }) => Array.from(y).some(isPoint)).sort((a, b) => a.seed - b.seed);
  const seeds = new Set(known.map(({ seed }) => seed)).size;
  const over = known.length > seeds ? `${known.length} runs` : `${seeds} ${seeds === 1 ? "seed" : "seeds"}`;
  const x = placesOf(known);
  const curves = known.map((line) => interpolated(line.x, line.y, x));
  const isMean = seeds < LEAST_SEEDS || known.length > seeds;
  const counts = Int32Array.from(x, (_, i) => curves.filter((curve) => isPoint(curve[i])).length);
  const points: Interval[] = [];
  for (let from = 0; from < x.length; ) {
    const there = curves.filter((curve) => isPoint(curve[from]));
    const isThere = (at: number) => counts[at] === there.length;
    let to = from;
    while (to < x.length && isThere(to)) to++;
    const stretch = there.map((curve) => curve.subarray(from, to));
    points.push(...(isMean || there.length < LEAST_SEEDS ? means(stretch) : intervals(stretch)));
    from = to;
  }
  return { statistic: isMean ? "mean" : "IQM", over, x, points, counts };
}

/** The mean at each place; it is the interquartile mean of fewer than four. */
const means = (curves: readonly Float64Array[]): readonly Interval[] =>
  Array.from(curves[0], (_, i) => {
    const value = curves.reduce((sum, curve) => sum + curve[i], 0) / curves.length;
    return { value, low: Number.NaN, high: Number.NaN };
  });

const intervals = (curves: readonly Float64Array[]): readonly Interval[] =>
  stratifiedBootstrap([curves], sortedInterquartileMean, { ascending: true }, seeded(SEED).stream("bootstrap"));

/** `IQM of 5 seeds`, `mean of 2 seeds`, `mean of 4 runs`; of a single run `1 seed`. Where some end before others, `IQM of 5 seeds, then down to 2`. */
export function saidOf({ statistic, over, counts }: Pick<SeedCurve, "statistic" | "over" | "counts">): string {
  const [first, last] = [counts[0], counts[counts.length - 1]];
  return `${over === "1 seed" ? over : `${statistic} of ${over}`}${last < first ? `, then down to ${last}` : ""}`;
}

/** The first place that does not speak for all runs any more; the number of places where each does. */
export function endOfAll({ counts }: Pick<SeedCurve, "counts">): number {
  const first = counts.findIndex((count) => count < counts[0]);
  return first < 0 ? counts.length : first;
}

/**
 * The runs that count: of those that play the same game from the same seed, the newest. A run that is played again says
 * nothing new about chance, so it takes the place of the older one instead of standing beside it.
 *
 * @param isSameGame whether two runs differ in their seed at most
 */
export function newestOfEachSeed<Run extends { readonly seed: number; readonly created: string }>(
  runs: readonly Run[],
  isSameGame: (a: Run, b: Run) => boolean = () => true,
): readonly Run[] {
  const isRepeat = (run: Run, other: Run) => other.seed === run.seed && isSameGame(run, other);
  const isNewer = (other: Run, run: Run) =>
    other.created > run.created || (other.created === run.created && runs.indexOf(other) > runs.indexOf(run));
  return runs.filter((run) => !runs.some((other) => isRepeat(run, other) && isNewer(other, run)));
}

const isPoint = (value: number): boolean => !Number.isNaN(value);

/** Ascending places from where the last line begins, on which one line or more have a value; none where lines have nothing in common. */
function placesOf(lines: readonly SeedLine[]): Float64Array {
  const own = lines.map(({ x, y }) => Array.from(x).filter((at, i) => isPoint(at) && isPoint(y[i])));
  const from = Math.max(...own.map((places) => places[0]));
  const to = endOf(own, from);
  const inside = [...new Set(own.flat())].filter((at) => at >= from && at <= to).sort((a, b) => a - b);
  if (inside.length <= PLACES) return Float64Array.from(inside);
  return Float64Array.from({ length: PLACES }, (_, i) =>
    i === PLACES - 1 ? to : from + ((to - from) * i) / (PLACES - 1),
  );
}

/**
 * Where a curve ends: where the first line ends, or as far beyond it as a line has two points of its own or more. Lines
 * of the same length end within a step of one another, and what is left of that step is no more of a curve.
 */
function endOf(own: readonly (readonly number[])[], from: number): number {
  const ends = own.map((places) => places[places.length - 1]).sort((a, b) => a - b);
  if (ends[0] < from) return ends[0];
  return ends.reduce(
    (to, end) => (own.some((places) => places.filter((at) => at > to && at <= end).length > 1) ? end : to),
    ends[0],
  );
}
