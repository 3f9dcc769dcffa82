import type { Node } from "../compute/node.js";
import { detach, gate, reshape, sub } from "../compute/operators.js";

/*
 * Where episodes end, learned from D for a task that does not say it: an output p̂ beside the reward's, fitted to 1 where s′
 * was terminal and 0 where it was not. Least squares make it the probability (squared error is a proper score), and an
 * imagined rollout ends where p̂ exceeds ½.
 */

/** The weight of p̂ is never more than this: a terminal state in a hundred. */
const MOST_WEIGHT = 100;

/** The weight of p̂'s squared error: 1/variance, so that rare ends count as much as everything else that is standardised. */
export function endWeight(terminal: Uint8Array): number {
  const share = terminal.reduce((total, x) => total + x, 0) / terminal.length;
  const variance = share * (1 - share);
  return variance === 0 ? 1 : Math.min(1 / variance, MOST_WEIGHT);
}

/** 1 where an episode goes on by these p̂, [...rows, 1] in and [...rows] out. */
export function aliveBelow(probability: Node): Node {
  return detach(gate(reshape(sub(0.5, probability), probability.shape.slice(0, -1)), 1));
}
