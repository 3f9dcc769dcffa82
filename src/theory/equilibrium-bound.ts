import { type Bound, bound, weighted } from "./bound.js";
import { klDivergence, totalVariation } from "./distributions.js";
import { expectedReturn } from "./expected-return.js";
import { chainOf, checkModelOf, type FiniteMdp, type TabularPolicy } from "./finite-mdp.js";
import { type Supremum, supremumOverTime, transitionErrors, underPolicy } from "./model-error.js";
import { policyIteration } from "./policy-iteration.js";
import { discountedStates } from "./visitation.js";

/** Theorem 1 for one pair (π, M). */
export interface EquilibriumBound extends Bound {
  /** ε_M = sup_t ℓ(M, μ_W^{π,t}), in brackets; may be infinite. Bounds are made with the upper one. */
  readonly modelError: Supremum;
  /** ε_π = max_{π′} J(π′, M) − J(π, M). */
  readonly policyGap: number;
  /** D_TV(μ̃_W^{π*}, μ̃_M^{π*}). */
  readonly transferDistance: number;
  /** Term-I, J(π*, W) − J(π*, M), against 2 R_max / (1 − γ) · D_TV(μ̃_W^{π*}, μ̃_M^{π*}). */
  readonly transfer: Bound;
  /** Term-II, J(π*, M) − J(π, M), against ε_π. */
  readonly planning: Bound;
  /** Term-III, J(π, M) − J(π, W), against 2γ √ε_M R_max / (1 − γ)². */
  readonly modelling: Bound;
  /** Term-III with Pinsker's inequality as it is, D_TV ≤ √(D_KL / 2). */
  readonly sharpPinsker: Bound;
  /** Term-III with the divergences added up along a trajectory: 2 R_max / (1 − γ) · √(γ ε_M / (2 (1 − γ))). */
  readonly chainRule: Bound;
}

/**
 * Global performance of an equilibrium pair (Theorem 1, App. A.2): where ℓ(M, μ_W^{π,t}) ≤ ε_M for all t and
 * J(π, M) ≥ max_{π′} J(π′, M) − ε_π,
 *
 *   J(π*, W) − J(π, W) ≤ 2γ √ε_M R_max / (1 − γ)² + ε_π + 2 R_max / (1 − γ) · D_TV(μ̃_W^{π*}, μ̃_M^{π*})
 *
 * **Pinsker.** `right` and `modelling` use the paper's form, D_TV ≤ √D_KL; Pinsker's inequality gives √(D_KL / 2), which
 * is `sharpPinsker`. Jensen's inequality takes the root out of the expectation. Where the paper is loose:
 * - The root of a divergence is taken at every step, and the roots are added (Lemma 2: t √ε). Divergences add up along a
 *   trajectory themselves, so D_TV(P_W^t, P_M^t) ≤ √(tε / 2), and (1 − γ)² becomes (1 − γ)^{3/2}: `chainRule`, with
 *   Σ (1 − γ) γ^t √t ≤ √(γ / (1 − γ)). It is smaller than `sharpPinsker` wherever γ > ½.
 * - 2 R_max stands for max R − min R in both terms.
 * - ε_M is a supremum over time; a discounted average does (see `performanceDifference`).
 * The transfer term is attained by `misjudgedRoad`, planning by any bad policy in a perfect model, and modelling is worst
 * in `lostBet` (src/theory/worst-cases.ts).
 *
 * @param comparator π*: an optimal policy of the world where it is left out. The inequality holds for any
 */
export function equilibriumBound(
  policy: TabularPolicy,
  world: FiniteMdp,
  model: FiniteMdp,
  comparator: TabularPolicy = policyIteration(world).policy,
): EquilibriumBound {
  checkModelOf("equilibriumBound", world, model);
  const { discount, maxReward, initial } = world;
  const losses = underPolicy(policy, transitionErrors(world, model, klDivergence));
  const modelError = supremumOverTime(chainOf(policy, world), initial, losses);
  const best = { world: expectedReturn(comparator, world), model: expectedReturn(comparator, model) };
  const own = { world: expectedReturn(policy, world), model: expectedReturn(policy, model) };
  const policyGap = policyIteration(model).expectedReturn - own.model;
  const transferDistance = totalVariation(discountedStates(comparator, world), discountedStates(comparator, model));
  const transfer = bound(best.world - best.model, ((2 * maxReward) / (1 - discount)) * transferDistance);
  const planning = bound(best.model - own.model, policyGap);
  const lost = own.model - own.world;
  const atRoot = (root: number) => weighted((2 * discount * maxReward) / (1 - discount) ** 2, root);
  const modelling = bound(lost, atRoot(Math.sqrt(modelError.most)));
  const added = Math.sqrt(weighted(discount / (2 * (1 - discount)), modelError.most));
  return {
    ...bound(best.world - own.world, modelling.right + planning.right + transfer.right),
    modelError,
    policyGap,
    transferDistance,
    transfer,
    planning,
    modelling,
    sharpPinsker: bound(lost, atRoot(Math.sqrt(modelError.most / 2))),
    chainRule: bound(lost, weighted((2 * maxReward) / (1 - discount), added)),
  };
}
