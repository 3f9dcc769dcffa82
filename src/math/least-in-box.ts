import { isPositiveDefinite, type Matrix, matrixOf, solve } from "./matrix.js";
import type { Vector } from "./vector.js";

/** Newton steps; far more than are ever taken where H is positive definite. */
const STEPS = 100;
/** A step this small is none. */
const STILL = 1e-12;
/** Share of the decrease that the slope promises which a step has to bring (Armijo). */
const ARMIJO = 0.1;

/** Where a quadratic function is least in a box. */
export interface LeastInBox {
  readonly x: Vector;
  /** Entries that no face of the box holds. */
  readonly free: readonly number[];
}

/**
 * argmin ½xᵀHx + gᵀx with low ≤ x ≤ high, by projected Newton steps (Bertsekas 1982, as in Tassa et al. 2014): entries at a face
 * that the slope presses against are held, and a Newton step is taken in the others, cut at the faces and halved until it pays.
 *
 * @param H symmetric
 * @returns undefined where H is not positive definite in the entries that move
 */
export function leastInBox(H: Matrix, g: Vector, low: Vector, high: Vector): LeastInBox | undefined {
  const clip = (y: Vector) => y.map((entry, i) => Math.min(Math.max(entry, low[i]), high[i]));
  let x = clip(new Float64Array(g.length));
  let free: readonly number[] = [];
  for (let step = 0; step < STEPS; step++) {
    const slope = g.map((entry, i) => H[i].reduce((sum, h, j) => sum + h * x[j], entry));
    free = Array.from(slope.keys()).filter(
      (i) => !((x[i] <= low[i] && slope[i] > 0) || (x[i] >= high[i] && slope[i] < 0)),
    );
    if (free.length === 0) break;
    const inner = matrixOf(free.length, free.length, (i, j) => H[free[i]][free[j]]);
    if (!isPositiveDefinite(inner)) return undefined;
    const newton = solve(
      inner,
      free.map((i) => -slope[i]),
    );
    if (newton === undefined) return undefined;
    if (newton.every((entry) => Math.abs(entry) < STILL)) break;
    const before = objective(H, g, x);
    let next = x;
    for (let length = 1; length > STILL; length /= 2) {
      next = x.slice();
      for (const [k, i] of free.entries()) next[i] += length * newton[k];
      next = clip(next);
      const promised = slope.reduce((sum, s, i) => sum + s * (next[i] - x[i]), 0);
      if (objective(H, g, next) - before <= ARMIJO * promised) break;
    }
    if (next.every((entry, i) => Math.abs(entry - x[i]) < STILL)) break;
    x = next;
  }
  return { x, free };
}

const objective = (H: Matrix, g: Vector, x: Vector): number =>
  H.reduce((total, row, i) => total + x[i] * (g[i] + 0.5 * row.reduce((sum, h, j) => sum + h * x[j], 0)), 0);
