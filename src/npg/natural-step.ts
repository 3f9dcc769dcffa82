import { DivergenceError } from "../errors/errors.js";
import { conjugateGradient, type LinearMap } from "../math/conjugate-gradient.js";
import { dot, scale, type Vector } from "../math/vector.js";

export interface StepSettings {
  /** δ */
  readonly normalizedStepSize: number;
  readonly cgIterations: number;
}

export interface NaturalStep {
  /** Δθ, [parameters]. */
  readonly step: Vector;
  /** √(δ / gᵀF⁻¹g); 0 where g is zero. */
  readonly stepLength: number;
  /** ‖g − Fx‖ / ‖g‖ that conjugate gradients ended with. */
  readonly cgResidual: number;
  /** ½ xᵀFx − gᵀx of the solution x that conjugate gradients ended with: lower is better, −½ gᵀF⁻¹g is the least; 0 where g is zero. */
  readonly cgValue: number;
}

/**
 * Normalised natural gradient step (Subroutine 1, line 13):
 *
 *   Δθ = √(δ / gᵀF⁻¹g) · F⁻¹g
 *
 * so ½ΔθᵀFΔθ = δ/2: every step moves the policy by the same KL divergence, to second order.
 *
 * @param g vanilla policy gradient, [parameters]
 * @param F v ↦ Fv, the damped Fisher matrix; symmetric positive definite
 * @returns a zero step where g is zero
 * @throws {DivergenceError} where gᵀF⁻¹g is not positive
 */
export async function naturalStep(
  g: Vector,
  F: LinearMap,
  { normalizedStepSize, cgIterations }: StepSettings,
): Promise<NaturalStep> {
  if (dot(g, g) === 0) return { step: new Float64Array(g.length), stepLength: 0, cgResidual: 0, cgValue: 0 };
  const { x: direction, relativeResidual, value } = await conjugateGradient(F, g, cgIterations); // F⁻¹g
  const curvature = dot(g, direction); // gᵀF⁻¹g
  if (!(curvature > 0)) {
    throw new DivergenceError(
      "policy player, natural step",
      `gᵀF⁻¹g must be positive, got ${curvature}`,
      "Raise npg.fisherDamping",
    );
  }
  const stepLength = Math.sqrt(normalizedStepSize / curvature);
  return { step: scale(direction, stepLength), stepLength, cgResidual: relativeResidual, cgValue: value };
}
