import type { Compute, Engine } from "../compute/engine.js";
import { shareOut } from "../compute/share.js";
import { DivergenceError } from "../errors/errors.js";
import { explainedVariance, meanAndStd } from "../math/statistics.js";
import { addScaled, allFinite, norm, type Vector } from "../math/vector.js";
import { joined, type Rollouts, takeRows } from "../mdp/rollouts.js";
import type { Task } from "../mdp/task.js";
import type { Ensemble } from "../model/ensemble.js";
import type { RegressionSettings } from "../nn/regression.js";
import { type GaussianPolicy, policyEntropy, policyLayout, policyTensors } from "../policy/gaussian-policy.js";
import { fitValue, predictValues, type ValueFunction } from "../policy/value.js";
import type { Rng } from "../random/rng.js";
import { type Advantages, generalizedAdvantages, whiten } from "./advantages.js";
import { disagreementOf } from "./disagreement.js";
import { fisherMatrix } from "./fisher.js";
import { imagine } from "./imagine.js";
import { naturalStep } from "./natural-step.js";
import { policyChangeGraph, policyGradientGraph } from "./policy-gradient.js";
import { bindRowSums, type RowSums } from "./row-sums.js";
import type { StartStates } from "./start-states.js";
import { worstMemberWeights } from "./worst-members.js";

/** Subroutine 1's hyperparameters; names as in the settings. */
export interface NpgSettings {
  readonly discount: number;
  readonly gaeLambda: number;
  readonly rolloutHorizon: number;
  readonly terminalMargin: number;
  readonly normalizedStepSize: number;
  readonly maxKl: number | null;
  readonly klBacktrack: number;
  readonly cgIterations: number;
  readonly fisherDamping: number;
  readonly fisherFraction: number;
  readonly entropyCoefficient: number;
  /** Floor of log σ. */
  readonly minLogStd: number | null;
  readonly value: RegressionSettings;
  /** What the policy fears or seeks in the ensemble; absent, all members weigh alike and rewards are the task's. */
  readonly robust?: RobustSettings;
  /** What is added to g, from D_τ and from what advantages were divided by: PAL's indirect term. */
  readonly leaderTerm?: (rollouts: readonly Rollouts[], spread: number) => Promise<Vector>;
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

/** What one NPG step reports. */
export interface NpgReport {
  readonly kl: number;
  readonly stepLength: number;
  readonly cgResidual: number;
  /** E[π/π_old · Â] after the step; 0 before it, as Â is whitened. */
  readonly surrogateGain: number;
  readonly backtracks: number;
  readonly entropy: number;
  readonly gradientNorm: number;
  readonly explainedVariance: number;
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

export interface NpgResult {
  readonly policy: GaussianPolicy;
  readonly value: ValueFunction;
  readonly report: NpgReport;
}

/** All members alike, the task's own rewards: Subroutine 1 as it stands. */
const PLAIN: RobustSettings = { worstShare: 1, disagreementScale: 0, disagreementEvery: 1 };

/** More shortenings than this mean that the direction is no good. */
const MOST_BACKTRACKS = 20;

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
  task: Task,
  value: ValueFunction,
  ensemble: Ensemble,
  rollouts: Rollouts,
  settings: NpgSettings,
): Promise<Estimate> {
  const { disagreementScale: scale, disagreementEvery } = settings.robust ?? PLAIN;
  const d = scale === 0 ? null : await disagreementOf(engine, ensemble, task.action, rollouts, disagreementEvery);
  const earned = d === null ? rollouts : { ...rollouts, rewards: rollouts.rewards.map((r, i) => r + scale * d[i]!) };
  const values = await predictValues(engine, value, rollouts.observations);
  const lastValues = await predictValues(engine, value, rollouts.lastObservations);
  return { rollouts, values, disagreement: d, ...generalizedAdvantages(earned, values, lastValues, settings) };
}

/** Mean over trajectories of their discounted returns. */
const meanReturn = ({ rollouts, returns }: Estimate) => meanAndStd(returns.subarray(0, rollouts.count)).mean;

/** Σ_t d over each of the first `count` trajectories, mean over them. */
function meanSum({ trajectory }: Rollouts, d: Float64Array, count: number): number {
  let total = 0;
  for (let row = 0; row < d.length; row++) if (trajectory[row]! < count) total += d[row]!;
  return total / count;
}

/** Mean of d over the synthetic samples of all members; null where nobody looked. */
function meanDisagreement(estimates: readonly Estimate[]): number | null {
  const parts = estimates.flatMap(({ disagreement: d }) => (d === null ? [] : [d]));
  return parts.length === 0 ? null : meanAndStd(joined(parts)).mean;
}

/** About `fraction` of the rows, evenly spread from a random first one. Draws from rng. */
function spreadRows(size: number, fraction: number, rng: Rng): number[] {
  const count = Math.max(1, Math.round(size * fraction));
  const offset = rng.uniform();
  return Array.from({ length: count }, (_, i) => Math.min(size - 1, Math.floor(((i + offset) * size) / count)));
}

/** θ + factor · Δθ with log σ kept above its floor. */
function moved(policy: GaussianPolicy, step: Vector, factor: number, minLogStd: number | null): GaussianPolicy {
  const parameters = Float32Array.from(addScaled(policy.parameters, step, factor));
  if (minLogStd !== null) {
    for (let i = parameters.length - policy.shape.actionSize; i < parameters.length; i++)
      parameters[i] = Math.max(parameters[i]!, minLogStd);
  }
  return { ...policy, parameters };
}

/** The step, shortened until its KL divergence is within `maxKl`. */
async function cappedStep(
  policy: GaussianPolicy,
  step: Vector,
  changes: RowSums,
  { maxKl, klBacktrack, minLogStd }: NpgSettings,
): Promise<{ policy: GaussianPolicy; kl: number; surrogateGain: number; backtracks: number }> {
  let factor = 1;
  for (let backtracks = 0; backtracks <= MOST_BACKTRACKS; backtracks++, factor *= klBacktrack) {
    const candidate = moved(policy, step, factor, minLogStd);
    if (!allFinite(candidate.parameters)) break;
    const { kl, surrogate } = await changes.sum(policyTensors(candidate));
    const meanKl = kl![0]! / changes.size;
    if (Number.isFinite(meanKl) && (maxKl === null || meanKl <= maxKl)) {
      return { policy: candidate, kl: meanKl, surrogateGain: surrogate![0]! / changes.size, backtracks };
    }
    if (maxKl === null) break;
  }
  throw new DivergenceError(
    "policy player, natural step",
    "the step's KL divergence is not finite or cannot be brought under npg.maxKl",
    "Raise npg.fisherDamping or lower npg.normalizedStepSize",
  );
}

/**
 * One step of model-based NPG (Subroutine 1). Draws from rng.
 *
 * Against the worst members, those that do not count leave the step: g, F, KL and V are those of the rows of the
 * others. Only g weighs these by their shares; where α · members is a whole number the shares are equal.
 *
 * @throws {DivergenceError} where a player's numbers stop being numbers
 */
export async function modelBasedNpg(
  compute: Compute,
  task: Task,
  policy: GaussianPolicy,
  value: ValueFunction,
  ensemble: Ensemble,
  starts: StartStates,
  settings: NpgSettings,
  rng: Rng,
): Promise<NpgResult> {
  const n = task.observation.size;
  const { worstShare, disagreementScale } = settings.robust ?? PLAIN;
  const members = await imagine(compute, task, policy, ensemble, starts.observations, settings, rng);
  const all = await shareOut(compute, members, (engine, rollouts) =>
    estimate(engine, task, value, ensemble, rollouts, settings),
  );
  const memberWeights = Array.from(worstMemberWeights(all.map(meanReturn), worstShare));
  const counting = memberWeights.flatMap((weight, i) => (weight === 0 ? [] : [{ weight, ...all[i]! }]));
  const returns = joined(counting.map((estimate) => estimate.returns));
  const advantages = whiten(
    joined(counting.map((estimate) => estimate.advantages)),
    joined(counting.map(({ weight, advantages: own }) => new Float64Array(own.length).fill(weight))),
  );
  const observations = joined(counting.map(({ rollouts }) => rollouts.observations));
  const actions = joined(counting.map(({ rollouts }) => rollouts.actions));
  const size = returns.length;

  const tables = {
    observations: { data: observations, width: n },
    actions: { data: actions, width: task.action.size },
    advantages: { data: advantages, width: 1 },
  };
  const gradientSums = await bindRowSums(compute, policyGradientGraph(policy.shape), tables, {});
  const gradientParts = await gradientSums.sum(policyTensors(policy));
  await gradientSums.release();
  let gradient: Vector = Float64Array.from(
    policyLayout(policy.shape).tensors.flatMap(({ name }) =>
      Array.from(gradientParts[`gradient.${name}`]!, (x) => x / size),
    ),
  );
  for (let i = gradient.length - task.action.size; i < gradient.length; i++)
    gradient[i]! += settings.entropyCoefficient;
  if (settings.leaderTerm !== undefined) {
    const { std } = meanAndStd(joined(all.map((estimate) => estimate.advantages)));
    if (std > 0) gradient = addScaled(gradient, await settings.leaderTerm(members, std));
  }
  if (!allFinite(gradient)) {
    throw new DivergenceError(
      "policy player, policy gradient",
      "it has entries that are not finite",
      "Look at the task's reward for values that are not, and at model.freshLoss",
    );
  }

  const fisherRows =
    settings.fisherFraction < 1
      ? takeRows(observations, spreadRows(size, settings.fisherFraction, rng.stream("fisher")), n)
      : observations;
  const fisher = await fisherMatrix(compute, policy, fisherRows, settings.fisherDamping);
  const { step, stepLength, cgResidual } = await naturalStep(gradient, fisher.map, settings);
  await fisher.release();
  const changes = await bindRowSums(compute, policyChangeGraph(policy.shape), tables, policyTensors(policy, "old"));
  const taken = await cappedStep(policy, step, changes, settings);
  await changes.release();

  const fitted = await fitValue(compute.engines[0]!, value, observations, returns, settings.value, rng.stream("value"));
  if (!allFinite(fitted.learner.parameters)) {
    throw new DivergenceError(
      "policy player, value function",
      "its weights are no longer finite",
      "Raise value.targetScale or lower value.learningRate",
    );
  }
  return {
    policy: taken.policy,
    value: fitted,
    report: {
      kl: taken.kl,
      stepLength: stepLength * settings.klBacktrack ** taken.backtracks,
      cgResidual,
      surrogateGain: taken.surrogateGain,
      backtracks: taken.backtracks,
      entropy: policyEntropy(taken.policy),
      gradientNorm: norm(gradient),
      explainedVariance: explainedVariance(joined(counting.map((estimate) => estimate.values)), returns),
      syntheticSamples: members.reduce((total, rollouts) => total + rollouts.size, 0),
      memberReturns: members.map((rollouts) => meanAndStd(rollouts.returns.subarray(0, starts.fromInitial)).mean),
      memberWeights,
      disagreement: meanDisagreement(all),
      bonus:
        disagreementScale *
        meanAndStd(
          all.map(({ rollouts, disagreement: d }) => (d === null ? 0 : meanSum(rollouts, d, starts.fromInitial))),
        ).mean,
    },
  };
}
