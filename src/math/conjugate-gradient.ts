import { addScaled, dot, norm, scale, type Vector } from "./vector.js";

/** v ↦ Av. */
export type LinearMap = (v: Vector) => Promise<Vector> | Vector;

export interface LinearSolution {
  readonly x: Vector;
  /** ‖b − Ax‖ / ‖b‖, with Ax from the products that were made; 0 where b is 0. */
  readonly relativeResidual: number;
  /** ½ xᵀAx − bᵀx, which x minimises over the directions tried: −½ bᵀA⁻¹b where it is solved, 0 where b is 0. */
  readonly value: number;
  readonly iterations: number;
}

/** v without its parts along vectors of length 1, one after the other (modified Gram–Schmidt). */
function orthogonalTo(units: readonly Vector[], v: Vector): Vector {
  const rest = v.slice();
  for (const unit of units) {
    const part = dot(unit, rest);
    for (let i = 0; i < rest.length; i++) rest[i] -= part * unit[i];
  }
  return rest;
}

/**
 * Solves Ax = b for a symmetric positive definite A by at most `iterations` steps of conjugate gradients from x = 0
 * (Hestenes and Stiefel 1952), each residual made orthogonal to all before it (Golub and Van Loan 2013, 10.3.2 on Lanczos).
 * Without that, rounding undoes it within some ten steps where A is ill-conditioned, more so where products are float32:
 * directions are tried again that were tried before. With it, products in float32 come as far as exact ones. It costs two
 * passes over each vector kept, one for each step.
 *
 * Ends early where the relative residual falls under `tolerance`, or A shows a direction without curvature.
 */
export async function conjugateGradient(
  A: LinearMap,
  b: ArrayLike<number>,
  iterations: number,
  tolerance = 1e-10,
): Promise<LinearSolution> {
  let x: Vector = new Float64Array(b.length);
  let imageOfX: Vector = new Float64Array(b.length);
  let residual: Vector = Float64Array.from(b);
  let direction = residual;
  let square = dot(residual, residual);
  const start = square;
  const tried: Vector[] = [];
  while (tried.length < iterations && square > tolerance ** 2 * start) {
    const image = await A(direction);
    const curvature = dot(direction, image);
    if (!(curvature > 0)) break;
    const step = square / curvature;
    x = addScaled(x, direction, step);
    imageOfX = addScaled(imageOfX, image, step);
    tried.push(scale(residual, 1 / Math.sqrt(square)));
    residual = orthogonalTo(tried, addScaled(residual, image, -step));
    const next = dot(residual, residual);
    direction = addScaled(residual, direction, next / square);
    square = next;
  }
  return {
    x,
    relativeResidual: start === 0 ? 0 : norm(addScaled(b, imageOfX, -1)) / Math.sqrt(start),
    value: 0.5 * dot(x, imageOfX) - dot(b, x),
    iterations: tried.length,
  };
}
