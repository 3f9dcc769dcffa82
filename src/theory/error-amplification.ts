import { ShapeError } from "../errors/errors.js";
import type { Matrix } from "../math/matrix.js";
import type { Vector } from "../math/vector.js";
import { type Bound, bound } from "./bound.js";
import { expectation, totalVariation } from "./distributions.js";
import { marginals } from "./visitation.js";

/** Lemma 2 up to a time T: the largest violation, or the smallest slack, is that of the bound itself. */
export interface ErrorAmplification extends Bound {
  /** The time at which the slack is smallest, t ≥ 1. */
  readonly time: number;
  /** ε = max over t < T of E_{s ~ P_1^t}[D_TV(P_1(·|s), P_2(·|s))]. */
  readonly stepError: number;
  /** That expectation for t = 0 … T − 1. */
  readonly stepErrors: readonly number[];
  /** D_TV(P_1^t, P_2^t) against εt, t = 0 … T. */
  readonly overTime: readonly Bound[];
  /** D_TV(P_1^t, P_2^t) against the sum of the first t step errors, t = 0 … T: the lemma before its last step. */
  readonly summed: readonly Bound[];
}

/**
 * Error amplification in local simulation (Lemma 2, App. A.2): where E_{s ~ P_1^t}[D_TV(P_1(·|s), P_2(·|s))] ≤ ε for all t,
 *
 *   D_TV(P_1^t, P_2^t) ≤ εt
 *
 * No form of Pinsker's inequality enters. The error is measured under the first chain alone. Where the paper is loose:
 * ε is the largest step error, where the errors' sum would do (`summed`); and past t = 1/ε the bound says nothing, since a
 * total variation is at most 1. `leakingClock` (src/theory/worst-cases.ts) attains it at every t ≤ 1/ε.
 *
 * @param first, second P_1 and P_2, [states, states]; rows sum to one
 * @param initial the start distribution of both
 * @param steps T ≥ 1; the lemma is read for t ≤ T, so ε needs t < T alone
 */
export function errorAmplification(first: Matrix, second: Matrix, initial: Vector, steps: number): ErrorAmplification {
  const n = initial.length;
  if ([first, second].some((chain) => chain.length !== n || chain.some((row) => row.length !== n)))
    throw new ShapeError(
      "errorAmplification",
      `chains of ${first.length} and ${second.length} states, a start distribution over ${n}`,
      "Give square chains over the same states",
    );
  if (!(steps >= 1)) throw new ShapeError("errorAmplification", `${steps} steps`, "Give at least one");
  const errors = Float64Array.from(first, (row, s) => totalVariation(row, second[s]));
  const [a, b] = [marginals(first, initial, steps), marginals(second, initial, steps)];
  const stepErrors = a.slice(0, steps).map((p) => expectation(p, errors));
  const stepError = Math.max(...stepErrors);
  const distances = a.map((p, t) => totalVariation(p, b[t]));
  const overTime = distances.map((distance, t) => bound(distance, stepError * t));
  let total = 0;
  const summed = distances.map((distance, t) => bound(distance, t === 0 ? 0 : (total += stepErrors[t - 1])));
  let time = 1;
  for (let t = 2; t <= steps; t++) if (overTime[t].slack < overTime[time].slack) time = t;
  return { ...overTime[time], time, stepError, stepErrors, overTime, summed };
}
