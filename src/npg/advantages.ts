import { meanAndStd } from "../math/statistics.js";
import { type Rollouts, TERMINAL } from "../mdp/rollouts.js";

/** Advantages and value targets of rollouts, row by row. */
export interface Advantages {
  /** Â, [size]. */
  readonly advantages: Float64Array;
  /** Discounted returns, [size]: what V_ψ is fitted to. */
  readonly returns: Float64Array;
}

/**
 * Generalised advantage estimates (Subroutine 1, line 11) and discounted returns:
 *
 *   δ_t = r_t + γ V(s_{t+1}) − V(s_t),   Â_t = δ_t + γλ Â_{t+1},   R_t = r_t + γ R_{t+1}
 *
 * with V(s_T) = 0 after a terminal step; where a trajectory was cut, both continue with V of its last state.
 *
 * @param values V(s) of each row, [size]
 * @param lastValues V of each trajectory's last state, [count]
 */
export function generalizedAdvantages(
  {
    size,
    count,
    rewards,
    trajectory,
    outcomes,
  }: Pick<Rollouts, "size" | "count" | "rewards" | "trajectory" | "outcomes">,
  values: Float64Array,
  lastValues: Float64Array,
  { discount, gaeLambda }: { readonly discount: number; readonly gaeLambda: number },
): Advantages {
  const advantages = new Float64Array(size);
  const returns = new Float64Array(size);
  // Of each trajectory V, R and Â of the step behind, side by side: a quarter faster than a table of each.
  const behind = new Float64Array(3 * count);
  for (let i = 0; i < count; i++) behind[3 * i] = behind[3 * i + 1] = outcomes[i] === TERMINAL ? 0 : lastValues[i];
  const decay = discount * gaeLambda;
  for (let row = size - 1; row >= 0; row--) {
    const i = 3 * trajectory[row];
    const reward = rewards[row]; // not as a pair: a fifth of the time
    const value = values[row];
    const delta = reward + discount * behind[i] - value;
    const advantage = delta + decay * behind[i + 2];
    const discounted = reward + discount * behind[i + 1];
    behind[i] = value;
    behind[i + 1] = returns[row] = discounted;
    behind[i + 2] = advantages[row] = advantage;
  }
  return { advantages, returns };
}

/**
 * Advantages with a start's own spread taken out to the power β: rows of rollouts from start i are multiplied by
 *
 *   (σ / σ_i)^β,   σ² = mean Â²,   σ_i² = mean Â² over the rows from start i
 *
 * A factor for each start, positive, so that the step still goes up J, with starts weighed otherwise than ρ does: at β = 1
 * goals at which much is won and lost count no more than goals at which little is. Rows of a start without any spread stay.
 *
 * @param start of each row, 0 … `starts` − 1, [size]
 */
export function balanceStarts(
  advantages: Float64Array,
  start: Int32Array,
  starts: number,
  balance: number,
): Float64Array {
  if (balance === 0) return advantages;
  const [squares, rows] = [new Float64Array(starts), new Float64Array(starts)];
  let total = 0;
  for (let row = 0; row < advantages.length; row++) {
    const square = advantages[row] ** 2;
    squares[start[row]] += square;
    rows[start[row]]++;
    total += square;
  }
  const whole = total / advantages.length;
  const factors = squares.map((sum, i) => (sum > 0 ? (whole / (sum / rows[i])) ** (balance / 2) : 1));
  return advantages.map((a, row) => a * factors[start[row]]);
}

/**
 * Shifted and scaled to mean 0 and standard deviation 1; all zero where they do not vary.
 *
 * @param weights of the rows, positive, on any scale. Mean and standard deviation are then weighted ones, and each row
 *   of the result is multiplied by its weight over the mean weight, so that a plain mean of rows is the weighted mean
 */
export function whiten(advantages: Float64Array, weights?: Float64Array): Float32Array {
  if (weights === undefined || weights.every((w) => w === weights[0])) {
    const { mean, std } = meanAndStd(advantages);
    return Float32Array.from(advantages, (a) => (std > 0 ? (a - mean) / std : 0));
  }
  const unit = meanAndStd(weights).mean;
  const average = (of: (a: number) => number) =>
    advantages.reduce((total, a, i) => total + (weights[i] / unit) * of(a), 0) / advantages.length;
  const mean = average((a) => a);
  const std = Math.sqrt(average((a) => (a - mean) ** 2));
  return Float32Array.from(advantages, (a, i) => (std > 0 ? ((weights[i] / unit) * (a - mean)) / std : 0));
}
