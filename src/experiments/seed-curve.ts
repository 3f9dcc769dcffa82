import { interpolated } from "../math/interpolated.js";
import { interquartileMean } from "../math/interquartile-mean.js";
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
}

/** Of fewer seeds, no interval: two values say nothing of how far a third may lie. */
export const LEAST_SEEDS = 3;
/** At most so many places along a curve. */
const PLACES = 120;
/** Of the stream that the bootstrap draws from: the same runs have the same interval in every figure. */
const SEED = 0;

/**
 * The learning curve of runs that differ in their seed: at each place the interquartile mean over runs, straight between
 * a run's own points, with the 95 % percentile interval of the stratified bootstrap (Agarwal et al. 2021); the runs are
 * one stratum. Of fewer than three seeds, and of runs of which several have the same seed, the mean without an interval.
 * It goes from where the last run begins to where the first one ends, so that every place speaks for all runs; places are
 * the runs' own points, or 120 at equal distances where those are more.
 */
export function seedCurve(lines: readonly SeedLine[]): SeedCurve {
  // In one order, whatever the caller's: the bootstrap draws runs by their place.
  const known = lines.filter(({ y }) => Array.from(y).some(isPoint)).sort((a, b) => a.seed - b.seed);
  const seeds = new Set(known.map(({ seed }) => seed)).size;
  const over = known.length > seeds ? `${known.length} runs` : `${seeds} ${seeds === 1 ? "seed" : "seeds"}`;
  const x = placesOf(known);
  const curves = known.map((line) => interpolated(line.x, line.y, x));
  if (seeds < LEAST_SEEDS || known.length > seeds) {
    const points = Array.from(x, (_, i): Interval => {
      const value = curves.reduce((sum, curve) => sum + curve[i], 0) / curves.length;
      return { value, low: Number.NaN, high: Number.NaN };
    });
    return { statistic: "mean", over, x, points };
  }
  const points = stratifiedBootstrap([curves], interquartileMean, {}, seeded(SEED).stream("bootstrap"));
  return { statistic: "IQM", over, x, points };
}

/** `IQM of 5 seeds`, `mean of 2 seeds`, `mean of 4 runs`; of a single run `1 seed`. */
export const saidOf = ({ statistic, over }: Pick<SeedCurve, "statistic" | "over">): string =>
  over === "1 seed" ? over : `${statistic} of ${over}`;

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

/** Ascending places at which every line has a value; none where they have nothing in common. */
function placesOf(lines: readonly SeedLine[]): Float64Array {
  const own = lines.map(({ x, y }) => Array.from(x).filter((at, i) => isPoint(at) && isPoint(y[i])));
  const from = Math.max(...own.map((places) => places[0]));
  const to = Math.min(...own.map((places) => places[places.length - 1]));
  const inside = [...new Set(own.flat())].filter((at) => at >= from && at <= to).sort((a, b) => a - b);
  if (inside.length <= PLACES) return Float64Array.from(inside);
  return Float64Array.from({ length: PLACES }, (_, i) =>
    i === PLACES - 1 ? to : from + ((to - from) * i) / (PLACES - 1),
  );
}
