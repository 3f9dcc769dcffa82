import { interquartileMean } from "../math/interquartile-mean.js";
import { type BootstrapOptions, type Draws, type Interval, stratifiedBootstrap } from "../math/stratified-bootstrap.js";
import { winShare } from "../math/win-share.js";

/**
 * Scores of one way of playing over tasks and runs, [tasks][runs], and what Agarwal et al. ("Deep reinforcement learning at
 * the edge of the statistical precipice", 2021) say of them. Numbers of runs may differ from task to task; scores of several tasks mean
 * something together where they are normalised.
 */
export type Scores = readonly (readonly number[])[];

/** A statistic of the scores of all tasks, which stand one task after the other; `sizes` are their numbers of runs. */
type Statistic = (values: ArrayLike<number>, sizes: readonly number[]) => number;

/** Where a score lies between two that are known: 0 is `low`, 1 is `high`. */
export const normalised = (score: number, { low, high }: { readonly low: number; readonly high: number }): number =>
  (score - low) / (high - low);

/** Interquartile mean of all scores, whatever their tasks. */
export const iqm: Statistic = (values) => interquartileMean(values);

/** Mean over tasks of the mean over runs. */
export const meanScore: Statistic = (values, sizes) => {
  const means = taskMeans(values, sizes);
  return means.reduce((sum, mean) => sum + mean, 0) / means.length;
};

/** Median over tasks of the mean over runs. */
export const medianScore: Statistic = (values, sizes) => {
  const means = taskMeans(values, sizes).sort((a, b) => a - b);
  const half = means.length >> 1;
  return means.length % 2 === 1 ? means[half] : (means[half - 1] + means[half]) / 2;
};

/** How far scores fall short of γ on average; what is above it counts as γ. */
export const optimalityGap =
  (gamma = 1): Statistic =>
  (values) => {
    let total = 0;
    for (let i = 0; i < values.length; i++) total += Math.min(values[i], gamma);
    return gamma - total / values.length;
  };

/** Share of the scores above τ, strictly: a point of the performance profile. */
export const shareAbove =
  (tau: number): Statistic =>
  (values) => {
    let above = 0;
    for (let i = 0; i < values.length; i++) if (values[i] > tau) above++;
    return above / values.length;
  };

/**
 * A statistic with its percentile interval by the stratified bootstrap: in each task runs are redrawn by themselves. Draws from draws.
 */
export function scoreInterval(scores: Scores, statistic: Statistic, options: BootstrapOptions, draws: Draws): Interval {
  const sizes = scores.map(({ length }) => length);
  return stratifiedBootstrap(
    scores.map((runs) => runs.map((score) => [score])),
    (values) => statistic(values, sizes),
    options,
    draws,
  )[0];
}

/** Share of the scores above each τ, with its interval. Draws from draws. */
export function performanceProfile(
  scores: Scores,
  taus: readonly number[],
  options: BootstrapOptions,
  draws: Draws,
): readonly Interval[] {
  // A run is its answer at every τ, so that the profile's points are of the same resamples.
  const answers = scores.map((runs) => runs.map((score) => taus.map((tau) => (score > tau ? 1 : 0))));
  return stratifiedBootstrap(answers, (values) => shareAbove(0.5)(values, []), options, draws);
}

/**
 * Probability of improvement: that a run of one way beats a run of the other on a task that is drawn at random; ties are
 * halves. Both ways' runs are redrawn, independently. Tasks stand in the same order in both. Draws from draws.
 */
export function probabilityOfImprovement(of: Scores, over: Scores, options: BootstrapOptions, draws: Draws): Interval {
  const sizes = [...of, ...over].map(({ length }) => length);
  const tasks = of.length;
  return stratifiedBootstrap(
    [...of, ...over].map((runs) => runs.map((score) => [score])),
    (values) => {
      const parts = split(values, sizes);
      let total = 0;
      for (let t = 0; t < tasks; t++) total += winShare(parts[t], parts[tasks + t]);
      return total / tasks;
    },
    options,
    draws,
  )[0];
}

function split(values: ArrayLike<number>, sizes: readonly number[]): readonly (readonly number[])[] {
  const all = Array.from(values);
  let from = 0;
  return sizes.map((size) => all.slice(from, (from += size)));
}

const taskMeans = (values: ArrayLike<number>, sizes: readonly number[]): number[] =>
  split(values, sizes).map((runs) => runs.reduce((sum, score) => sum + score, 0) / runs.length);
