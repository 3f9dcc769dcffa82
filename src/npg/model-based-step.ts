import type { Compute } from "../compute/engine.js";
import { explainedVariance } from "../math/statistics.js";
import type { Vector } from "../math/vector.js";
import { modelRollouts } from "../mdp/model-rollouts.js";
import type { Model } from "../mdp/parametric.js";
import type { Rollouts } from "../mdp/rollouts.js";
import type { StartStates } from "../mdp/start-states.js";
import type { Task } from "../mdp/task.js";
import type { RegressionSettings } from "../nn/regression.js";
import { actingNet, type GaussianPolicy, policyEntropy } from "../policy/gaussian-policy.js";
import type { ValueFunction } from "../policy/value.js";
import type { Rng } from "../random/rng.js";
import { fitBaseline } from "./fit-baseline.js";
import { type BatchReport, type BatchSettings, modelBatch } from "./model-batch.js";
import type { PolicyStep, StepReport } from "./policy-step.js";

/** A policy with its baseline, and what its steps leave behind for the next. */
export interface GaussianPlayer<State = undefined> {
  readonly policy: GaussianPolicy;
  readonly value: ValueFunction;
  readonly state: State;
}

/** Subroutine 1's hyperparameters beside those of the step; names as in the settings. */
export interface ModelBasedSettings extends BatchSettings {
  readonly rolloutHorizon: number;
  readonly terminalMargin: number;
  readonly value: RegressionSettings;
  /** Advantages that spread less than this share of the returns' root mean square are taken for noise; default 0. */
  readonly noiseFloor?: number;
  /** What is added to g, from D_τ and from what advantages were divided by: PAL's indirect term. */
  readonly leaderTerm?: (rollouts: readonly Rollouts[], spread: number) => Promise<Vector>;
}

/** What one step reports. */
export interface ModelBasedReport extends StepReport, BatchReport {
  readonly entropy: number;
  readonly explainedVariance: number;
}

/** Where a step takes place. */
export interface ModelBasedScene {
  readonly compute: Compute;
  readonly task: Task;
  readonly model: Model;
  readonly starts: StartStates;
}

/**
 * How much of its length a step goes. A natural step is as long whatever the advantages' size: where all trajectories
 * earn the same, it goes all its way along the error of V_ψ. Below the floor a step is shorter in proportion.
 *
 * @param spread standard deviation of the advantages
 */
export function reachOf(spread: number, returns: Float64Array, floor: number): number {
  if (floor === 0) return 1;
  const least = floor * Math.sqrt(returns.reduce((sum, x) => sum + x * x, 0) / returns.length);
  return spread >= least ? 1 : spread / least;
}

/**
 * One step of model-based policy improvement (Subroutine 1): rollouts in the model, a step on them, V_ψ fitted to their
 * returns. Draws from rng.
 *
 * Against the worst members, those that do not count leave the step: g, F, KL and V are those of the rows of the
 * others. Only g weighs these by their shares.
 *
 * @throws {DivergenceError} where a player's numbers stop being numbers
 */
export async function modelBasedStep<State>(
  { compute, task, model, starts }: ModelBasedScene,
  { policy, value, state }: GaussianPlayer<State>,
  step: PolicyStep<State>,
  settings: ModelBasedSettings,
  rng: Rng,
): Promise<{ readonly player: GaussianPlayer<State>; readonly report: ModelBasedReport }> {
  const { rolloutHorizon, terminalMargin } = settings;
  const play = { task, policy: actingNet(policy), model, rolloutHorizon, terminalMargin };
  const members = await modelRollouts(compute, play, starts.observations, rng);
  const { batch, targets, spread, report } = await modelBatch(
    compute,
    { task, model, value },
    members,
    starts.fromInitial,
    settings,
  );
  const gradient =
    settings.leaderTerm === undefined || !(spread > 0) ? undefined : await settings.leaderTerm(members, spread);
  const reach = reachOf(spread, targets.returns, settings.noiseFloor ?? 0);
  const taken = await step(compute, policy, batch, { state, reach, ...(gradient && { gradient }) }, rng);
  const { observations } = batch;
  const fitted = await fitBaseline(compute.engines[0], value, observations, targets, settings.value, rng);
  return {
    player: { policy: taken.policy, value: fitted, state: taken.state },
    report: {
      ...taken.report,
      ...report,
      entropy: policyEntropy(taken.policy),
      explainedVariance: explainedVariance(targets.values, targets.returns),
    },
  };
}
