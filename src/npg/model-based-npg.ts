import type { Compute } from "../compute/engine.js";
import { shareOut } from "../compute/share.js";
import { DivergenceError } from "../errors/errors.js";
import { explainedVariance, meanAndStd } from "../math/statistics.js";
import { addScaled, allFinite, norm, type Vector } from "../math/vector.js";
import { type Rollouts, rollOut, takeRows } from "../mdp/rollouts.js";
import type { Task } from "../mdp/task.js";
import type { Ensemble } from "../model/ensemble.js";
import type { RegressionSettings } from "../nn/regression.js";
import { type GaussianPolicy, policyEntropy, policyLayout, policyTensors } from "../policy/gaussian-policy.js";
import { fitValue, predictValues, type ValueFunction } from "../policy/value.js";
import { fillNormal, type Rng } from "../random/rng.js";
import { generalizedAdvantages, whiten } from "./advantages.js";
import { fisherMatrix } from "./fisher.js";
import { imagination } from "./imagined-episodes.js";
import { naturalStep } from "./natural-step.js";
import { policyChangeGraph, policyGradientGraph } from "./policy-gradient.js";
import { bindRowSums, type RowSums } from "./row-sums.js";
import type { StartStates } from "./start-states.js";

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
  /** What is added to g, from D_τ and from what advantages were divided by: PAL's indirect term. */
  readonly leaderTerm?: (rollouts: readonly Rollouts[], spread: number) => Promise<Vector>;
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
}

export interface NpgResult {
  readonly policy: GaussianPolicy;
  readonly value: ValueFunction;
  readonly report: NpgReport;
}

/** More shortenings than this mean that the direction is no good. */
const MOST_BACKTRACKS = 20;

/** Lines 4–10: every start once in every member, members in parallel. Draws from rng. */
async function imagine(
  compute: Compute,
  task: Task,
  policy: GaussianPolicy,
  ensemble: Ensemble,
  starts: StartStates,
  settings: NpgSettings,
  rng: Rng,
): Promise<Rollouts[]> {
  const horizon = Math.min(settings.rolloutHorizon, task.horizon);
  return shareOut(compute, ensemble.members, async (engine, _, member) => {
    const noise = rng.stream("noise", member);
    const imagined = await imagination(engine, task, policy, ensemble, member, settings.terminalMargin);
    try {
      return await rollOut(imagined.begin(starts.observations), horizon, (going) =>
        fillNormal(new Float32Array(going.length * task.action.size), noise),
      );
    } finally {
      await imagined.release();
    }
  });
}

function joined<A extends Float32Array | Float64Array>(parts: readonly A[]): A {
  const length = parts.reduce((total, part) => total + part.length, 0);
  const whole = new (parts[0]!.constructor as new (length: number) => A)(length);
  let start = 0;
  for (const part of parts) {
    whole.set(part, start);
    start += part.length;
  }
  return whole;
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
  const members = await imagine(compute, task, policy, ensemble, starts, settings, rng);
  const estimates = await shareOut(compute, members, async (engine, rollouts) => {
    const values = await predictValues(engine, value, rollouts.observations);
    const lastValues = await predictValues(engine, value, rollouts.lastObservations);
    return { values, ...generalizedAdvantages(rollouts, values, lastValues, settings) };
  });
  const returns = joined(estimates.map((estimate) => estimate.returns));
  const advantages = whiten(joined(estimates.map((estimate) => estimate.advantages)));
  const observations = joined(members.map((rollouts) => rollouts.observations));
  const actions = joined(members.map((rollouts) => rollouts.actions));
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
    const { std } = meanAndStd(joined(estimates.map((estimate) => estimate.advantages)));
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
      explainedVariance: explainedVariance(joined(estimates.map((estimate) => estimate.values)), returns),
      syntheticSamples: size,
      memberReturns: members.map((rollouts) => meanAndStd(rollouts.returns.subarray(0, starts.fromInitial)).mean),
    },
  };
}
