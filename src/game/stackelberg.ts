import { ConfigError, DivergenceError } from "../errors/errors.js";
import { conjugateGradient, type LinearMap } from "../math/conjugate-gradient.js";
import { addScaled, allFinite, type Vector } from "../math/vector.js";

type Eventually<T> = T | Promise<T>;

/**
 * A smooth two-player game, seen by its leader A (section 4.2). Both losses are minimised. Second derivatives come as
 * products with vectors; no matrix is needed.
 */
export interface SmoothGame {
  /** ∂L_A/∂θ_A, [leader]. */
  leaderGradient(leader: Vector, follower: Vector): Eventually<Vector>;
  /** ∂L_A/∂θ_B, [follower]. */
  crossGradient(leader: Vector, follower: Vector): Eventually<Vector>;
  /** ∂L_B/∂θ_B, [follower]. */
  followerGradient(leader: Vector, follower: Vector): Eventually<Vector>;
  /** v ↦ (∂²L_B / ∂θ_B ∂θ_Bᵀ) v, [follower] → [follower]. */
  followerHessian(leader: Vector, follower: Vector): LinearMap;
  /** v ↦ (∂²L_B / ∂θ_A ∂θ_Bᵀ) v, [follower] → [leader]. */
  mixedProduct(leader: Vector, follower: Vector): LinearMap;
}

/** dL_A/dθ_A and its two parts. */
export interface StackelbergGradient {
  /** direct + indirect, [leader]. */
  readonly gradient: Vector;
  /** ∂L_A/∂θ_A: the first-order approximation that the paper's algorithms keep. */
  readonly direct: Vector;
  /** (dθ_B/dθ_A)ᵀ ∂L_A/∂θ_B: what the leader gains by moving the follower. */
  readonly indirect: Vector;
}

export interface ImplicitOptions {
  /** Most conjugate-gradient iterations; the follower's number of parameters suffices but for rounding. */
  readonly iterations: number;
  /** The relative residual ‖b − Hx‖ / ‖b‖ that must be reached. */
  readonly tolerance: number;
}

/**
 * The leader's total gradient, equations (12) and (13), at a follower that has answered in full:
 *
 *   dL_A/dθ_A = ∂L_A/∂θ_A − (∂²L_B/∂θ_A∂θ_Bᵀ) (∂²L_B/∂θ_B∂θ_Bᵀ)⁻¹ ∂L_A/∂θ_B
 *
 * by conjugate gradients on Hessian–vector products. The paper's (12) lacks L_A in its first term, and reads
 * dθ_B/dθ_A as already transposed.
 *
 * @param follower θ_B*(θ_A): elsewhere the implicit function theorem says nothing
 * @throws {DivergenceError} where the follower's Hessian is singular or not positive definite, as far as the right-hand
 *   side shows it: the follower then has no unique answer, or no smooth one
 */
export async function implicitGradient(
  game: SmoothGame,
  leader: Vector,
  follower: Vector,
  { iterations, tolerance }: ImplicitOptions,
): Promise<StackelbergGradient> {
  const cross = await game.crossGradient(leader, follower);
  const hessian = game.followerHessian(leader, follower);
  const { x, relativeResidual, iterations: done } = await conjugateGradient(hessian, cross, iterations, tolerance);
  if (!(relativeResidual <= tolerance)) {
    throw new DivergenceError(
      "implicitGradient, the follower's Hessian",
      `is singular, not positive definite or badly conditioned: relative residual ${relativeResidual.toExponential(1)} ` +
        `after ${done} of ${iterations} iterations of conjugate gradients, where ${tolerance} is asked for`,
      "Add a multiple of the identity to the Hessian, or allow more iterations",
    );
  }
  const direct = await game.leaderGradient(leader, follower);
  const indirect = (await game.mixedProduct(leader, follower)(x)).map((y) => -y);
  return { gradient: addScaled(direct, indirect), direct, indirect };
}

export interface UnrolledOptions {
  /** Gradient steps of the follower. */
  readonly steps: number;
  readonly stepSize: number;
}

/**
 * The leader's total gradient through the follower's optimiser: θ_B^{j+1} = θ_B^j − β ∂L_B/∂θ_B(θ_A, θ_B^j) from
 * `start`, which does not depend on θ_A, then backwards through all steps:
 *
 *   λ_K = ∂L_A/∂θ_B;   indirect += −β (∂²L_B/∂θ_A∂θ_Bᵀ) λ_{j+1},   λ_j = λ_{j+1} − β (∂²L_B/∂θ_B∂θ_Bᵀ) λ_{j+1}
 *
 * Exact for a follower that takes K steps; as K grows it tends to (12) at the rate of the follower's convergence. Needs no
 * inverse, and keeps K copies of θ_B.
 *
 * @throws {DivergenceError} where the follower's steps run away
 */
export async function unrolledGradient(
  game: SmoothGame,
  leader: Vector,
  start: Vector,
  { steps, stepSize }: UnrolledOptions,
): Promise<StackelbergGradient & { readonly follower: Vector }> {
  if (!(Number.isInteger(steps) && steps >= 1))
    throw new ConfigError("unrolledGradient.steps", `must be a whole number of at least 1, got ${steps}`, "Raise it");
  const path = [start];
  for (let j = 0; j < steps; j++) {
    path.push(addScaled(path[j], await game.followerGradient(leader, path[j]), -stepSize));
  }
  const follower = path[steps];
  if (!allFinite(follower)) {
    throw new DivergenceError(
      "unrolledGradient, the follower",
      `ran away within ${steps} gradient steps of size ${stepSize}`,
      "Lower stepSize below 2 / the largest eigenvalue of its Hessian",
    );
  }
  const direct = await game.leaderGradient(leader, follower);
  let adjoint = await game.crossGradient(leader, follower);
  let indirect: Vector = new Float64Array(leader.length);
  for (let j = steps - 1; j >= 0; j--) {
    indirect = addScaled(indirect, await game.mixedProduct(leader, path[j])(adjoint), -stepSize);
    adjoint = addScaled(adjoint, await game.followerHessian(leader, path[j])(adjoint), -stepSize);
  }
  return { gradient: addScaled(direct, indirect), direct, indirect, follower };
}
