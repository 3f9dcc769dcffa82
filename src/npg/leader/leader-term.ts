import type { Compute } from "../../compute/engine.js";
import { conjugateGradient } from "../../math/conjugate-gradient.js";
import { addScaled, type Vector } from "../../math/vector.js";
import type { Rollouts } from "../../mdp/rollouts.js";
import type { Task } from "../../mdp/task.js";
import type { Ensemble } from "../../model/ensemble.js";
import type { GaussianPolicy } from "../../policy/gaussian-policy.js";
import type { ValueFunction } from "../../policy/value.js";
import { type FollowerData, mixedProduct } from "./data-dependence.js";
import { gaussNewton } from "./follower-hessian.js";
import { modelSlope } from "./model-slope.js";

/** Conjugate-gradient iterations, and what is added to the diagonal, where inputs and errors have unit spread. */
export const LEADER_CG = { iterations: 10, damping: 0.01 } as const;

/** The model's side of (12), or of the dropped term, for every member; and what it took. */
export interface LeaderTerm {
  /** −(∂²ℓ/∂θ∂φᵀ) (∂²ℓ/∂φ∂φᵀ)⁻¹ ∂J/∂φ, mean over members, in the units of g, [policy parameters]. */
  readonly gradient: Vector;
  /** ‖b − Hx‖ / ‖b‖ that conjugate gradients ended with, mean over members. */
  readonly cgResidual: number;
}

/**
 * The indirect part of PAL's total gradient (12), (13): how J(π, M) changes because π changes the data that M is fitted to.
 *
 *   ∂J/∂φ = E_{D_τ}[(∂M_φ(s, a)/∂φ)ᵀ ∂(R + γV_ψ)/∂s′]        through one predicted state, V_ψ for all that follows
 *   ∂²ℓ/∂φ∂φᵀ ≈ E_D[(∂M_φ/∂φ)ᵀ units² (∂M_φ/∂φ)] + damping     Gauss and Newton's, which is never indefinite
 *   ∂²ℓ/∂θ∂φᵀ x = ∇_θ E_{μ_W^{π_θ}}[ℓ′_x] = E[∇_θ log π_θ(u|s) Σ_{t′≥t} ℓ′_x(t′)],  ℓ′_x = xᵀ ∂ℓ/∂φ of a sample
 *
 * The last is a policy gradient on real episodes whose reward is the directional derivative ℓ′_x: the likelihood-ratio
 * form. It takes the fresh episodes for the whole distribution, and actions that were clipped for samples at the box's
 * faces.
 *
 * @param rollouts D_τ, one per member, of π
 * @param spread what advantages were divided by: the term is divided by it too
 */
export async function leaderTerm(
  compute: Compute,
  task: Task,
  policy: GaussianPolicy,
  value: ValueFunction,
  ensemble: Ensemble,
  data: FollowerData,
  rollouts: readonly Rollouts[],
  { discount, spread }: { readonly discount: number; readonly spread: number },
): Promise<LeaderTerm> {
  let gradient: Vector = new Float64Array(policy.parameters.length);
  let cgResidual = 0;
  for (let member = 0; member < rollouts.length; member++) {
    const slope = await modelSlope(compute, task, value, ensemble, member, rollouts[member], discount);
    const hessian = await gaussNewton(compute, ensemble, member, data.buffer, data.units, LEADER_CG.damping);
    try {
      const { x, relativeResidual } = await conjugateGradient(hessian.map, slope, LEADER_CG.iterations);
      const mixed = await mixedProduct(compute, task, policy, ensemble, member, data, x);
      gradient = addScaled(gradient, mixed, -1 / (rollouts.length * spread));
      cgResidual += relativeResidual / rollouts.length;
    } finally {
      await hessian.release();
    }
  }
  return { gradient, cgResidual };
}
