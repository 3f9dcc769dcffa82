import type { Node } from "../compute/node.js";
import { add, mul, sub } from "../compute/operators.js";

/** An imagined window of H steps, as lists over time of rows [rows]. */
export interface Window {
  /** r_t of steps 0 … H − 1. */
  readonly rewards: readonly Node[];
  /** 1 where s_{t+1} goes on, of steps 0 … H − 1. */
  readonly alive: readonly Node[];
  /** α log π(u_t|s_t) of states 0 … H. */
  readonly price: readonly Node[];
}

/**
 * Expanded targets of the critics at each step of the window (Feinberg et al. 2018, soft as in Haarnoja et al. 2018):
 *
 *   y_t = r_t + γ m_{t+1} V_{t+1},   V_t = y_t − α log π_t,   V_H = `last` − α log π_H
 *
 * where m_{t+1} is 0 if s_{t+1} is terminal.
 *
 * @param last Q(s_H, u_H), [rows]
 */
export function expandedTargets({ rewards, alive, price }: Window, last: Node, discount: number): readonly Node[] {
  const targets: Node[] = [];
  let value = sub(last, price[rewards.length]);
  for (let t = rewards.length - 1; t >= 0; t--) {
    targets[t] = add(rewards[t], mul(mul(alive[t], value), discount));
    value = sub(targets[t], price[t]);
  }
  return targets;
}

/**
 * What the actor climbs, [rows]: V_0 of
 *
 *   V_t = (1 − λ) Q(s_t, u_t) + λ (r_t + γ m_{t+1} V_{t+1}) − α log π_t,   V_H = Q(s_H, u_H) − α log π_H
 *
 * λ = 1 is the pathwise gradient through the whole window. That is blind to a fall within the window, for m has no
 * derivative; the critics at every step see it coming.
 *
 * @param values Q(s_t, u_t) of states 0 … H, [rows] each
 */
export function actorValue(
  { rewards, alive, price }: Window,
  values: readonly Node[],
  discount: number,
  lambda: number,
) {
  const horizon = rewards.length;
  let value = sub(values[horizon], price[horizon]);
  for (let t = horizon - 1; t >= 0; t--) {
    const ahead = mul(add(rewards[t], mul(mul(alive[t], value), discount)), lambda);
    const mixed = lambda === 1 ? ahead : add(ahead, mul(values[t], 1 - lambda));
    value = sub(mixed, price[t]);
  }
  return value;
}
