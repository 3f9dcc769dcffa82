import type { Compute, Engine } from "../compute/engine.js";
import { shareOut } from "../compute/share.js";
import { meanAndStd } from "../math/statistics.js";
import type { Model } from "../mdp/parametric.js";
import { joined, type Rollouts } from "../mdp/rollouts.js";
import type { Task } from "../mdp/task.js";
import { predictValues, type ValueFunction } from "../policy/value.js";
import { type Advantages, balanceStarts, generalizedAdvantages, whiten } from "./advantages.js";
import { disagreementOf } from "./disagreement.js";
import { worstMemberWeights } from "./worst-members.js";

/** D_τ as a step takes it, row by row: the rows of all members that count. */
export interface PolicyBatch {
  readonly size: number;
  /** s, [size, observation size]. */
  readonly observations: Float32Array;
  /** u as the policy drew them, [size, action size]. */
  readonly actions: Float32Array;
  /** Â, whitened; a plain mean over rows is the mean that the objective asks for, [size]. */
  readonly advantages: Float32Array;
}

/** What V_ψ is fitted to: discounted returns R_t of the rows of a batch, [size], and what it says of them now. */
export interface ValueTargets {
  readonly returns: Float64Array;
  readonly values: Float64Array;
}

/** Robust followers (section 4, end). */
export interface RobustSettings {
  /** α: the objective is the mean over this share of the members, the worst ones. */
  readonly worstShare: number;
  /** What d(s, a) is multiplied by where it is added to the reward of an imagined step. */
  readonly disagreementScale: number;
  /** Steps between two looks at d. */
  readonly disagreementEvery: number;
}

/** All members alike, the task's own rewards: Subroutine 1 as it stands. */
export const PLAIN: RobustSettings = { worstShare: 1, disagreementScale: 0, disagreementEvery: 1 };

export interface BatchSettings {
  readonly discount: number;
  readonly gaeLambda: number;
  /** β of `balanceStarts`; default 0: starts count as they come. */
  readonly startBalance?: number;
  /** What the policy fears or seeks in the ensemble; absent, all members weigh alike and rewards are the task's. */
  readonly robust?: RobustSettings;
}

/** What a batch says of the model's rollouts. */
export interface BatchReport {
  readonly syntheticSamples: number;
  /** J(π, M) of each member before the step: mean undiscounted return of the rollouts from ρ. */
  readonly memberReturns: readonly number[];
  /** Shares of the members in the objective; their sum is 1. */
  readonly memberWeights: readonly number[];
  /** Mean of d(s, a) over the synthetic samples; null where its scale is 0. */
  readonly disagreement: number | null;
  /** Mean over members of scale · Σ_t d, undiscounted, over the rollouts of `memberReturns`, which are without it. */
  readonly bonus: number;
}

export interface ModelBatch {
  readonly batch: PolicyBatch;
  readonly targets: ValueTargets;
  /** What advantages would be divided by if all members counted alike. */
  readonly spread: number;
  readonly report: BatchReport;
}

/** A member's rollouts with what line 11 makes of them. */
interface Estimate extends Advantages {
  readonly rollouts: Rollouts;
  /** V of each row. */
  readonly values: Float64Array;
  /** d(s, a) of each row; null where its scale is 0. */
  readonly disagreement: Float64Array | null;
}

/** Line 11, where an imagined step earns scale · d(s, a) besides its reward. */
async function estimate(
  engine: Engine,
  { task, model, value }: BatchSource,
  rollouts: Rollouts,
  settings: BatchSettings,
): Promise<Estimate> {
  const { disagreementScale: scale, disagreementEvery } = settings.robust ?? PLAIN;
  const d = scale === 0 ? null : await disagreementOf(engine, model, task.action, rollouts, disagreementEvery);
  const earned = d === null ? rollouts : { ...rollouts, rewards: rollouts.rewards.map((r, i) => r + scale * d[i]) };
  const values = await predictValues(engine, value, rollouts.observations);
  const lastValues = await predictValues(engine, value, rollouts.lastObservations);
  return { rollouts, values, disagreement: d, ...generalizedAdvantages(earned, values, lastValues, settings) };
}

/** Mean over trajectories of their discounted returns. */
const meanReturn = ({ rollouts, returns }: Estimate) => meanAndStd(returns.subarray(0, rollouts.count)).mean;

/** Σ_t d over each of the first `count` trajectories, mean over them. */
function meanSum({ trajectory }: Rollouts, d: Float64Array, count: number): number {
  let total = 0;
  for (let row = 0; row < d.length; row++) if (trajectory[row] < count) total += d[row];
  return total / count;
}

/** Mean of d over the synthetic samples of all members; null where nobody looked. */
function meanDisagreement(estimates: readonly Estimate[]): number | null {
  const parts = estimates.flatMap(({ disagreement: d }) => (d === null ? [] : [d]));
  return parts.length === 0 ? null : meanAndStd(joined(parts)).mean;
}

/** Where rollouts come from, and what judges them. */
export interface BatchSource {
  readonly task: Task;
  readonly model: Model;
  readonly value: ValueFunction;
}

/**
 * Rollouts of π in every member as a batch for a policy step (Subroutine 1, line 11). Against the worst members, those
 * that do not count leave it; the others' advantages are weighed by their shares. Where α · members is a whole number
 * the shares are equal.
 *
 * @param members D_τ, one part per member
 * @param fromInitial how many trajectories of each part begin at ρ, the first ones
 */
export async function modelBatch(
  compute: Compute,
  source: BatchSource,
  members: readonly Rollouts[],
  fromInitial: number,
  settings: BatchSettings,
): Promise<ModelBatch> {
  const { worstShare, disagreementScale } = settings.robust ?? PLAIN;
  const all = await shareOut(compute, members, (engine, rollouts) => estimate(engine, source, rollouts, settings));
  const memberWeights = Array.from(worstMemberWeights(all.map(meanReturn), worstShare));
  const counting = memberWeights.flatMap((weight, i) => (weight === 0 ? [] : [{ weight, ...all[i] }]));
  const returns = joined(counting.map((each) => each.returns));
  const advantages = whiten(
    balanceStarts(
      joined(counting.map((each) => each.advantages)),
      joined(counting.map(({ rollouts }) => rollouts.trajectory)), // every member rolls the same starts out
      members[0].count,
      settings.startBalance ?? 0,
    ),
    joined(counting.map(({ weight, advantages: own }) => new Float64Array(own.length).fill(weight))),
  );
  return {
    batch: {
      size: returns.length,
      observations: joined(counting.map(({ rollouts }) => rollouts.observations)),
      actions: joined(counting.map(({ rollouts }) => rollouts.actions)),
      advantages,
    },
    targets: { returns, values: joined(counting.map(({ values }) => values)) },
    spread: meanAndStd(joined(all.map((each) => each.advantages))).std,
    report: {
      syntheticSamples: members.reduce((total, rollouts) => total + rollouts.size, 0),
      memberReturns: members.map((rollouts) => meanAndStd(rollouts.returns.subarray(0, fromInitial)).mean),
      memberWeights,
      disagreement: meanDisagreement(all),
      bonus:
        disagreementScale *
        meanAndStd(all.map(({ rollouts, disagreement: d }) => (d === null ? 0 : meanSum(rollouts, d, fromInitial))))
          .mean,
    },
  };
}
