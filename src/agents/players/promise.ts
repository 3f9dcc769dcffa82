import type { z } from "zod";
import { meanAndStd } from "../../math/statistics.js";
import { modelRollouts } from "../../mdp/model-rollouts.js";
import type { ActingNet, Model } from "../../mdp/parametric.js";
import type { Rng } from "../../random/rng.js";
import type { LookAhead, Scene } from "../player.js";
import { count } from "../setting-types.js";

/** When and how J(π, M) is measured by players whose moves do not measure it by themselves. */
export const PROMISE_SETTINGS = {
  promiseHorizon: count(1e6).describe("J(π, M) is measured over so many steps; the task's horizon bounds it too"),
  promiseRollouts: count(1e6).describe("J(π, M) is measured on so many rollouts in each member"),
  promiseEvery: count(1e9).describe("J(π, M) is measured once in so many updates, and stands for those between"),
};
export type PromiseSettings = { readonly [K in keyof typeof PROMISE_SETTINGS]: z.infer<(typeof PROMISE_SETTINGS)[K]> };

/** J(π, M) when it was last measured. */
export interface Promised {
  /** Of each member; none before the first measuring. */
  readonly memberReturns: readonly number[];
  /** Updates of the policy at that time. */
  readonly measuredAt: number;
}

export const promiseLookAhead = (
  discount: number,
  { promiseHorizon, promiseRollouts }: PromiseSettings,
): LookAhead => ({ discount, rolloutHorizon: promiseHorizon, trajectories: promiseRollouts });

/**
 * J(π, M) of each member, the mean undiscounted return of rollouts from ρ: what is known already, or measured anew where
 * it is due. Draws from rng.
 */
export async function promised(
  { compute, task, initialStates }: Scene,
  { memberReturns, measuredAt, updates }: Promised & { readonly updates: number },
  { policy, model }: { readonly policy: ActingNet; readonly model: Model },
  { promiseHorizon, promiseRollouts, promiseEvery }: PromiseSettings,
  terminalMargin: number,
  rng: Rng,
): Promise<Promised> {
  const known = memberReturns.length === model.members.length;
  if (known && updates - measuredAt < promiseEvery) return { memberReturns, measuredAt };
  const starts = (await initialStates())(promiseRollouts, rng.stream("initial"));
  const play = { task, policy, model, rolloutHorizon: promiseHorizon, terminalMargin };
  const members = await modelRollouts(compute, play, starts, rng);
  return { memberReturns: members.map(({ returns }) => meanAndStd(returns).mean), measuredAt: updates };
}
