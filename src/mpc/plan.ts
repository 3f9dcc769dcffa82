import type { Rng } from "../random/rng.js";

/**
 * A plan: the actions of the next H steps in units of the half-width of the action box, within [−1, 1], [horizon, action size].
 * Plans of several worlds lie one after the other.
 */
export interface PlanShape {
  /** H */
  readonly horizon: number;
  readonly actionSize: number;
}

/** Numbers of a plan. */
export const planSize = ({ horizon, actionSize }: PlanShape): number => horizon * actionSize;

/** The plan of an episode that begins: the middle of the action box at all times. */
export const freshPlan = (shape: PlanShape): Float32Array => new Float32Array(planSize(shape));

/** What is left of a plan once its first action is taken, and the middle of the box in the end (Chua et al. 2018). */
export function shiftedPlan(plan: Float32Array, { actionSize }: PlanShape): Float32Array {
  const rest = new Float32Array(plan.length);
  rest.set(plan.subarray(actionSize));
  return rest;
}

/**
 * How good plans are.
 *
 * @param plans [worlds.length × candidates, horizon, action size], the candidates of a world together
 * @param worlds numbers of the worlds that they begin in
 * @param rng what the model's own noise is drawn from
 * @returns the mean return of each, [worlds.length × candidates]; one that is not finite is worse than all that are
 */
export type Judge = (plans: Float32Array, worlds: readonly number[], rng: Rng) => Promise<Float64Array>;

/** What a search found. */
export interface FoundPlans {
  /** [worlds, horizon, action size] */
  readonly plans: Float32Array;
  /** Mean standard deviation of an action among those that the plans were made of, in units of the half-width; null where they were not made of candidates. */
  readonly spread: number | null;
  /** Mean number of rounds in which candidates were tried. */
  readonly rounds: number;
}

/**
 * Searches for the plans of highest return, a world each for itself: candidates of all worlds are made with the same draws,
 * so that what is found for one does not depend on who else is there. Draws from rng.
 *
 * @param starts where it begins, [worlds, horizon, action size]
 */
export type PlanSearch = (starts: Float32Array, judge: Judge, rng: Rng) => Promise<FoundPlans>;
