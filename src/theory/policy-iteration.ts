import type { Vector } from "../math/vector.js";
import { expectation } from "./distributions.js";
import { actionValues, values } from "./expected-return.js";
import { deterministicPolicy, type FiniteMdp, type TabularPolicy } from "./finite-mdp.js";

/** argmax_π J(π, ·), and what it is worth. */
export interface OptimalPolicy {
  /** Deterministic: one of the optimal ones. */
  readonly policy: TabularPolicy;
  /** V*, [states]. */
  readonly values: Vector;
  /** J* = Σ ρ V*. */
  readonly expectedReturn: number;
  /** Policies evaluated. */
  readonly iterations: number;
}

/**
 * Howard's policy iteration: evaluate exactly, then act greedily; an action is changed only for a strictly better one.
 * Ends where Σ_s V(s) no longer rises: exact iteration raises it until the policy is optimal, and rounding cannot make
 * a circle of it.
 */
export function policyIteration(mdp: FiniteMdp): OptimalPolicy {
  let choice = new Int32Array(mdp.states);
  let policy = deterministicPolicy(mdp.actions, choice);
  let own = values(policy, mdp);
  for (let iterations = 1; ; iterations++) {
    const better = actionValues(mdp, own).map((q, s) =>
      q.reduce((best, value, a) => (value > q[best] ? a : best), choice[s]),
    );
    const next = deterministicPolicy(mdp.actions, better);
    const nextValues = values(next, mdp);
    const rise = nextValues.reduce((total, v, s) => total + (v - own[s]), 0);
    if (!(rise > 0)) return { policy, values: own, expectedReturn: expectation(mdp.initial, own), iterations };
    [choice, policy, own] = [Int32Array.from(better), next, nextValues];
  }
}
