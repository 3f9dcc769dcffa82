/** A run as its evaluations over samples; what is NaN is none. */
export interface Line {
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
}

/** When a run first was at a level; where it never was, `x` is how far it went without (censored). */
export interface FirstReach {
  readonly x: number;
  readonly reached: boolean;
}

/** Where a line first is at a level or above it, of its own points. */
export function firstReach({ x, y }: Line, level: number): FirstReach {
  let last = 0;
  for (let i = 0; i < x.length; i++) {
    if (Number.isNaN(y[i])) continue;
    if (y[i] >= level) return { x: x[i], reached: true };
    last = x[i];
  }
  return { x: last, reached: false };
}

/** The median of when runs came to a level, and how many never did. */
export interface ReachMedian {
  /** NaN where it is not known: too few of the runs came there. */
  readonly median: number;
  /** Runs that did not come there: each counts as long as it was looked at. */
  readonly censored: number;
  readonly runs: number;
}

/**
 * Median samples to a level by Kaplan and Meier (1958): a run that ended before the level says that it takes longer than the run
 * was, and nothing more. Of complete runs alone it is the plain lower median.
 */
export function medianReach(reaches: readonly FirstReach[]): ReachMedian {
  // At one x those that come there are before those that end there.
  const sorted = [...reaches].sort((a, b) => a.x - b.x || Number(b.reached) - Number(a.reached));
  const censored = sorted.filter(({ reached }) => !reached).length;
  let [left, survival] = [sorted.length, 1];
  for (const { x, reached } of sorted) {
    if (reached) survival *= (left - 1) / left;
    left--;
    if (survival <= 0.5 + 1e-12) return { median: x, censored, runs: sorted.length };
  }
  return { median: Number.NaN, censored, runs: sorted.length };
}

/**
 * The mean height of a line from `from` to `to`, straight between its points: the area under the curve over the length. NaN where the
 * line does not go so far. Before its first point it is as high as there.
 */
export function meanHeight({ x, y }: Line, from: number, to: number): number {
  const points = Array.from({ length: x.length }, (_, i) => [x[i], y[i]] as const).filter(
    ([, height]) => !Number.isNaN(height),
  );
  if (points.length === 0 || points[points.length - 1][0] < to || to <= from) return Number.NaN;
  const line = points[0][0] > from ? [[from, points[0][1]] as const, ...points] : points;
  let area = 0;
  for (let i = 1; i < line.length; i++) {
    const [[a, low], [b, high]] = [line[i - 1], line[i]];
    const [left, right] = [Math.max(a, from), Math.min(b, to)];
    if (right <= left) continue;
    const at = (place: number) => low + ((high - low) * (place - a)) / (b - a);
    area += ((at(left) + at(right)) / 2) * (right - left);
  }
  return area / (to - from);
}
