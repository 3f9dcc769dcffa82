import type { Rng } from "../random/rng.js";
import { type FiniteMdp, finiteMdp, type TabularPolicy } from "./finite-mdp.js";
import type { Pairing } from "./worst-cases.js";

/** Small MDPs of very different kinds, drawn at random: for tests of what holds for all of them. */
export interface RandomMdpOptions {
  readonly states: number;
  readonly actions: number;
  readonly discount: number;
  /** 1 gives rows uniform over the simplex; 10 and more rows that are nearly deterministic. */
  readonly peakedness: number;
  /** Probabilities under this are 0, so that world and model hold different things for impossible. */
  readonly leastProbability: number;
  /** Share of the way from the world's transitions to unrelated ones at which the model's are; 0 is a perfect model. */
  readonly modelNoise: number;
}

/** A distribution whose entries are powers of exponential variates, normalised. Draws from rng. */
export function randomDistribution(size: number, peakedness: number, rng: Rng, least = 0): Float64Array {
  const logs = Float64Array.from({ length: size }, () => peakedness * Math.log(-Math.log(1 - rng.uniform())));
  const largest = Math.max(...logs);
  const weights = logs.map((x) => (x - largest < Math.log(least) ? 0 : Math.exp(x - largest)));
  const total = weights.reduce((a, b) => a + b, 0);
  return weights.map((x) => x / total);
}

/** A world, a model of it and a policy. Draws from rng. */
export function randomPairing(options: RandomMdpOptions, rng: Rng): Pairing {
  const { states, actions, discount, peakedness, leastProbability, modelNoise } = options;
  const rows = (stream: Rng) =>
    Array.from({ length: states }, () =>
      Array.from({ length: actions }, () => randomDistribution(states, peakedness, stream, leastProbability)),
    );
  const transitions = rows(rng.stream("world"));
  const other = rows(rng.stream("model"));
  const draws = rng.stream("rest");
  const common = {
    rewards: Float64Array.from({ length: states }, () => 2 * draws.uniform() - 1),
    maxReward: 1,
    discount,
    initial: randomDistribution(states, peakedness, draws),
  };
  const mixed = transitions.map((byAction, s) =>
    byAction.map((p, a) => {
      const blend = p.map((x, i) => x + modelNoise * (other[s][a][i] - x));
      const kept = blend.map((x) => (x < leastProbability ? 0 : x));
      const total = kept.reduce((sum, x) => sum + x, 0);
      return kept.map((x) => x / total);
    }),
  );
  return {
    world: finiteMdp({ ...common, transitions }),
    model: finiteMdp({ ...common, transitions: mixed }),
    policy: randomPolicy({ states, actions }, peakedness, rng.stream("policy")),
  };
}

/** A policy whose rows are drawn like transitions. Draws from rng. */
export function randomPolicy(
  { states, actions }: Pick<FiniteMdp, "states" | "actions">,
  peakedness: number,
  rng: Rng,
): TabularPolicy {
  return Array.from({ length: states }, () => randomDistribution(actions, peakedness, rng));
}

/** Options from a wide range: 1 – 7 states, γ up to 1 − 10⁻⁵, rows from even to nearly deterministic. Draws from rng. */
export function randomOptions(rng: Rng): RandomMdpOptions {
  const kind = rng.uniform();
  return {
    states: 1 + rng.integer(7),
    actions: 1 + rng.integer(3),
    discount: kind < 0.1 ? 0 : kind < 0.6 ? rng.uniform() : 1 - 10 ** (-5 * rng.uniform()),
    peakedness: rng.uniform() < 0.5 ? 1 : 40 * rng.uniform(),
    leastProbability: rng.uniform() < 0.7 ? 0 : 0.1 * rng.uniform(),
    modelNoise: rng.uniform() < 0.1 ? 0 : 10 ** (-6 * rng.uniform()),
  };
}
