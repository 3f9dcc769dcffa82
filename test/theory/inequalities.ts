import { seeded } from "../../src/random/rng.js";
import { equilibriumBound } from "../../src/theory/equilibrium-bound.js";
import { errorAmplification } from "../../src/theory/error-amplification.js";
import { chainOf } from "../../src/theory/finite-mdp.js";
import { performanceDifference } from "../../src/theory/performance-difference.js";
import { randomOptions, randomPairing } from "../../src/theory/random-mdp.js";
import { simulationLemma } from "../../src/theory/simulation-lemma.js";

/** Every inequality of App. A that an MDP, a model of it and a policy give, by name: its slack. */
const CLAIMS = {
  "Lemma 1": ({ policy, world, model }) => {
    const { slack, everyState, sharper } = simulationLemma(policy, world, model);
    return { slack, everyState: everyState.slack, sharper: sharper.slack };
  },
  "Lemma 2": ({ policy, world, model }) => {
    const [first, second] = [chainOf(policy, world), chainOf(policy, model)];
    const { slack, summed } = errorAmplification(first, second, world.initial, 40);
    return { slack, summed: Math.min(...summed.map((bound) => bound.slack)) };
  },
  "Lemma 3": ({ policy, world, model }) => {
    const { slack, visitation, sharper } = performanceDifference(policy, world, model);
    return { slack, visitation: visitation.slack, sharper: sharper.slack };
  },
  "Theorem 1": ({ policy, world, model }) => {
    const { slack, transfer, planning, modelling, sharpPinsker, chainRule } = equilibriumBound(policy, world, model);
    return {
      slack,
      transfer: transfer.slack,
      planning: planning.slack,
      modelling: modelling.slack,
      sharpPinsker: sharpPinsker.slack,
      chainRule: chainRule.slack,
    };
  },
} satisfies Record<string, (pairing: ReturnType<typeof randomPairing>) => Record<string, number>>;

export const CLAIM_NAMES = Object.keys(CLAIMS) as (keyof typeof CLAIMS)[];

/** The smallest slack of each inequality over so many random MDPs, near-deterministic ones and γ near 1 among them. */
export function smallestSlacks(name: keyof typeof CLAIMS, count: number, seed: number): Map<string, number> {
  const least = new Map<string, number>();
  for (let i = 0; i < count; i++) {
    const rng = seeded(seed).stream(name, i);
    const slacks = CLAIMS[name](randomPairing(randomOptions(rng.stream("options")), rng.stream("pairing")));
    for (const [key, slack] of Object.entries(slacks)) {
      if (!(slack >= (least.get(key) ?? Number.POSITIVE_INFINITY))) least.set(key, slack);
    }
  }
  return least;
}
