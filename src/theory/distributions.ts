import { ConfigError, ShapeError } from "../errors/errors.js";
import type { Vector } from "../math/vector.js";

/** How far a sum of probabilities may be from 1: what adding up some hundred float64 numbers leaves. */
const SUM_TOLERANCE = 1e-12;

/**
 * These numbers as a distribution.
 *
 * @param where names the distribution in the error
 * @throws {ConfigError} where an entry is negative or not finite, or they do not sum to one
 */
export function distribution(where: string, entries: ArrayLike<number>): Vector {
  const p = Float64Array.from(entries);
  const wrong = p.findIndex((x) => !(x >= 0 && x <= 1 + SUM_TOLERANCE));
  if (wrong >= 0)
    throw new ConfigError(
      `${where}[${wrong}]`,
      `${p[wrong]} is not a probability`,
      "Give numbers from 0 to 1 that sum to 1",
    );
  const total = p.reduce((a, b) => a + b, 0);
  if (!(Math.abs(total - 1) <= SUM_TOLERANCE * Math.max(1, p.length)))
    throw new ConfigError(where, `probabilities sum to ${total}`, "Divide them by their sum");
  return p;
}

function checkSameSize(where: string, p: Vector, q: Vector): void {
  if (p.length !== q.length)
    throw new ShapeError(where, `the distributions have ${p.length} and ${q.length} entries`, "Give both the same");
}

/**
 * D_TV(p, q) = ½ Σ |p − q|: the largest difference of an event's probabilities.
 *
 * @throws {ShapeError} where they are over different numbers of outcomes
 */
export function totalVariation(p: Vector, q: Vector): number {
  checkSameSize("totalVariation", p, q);
  let total = 0;
  for (let i = 0; i < p.length; i++) total += Math.abs(p[i] - q[i]);
  return total / 2;
}

/**
 * D_KL(p ‖ q) = Σ p log(p / q), with 0 log 0 = 0; infinite where p is positive and q is not.
 *
 * @throws {ShapeError} where they are over different numbers of outcomes
 */
export function klDivergence(p: Vector, q: Vector): number {
  checkSameSize("klDivergence", p, q);
  let total = 0;
  for (let i = 0; i < p.length; i++) if (p[i] > 0) total += p[i] * Math.log(p[i] / q[i]);
  return Math.max(total, 0); // Gibbs: only rounding can bring the sum under 0
}

/** Σ p f over where p is positive: an f that is infinite elsewhere does no harm. */
export function expectation(p: Vector, f: Vector): number {
  let total = 0;
  for (let i = 0; i < p.length; i++) if (p[i] > 0) total += p[i] * f[i];
  return total;
}
