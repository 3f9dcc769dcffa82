import type { Compute } from "../compute/engine.js";
import { bindRowSums, type RowSums } from "../compute/row-sums.js";
import { DivergenceError } from "../errors/errors.js";
import { addScaled, allFinite, type Vector } from "../math/vector.js";
import { takeRows } from "../mdp/rollouts.js";
import { type GaussianPolicy, policyLayout, policyTensors } from "../policy/gaussian-policy.js";
import type { Rng } from "../random/rng.js";
import { fisherMatrix } from "./fisher.js";
import type { PolicyBatch } from "./model-batch.js";
import { policyChangeGraph, policyGradientGraph } from "./policy-gradient.js";

/** What a policy step reports, whichever it is. */
export interface StepReport {
  /** D_KL of π before against π after, mean over the batch. */
  readonly kl: number;
  /** The factor on the direction of the step, after shortening; for a step of many small ones, how far θ went. */
  readonly stepLength: number;
  /** ‖Fx − g‖ / ‖g‖ of conjugate gradients; 0 where there are none. */
  readonly cgResidual: number;
  /** ½ xᵀFx − gᵀx that they ended with: lower is better; 0 where there are none. */
  readonly cgValue: number;
  /** E[π/π_old · Â] after the step; 0 before it, as Â is whitened. */
  readonly surrogateGain: number;
  /** How often the step was shortened. */
  readonly backtracks: number;
  readonly gradientNorm: number;
}

/** A step up the surrogate objective on a batch ("NPG, TRPO, PPO etc.", section 4). Draws from rng. */
export type PolicyStep<State = undefined> = (
  compute: Compute,
  policy: GaussianPolicy,
  batch: PolicyBatch,
  extra: StepExtra<State>,
  rng: Rng,
) => Promise<{ readonly policy: GaussianPolicy; readonly state: State; readonly report: StepReport }>;

/** What a step is given beside the batch. */
export interface StepExtra<State> {
  /** Added to g: PAL's indirect term. */
  readonly gradient?: Vector;
  /** What the step before left behind (an optimiser's moments). */
  readonly state: State;
  /** Factor on the step's length, at most 1: its bound on the KL divergence goes with the square. Default 1. */
  readonly reach?: number;
}

/** A batch as tables of row sums. */
export const batchTables = ({ observations, actions, advantages, size }: PolicyBatch) => ({
  observations: { data: observations, width: observations.length / size },
  actions: { data: actions, width: actions.length / size },
  advantages: { data: advantages, width: 1 },
});

/** g = E[∇_θ log π(u|s) Â] (Subroutine 1, line 12) with the gradient of `entropyCoefficient` · entropy. @throws {DivergenceError} where it is not finite */
export async function surrogateGradient(
  compute: Compute,
  policy: GaussianPolicy,
  batch: PolicyBatch,
  entropyCoefficient: number,
  extra?: Vector,
): Promise<Vector> {
  const sums = await bindRowSums(compute, policyGradientGraph(policy.shape), batchTables(batch), {});
  const parts = await sums.sum(policyTensors(policy));
  await sums.release();
  const gradient = Float64Array.from(
    policyLayout(policy.shape).tensors.flatMap(({ name }) =>
      Array.from(parts[`gradient.${name}`], (x) => x / batch.size),
    ),
  );
  for (let i = gradient.length - policy.shape.actionSize; i < gradient.length; i++) gradient[i] += entropyCoefficient;
  const total = extra === undefined ? gradient : addScaled(gradient, extra);
  if (!allFinite(total)) {
    throw new DivergenceError(
      "policy player, policy gradient",
      "it has entries that are not finite",
      "Look at the task's reward for values that are not, and at model.freshLoss",
    );
  }
  return total;
}

/** About `fraction` of the rows, evenly spread from a random first one. Draws from rng. */
function spreadRows(size: number, fraction: number, rng: Rng): number[] {
  const count = Math.max(1, Math.round(size * fraction));
  const offset = rng.uniform();
  return Array.from({ length: count }, (_, i) => Math.min(size - 1, Math.floor(((i + offset) * size) / count)));
}

/** F of a batch, on a share of its rows. Draws from rng. */
export function batchFisher(
  compute: Compute,
  policy: GaussianPolicy,
  { observations, size }: PolicyBatch,
  { fisherDamping, fisherFraction }: { readonly fisherDamping: number; readonly fisherFraction: number },
  rng: Rng,
) {
  const rows =
    fisherFraction < 1
      ? takeRows(observations, spreadRows(size, fisherFraction, rng.stream("fisher")), observations.length / size)
      : observations;
  return fisherMatrix(compute, policy, rows, fisherDamping);
}

/** θ + factor · Δθ with log σ kept above its floor. */
export function moved(policy: GaussianPolicy, step: Vector, factor: number, minLogStd: number | null): GaussianPolicy {
  const parameters = Float32Array.from(addScaled(policy.parameters, step, factor));
  if (minLogStd !== null) {
    for (let i = parameters.length - policy.shape.actionSize; i < parameters.length; i++)
      parameters[i] = Math.max(parameters[i], minLogStd);
  }
  return { ...policy, parameters };
}

/** D_KL of π_old against another π and the surrogate's gain, mean over a batch. */
export interface PolicyChange {
  of(policy: GaussianPolicy): Promise<{ readonly kl: number; readonly surrogateGain: number }>;
  release(): Promise<void>;
}

/** Puts a batch and π_old in place on the engines, to see what candidates change. */
export async function policyChange(compute: Compute, old: GaussianPolicy, batch: PolicyBatch): Promise<PolicyChange> {
  const changes: RowSums = await bindRowSums(
    compute,
    policyChangeGraph(old.shape),
    batchTables(batch),
    policyTensors(old, "old"),
  );
  return {
    async of(policy) {
      const { kl, surrogate } = await changes.sum(policyTensors(policy));
      return { kl: kl[0] / changes.size, surrogateGain: surrogate[0] / changes.size };
    },
    release: () => changes.release(),
  };
}
