import type { Matrix } from "../math/matrix.js";
import type { Vector } from "../math/vector.js";
import { discountedSystem } from "./discounted-system.js";
import { chainOf, type FiniteMdp, type TabularPolicy } from "./finite-mdp.js";

/** A distribution over pairs (s, a): `[s][a]`, all entries sum to one. */
export type Visitation = readonly Vector[];

/** One step of a chain: p′(s′) = Σ_s p(s) P(s′|s). */
export function advance(p: Vector, chain: Matrix): Vector {
  const next = new Float64Array(p.length);
  for (let s = 0; s < p.length; s++) {
    const weight = p[s];
    if (weight > 0) for (let i = 0; i < next.length; i++) next[i] += weight * chain[s][i];
  }
  return next;
}

/** P^t(s) = P(s_t = s) for t = 0 … steps: steps + 1 distributions over states. */
export function marginals(chain: Matrix, initial: Vector, steps: number): readonly Vector[] {
  const all = [initial];
  for (let t = 0; t < steps; t++) all.push(advance(all[t], chain));
  return all;
}

const withActions = (states: Vector, policy: TabularPolicy): Visitation =>
  policy.map((row, s) => row.map((p) => states[s] * p));

/** μ^{π,t}(s, a) = P(s_t = s, a_t = a) for t = 0 … steps. */
export function marginalVisitations(policy: TabularPolicy, mdp: FiniteMdp, steps: number): readonly Visitation[] {
  return marginals(chainOf(policy, mdp), mdp.initial, steps).map((states) => withActions(states, policy));
}

/** μ^π(s, a) = (1/T) Σ_{t<T} P(s_t = s, a_t = a). The paper divides T + 1 terms by T, which does not sum to one. */
export function averageVisitation(policy: TabularPolicy, mdp: FiniteMdp, horizon: number): Visitation {
  const total = new Float64Array(mdp.states);
  for (const p of marginals(chainOf(policy, mdp), mdp.initial, horizon - 1)) {
    for (let s = 0; s < total.length; s++) total[s] += p[s] / horizon;
  }
  return withActions(total, policy);
}

/** μ̃ over states alone: (1 − γ) Σ γ^t P(s_t = s), [states], exactly. */
export function discountedStates(policy: TabularPolicy, mdp: FiniteMdp): Vector {
  const { discount, initial } = mdp;
  return discountedSystem(chainOf(policy, mdp), discount).solveTransposed(initial.map((p) => (1 - discount) * p));
}

/** μ̃^π(s, a) = (1 − γ) Σ γ^t P(s_t = s, a_t = a), exactly. */
export function discountedVisitation(policy: TabularPolicy, mdp: FiniteMdp): Visitation {
  return withActions(discountedStates(policy, mdp), policy);
}

/** D_TV of two distributions over (s, a): ½ Σ |μ − ν|. */
export function visitationDistance(mu: Visitation, nu: Visitation): number {
  let total = 0;
  mu.forEach((row, s) => {
    for (let a = 0; a < row.length; a++) total += Math.abs(row[a] - nu[s][a]);
  });
  return total / 2;
}
