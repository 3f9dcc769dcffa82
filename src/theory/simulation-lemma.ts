import { type Bound, bound } from "./bound.js";
import { expectation } from "./distributions.js";
import { values } from "./expected-return.js";
import { checkModelOf, type FiniteMdp, type TabularPolicy } from "./finite-mdp.js";
import { globalModelError } from "./model-error.js";

/** Lemma 1 for one policy. */
export interface SimulationLemma extends Bound {
  /** ε_M = max_{s,a} D_TV(P_W(·|s, a), P_M(·|s, a)). */
  readonly modelError: number;
  readonly returnInWorld: number;
  readonly returnInModel: number;
  /** The same inequality for the worst start state, which the proof shows: max_s |V_W(s) − V_M(s)| ≤ right. */
  readonly everyState: Bound;
  /** The same with the geometric sum of the proof kept as it is: 2γε_M R_max / ((1 − γ)(1 − γ + γε_M)). */
  readonly sharper: Bound;
}

/**
 * Simulation lemma (Lemma 1, App. A.1):
 *
 *   |J(π, W) − J(π, M)| ≤ 2γ ε_M R_max / (1 − γ)²
 *
 * No form of Pinsker's inequality enters: the error is a total variation. Where the paper is loose:
 * - **The same steps go astray twice.** The proof bounds what the model's own future adds by γ max |V_W − V_M|, all of
 *   it, although a share ε_M of the next states is already counted as lost. With that share taken out once, 1 − γ
 *   becomes 1 − γ + γε_M in one of the two factors (`sharper`): P_W and P_M can be made to agree with probability
 *   1 − ε_M, and where they do not, values differ by no more than 2 R_max / (1 − γ).
 * - **Rewards of one sign.** E_P[V] − E_Q[V] is at most (max V − min V) · D_TV; for R in [0, R_max], which section 2
 *   assumes, that is half of the paper's.
 * `leakingWorld` (src/theory/worst-cases.ts) attains `sharper`, and comes as close to the paper's as ε_M/(1 − γ) is small.
 */
export function simulationLemma(policy: TabularPolicy, world: FiniteMdp, model: FiniteMdp): SimulationLemma {
  checkModelOf("simulationLemma", world, model);
  const { discount, maxReward, initial } = world;
  const [inWorld, inModel] = [values(policy, world), values(policy, model)];
  const [returnInWorld, returnInModel] = [expectation(initial, inWorld), expectation(initial, inModel)];
  const modelError = globalModelError(world, model);
  const left = Math.abs(returnInWorld - returnInModel);
  const right = (2 * discount * modelError * maxReward) / (1 - discount) ** 2;
  const gap = inWorld.reduce((most, v, s) => Math.max(most, Math.abs(v - inModel[s])), 0);
  const sharp = (2 * discount * modelError * maxReward) / ((1 - discount) * (1 - discount + discount * modelError));
  return {
    ...bound(left, right),
    modelError,
    returnInWorld,
    returnInModel,
    everyState: bound(gap, right),
    sharper: bound(gap, sharp),
  };
}
