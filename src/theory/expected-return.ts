import type { Vector } from "../math/vector.js";
import { discountedSystem } from "./discounted-system.js";
import { expectation } from "./distributions.js";
import { chainOf, type FiniteMdp, type TabularPolicy } from "./finite-mdp.js";

/** V^π(s) = E[Σ γ^t R(s_t) | s_0 = s], [states]: V = (I − γP^π)⁻¹ R, exactly. */
export function values(policy: TabularPolicy, mdp: FiniteMdp): Vector {
  return discountedSystem(chainOf(policy, mdp), mdp.discount).solve(mdp.rewards);
}

/** Q^π(s, a) = R(s) + γ Σ P(s′|s, a) V(s′), `[s][a]`. */
export function actionValues(mdp: FiniteMdp, stateValues: Vector): readonly Vector[] {
  return mdp.transitions.map((rows, s) =>
    Float64Array.from(rows, (p) => mdp.rewards[s] + mdp.discount * expectation(p, stateValues)),
  );
}

/** J(π, ·) of (1) = Σ ρ(s) V^π(s), exactly; the same function for W and M. */
export function expectedReturn(policy: TabularPolicy, mdp: FiniteMdp): number {
  return expectation(mdp.initial, values(policy, mdp));
}
