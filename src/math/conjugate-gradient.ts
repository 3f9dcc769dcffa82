import { addScaled, dot, type Vector } from "./vector.js";

/** v ↦ Av. */
export type LinearMap = (v: Vector) => Promise<Vector> | Vector;

export interface LinearSolution {
  readonly x: Vector;
  /** ‖b − Ax‖ / ‖b‖ as the recursion knows it; 0 where b is 0. */
  readonly relativeResidual: number;
  readonly iterations: number;
}

/**
 * Solves Ax = b for a symmetric positive definite A by at most `iterations` steps of conjugate gradients from x = 0.
 * Ends early where the relative residual falls under `tolerance`, or A shows a direction without curvature.
 */
export async function conjugateGradient(
  A: LinearMap,
  b: ArrayLike<number>,
  iterations: number,
  tolerance = 1e-10,
): Promise<LinearSolution> {
  let x: Vector = new Float64Array(b.length);
  let residual: Vector = Float64Array.from(b);
  let direction = residual;
  let square = dot(residual, residual);
  const start = square;
  let done = 0;
  while (done < iterations && square > tolerance ** 2 * start) {
    const image = await A(direction);
    const curvature = dot(direction, image);
    if (!(curvature > 0)) break;
    const step = square / curvature;
    x = addScaled(x, direction, step);
    residual = addScaled(residual, image, -step);
    const next = dot(residual, residual);
    direction = addScaled(residual, direction, next / square);
    square = next;
    done++;
  }
  return { x, relativeResidual: start === 0 ? 0 : Math.sqrt(square / start), iterations: done };
}
