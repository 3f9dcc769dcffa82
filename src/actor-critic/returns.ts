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
export function expandedTargets(
  { rewards, alive, price }: Window,
  last: Node,
  discount: Node | number,
): readonly Node[] {
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
  discount: Node | number,
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

/** What was seen along rollouts side by side, [steps, batch] each. */
export interface Seen {
  readonly rewards: Float32Array;
  /** 1 where s_{t+1} is terminal. */
  readonly terminal: ArrayLike<number>;
  /** 1 where what follows is not to be believed: the value stands for it. */
  readonly cut: ArrayLike<number>;
  /** Q′(s_t, u_t). */
  readonly values: Float32Array;
  readonly logLikelihoods: Float32Array;
}

/**
 * λ-returns along rollouts (Sutton & Barto 2018, 12.3; soft):
 *
 *   y_t = r_t + γ m_{t+1} ((1 − λ) Q′(s_{t+1}, u_{t+1}) + λ y_{t+1} − α log π_{t+1}),   y_last = Q′(s_last, u_last)
 *
 * [steps, batch]; those of the last step are Q′ itself.
 *
 * @param walk.heir where the rollout of a position goes on at the next step
 */
export function lambdaReturns(
  { steps, batch, heir }: { readonly steps: number; readonly batch: number; readonly heir: (p: number) => number },
  {
    discount,
    lambda,
    temperature,
  }: { readonly discount: number; readonly lambda: number; readonly temperature: number },
  { rewards, terminal, cut, values, logLikelihoods }: Seen,
): Float32Array {
  const returns = values.slice();
  for (let t = steps - 2; t >= 0; t--) {
    for (let p = 0; p < batch; p++) {
      const [at, after] = [t * batch + p, (t + 1) * batch + heir(p)];
      const far = cut[at] === 1 ? 0 : lambda;
      const ahead = (1 - far) * values[after] + far * returns[after] - temperature * logLikelihoods[after];
      returns[at] = rewards[at] + (terminal[at] === 1 ? 0 : discount * ahead);
    }
  }
  return returns;
}
