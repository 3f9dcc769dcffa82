import { type Bound, bound } from "./bound.js";
import { expectation, totalVariation } from "./distributions.js";
import { expectedReturn } from "./expected-return.js";
import { chainOf, checkModelOf, type FiniteMdp, type TabularPolicy } from "./finite-mdp.js";
import { type Supremum, supremumOverTime, transitionErrors, underPolicy } from "./model-error.js";
import { discountedStates } from "./visitation.js";

/** Lemma 3 for one policy. */
export interface PerformanceDifference extends Bound {
  /** ε = sup_t E_{(s,a) ~ μ_W^{π,t}}[D_TV(P_W, P_M)], in brackets; `right` is made with the upper one. */
  readonly modelError: Supremum;
  readonly returnInWorld: number;
  readonly returnInModel: number;
  /** D_TV(μ̃_W^π, μ̃_M^π) ≤ γε / (1 − γ): the proof's bound on discounted visitation. */
  readonly visitation: Bound;
  /** The same with the discounted average of the errors, E_{μ̃_W^π}[D_TV(P_W, P_M)] ≤ ε, in the place of ε. */
  readonly sharper: Bound;
}

/**
 * Performance difference due to model error (Lemma 3, App. A.2): where E_{μ_W^{π,t}}[D_TV(P_W, P_M)] ≤ ε for all t,
 *
 *   |J(π, W) − J(π, M)| ≤ 2γ ε R_max / (1 − γ)²
 *
 * The error is a total variation, so no form of Pinsker's inequality enters here; it does in Theorem 1. Where the paper is
 * loose or slips:
 * - ε is the worst time's error. What the proof needs is the discounted average, (1 − γ) Σ γ^t ε_t (`sharper`): a model
 *   that is bad once is not bad for ever.
 * - 2 R_max stands for max R − min R: for R in [0, R_max] the bound is twice what it need be.
 * - The proof's first line writes J(π, M) under μ̃_W^π; μ̃_M^π is meant.
 * `leakingWorld` (src/theory/worst-cases.ts) comes as close as ε/(1 − γ) is small.
 */
export function performanceDifference(
  policy: TabularPolicy,
  world: FiniteMdp,
  model: FiniteMdp,
): PerformanceDifference {
  checkModelOf("performanceDifference", world, model);
  const { discount, maxReward, initial } = world;
  const errors = underPolicy(policy, transitionErrors(world, model, totalVariation));
  const modelError = supremumOverTime(chainOf(policy, world), initial, errors);
  const [inWorld, inModel] = [discountedStates(policy, world), discountedStates(policy, model)];
  const [returnInWorld, returnInModel] = [expectedReturn(policy, world), expectedReturn(policy, model)];
  const left = Math.abs(returnInWorld - returnInModel);
  const rightFor = (error: number) => (2 * discount * error * maxReward) / (1 - discount) ** 2;
  return {
    ...bound(left, rightFor(modelError.most)),
    modelError,
    returnInWorld,
    returnInModel,
    // π is the same on both sides, so over (s, a) the distance is that over s
    visitation: bound(totalVariation(inWorld, inModel), (discount * modelError.most) / (1 - discount)),
    sharper: bound(left, rightFor(expectation(inWorld, errors))),
  };
}
