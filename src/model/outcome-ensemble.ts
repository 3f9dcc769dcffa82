import type { Space } from "../mdp/task.js";
import { type Layout, layout } from "../nn/layout.js";
import { glorotMlp, type MlpShape, mlpTensors } from "../nn/mlp.js";
import { freshLearner, type Learner } from "../nn/regression.js";
import type { Rng } from "../random/rng.js";
import { initialEnsemble, type ModelData, type ModelScaling, modelScaling } from "./ensemble.js";

/** Sizes of a member's three networks: of s′, of the reward, and of whether s′ is terminal (Buckman et al. 2018). */
export interface OutcomeShape {
  readonly observationSize: number;
  readonly actionSize: number;
  /** Of the network of s′. */
  readonly hidden: readonly number[];
  /** Of the two others. */
  readonly outcomeHidden: readonly number[];
  /** So many members side by side, with a leading axis in parameters and rows; absent for one. */
  readonly members?: number;
}

/** The networks of a member, in the order in which its parameters lie. */
export const OUTCOME_PARTS = ["dynamics", "reward", "end"] as const;
export type OutcomePart = (typeof OUTCOME_PARTS)[number];

/**
 * {M_φ}: s′ = s + σ_Δ · f_i(s, a) + μ_Δ, r̂_i(s, a, s′) and d̂_i(s, a, s′), the probability that s′ is terminal; one
 * learner for the three networks of a member.
 */
export interface OutcomeEnsemble {
  readonly shape: OutcomeShape;
  readonly scaling: ModelScaling;
  readonly members: readonly Learner[];
  /** Real samples with a smaller index have been fitted; later ones are fresh. */
  readonly seenSamples: number;
}

/** One of a member's networks: of (s, a) the change, of (s, a, s′) the others. */
export function outcomeNetwork(shape: OutcomeShape, part: OutcomePart): MlpShape {
  const { observationSize: n, actionSize: m, hidden, outcomeHidden, members } = shape;
  const own =
    part === "dynamics"
      ? { inputSize: n + m, hidden, outputSize: n }
      : { inputSize: 2 * n + m, hidden: outcomeHidden, outputSize: 1 };
  return { ...own, activation: "relu", ...(members !== undefined && { members }) };
}

const tensorsOf = (shape: OutcomeShape, part: OutcomePart) => mlpTensors(outcomeNetwork(shape, part));

/** All parameters of a member: those of its networks one after the other, `dynamics.weight0` the first. */
export const outcomeLayout = (shape: OutcomeShape): Layout =>
  layout(
    OUTCOME_PARTS.flatMap((part) =>
      tensorsOf(shape, part).map(({ name, shape: own }) => ({ name: `${part}.${name}`, shape: own })),
    ),
  );

/** Those of one network among what `outcomeLayout` orders. */
export function partOf<T>(shape: OutcomeShape, part: OutcomePart, all: readonly T[]): readonly T[] {
  let start = 0;
  for (const each of OUTCOME_PARTS) {
    const { length } = tensorsOf(shape, each);
    if (each === part) return all.slice(start, start + length);
    start += length;
  }
  return [];
}

/** M_0: random networks, Glorot uniform, that have seen nothing and predict no change. Draws from rng. */
export function initialOutcomes(shape: OutcomeShape, size: number, rng: Rng): OutcomeEnsemble {
  const { observationSize, actionSize } = shape;
  const { scaling } = initialEnsemble({ observationSize, actionSize, hidden: [], rewardHidden: null }, 0, rng);
  const fresh = (i: number) => {
    const parameters = new Float32Array(outcomeLayout(shape).size);
    let start = 0;
    for (const part of OUTCOME_PARTS) {
      const own = glorotMlp(outcomeNetwork(shape, part), rng.stream(i, part));
      parameters.set(own, start);
      start += own.length;
    }
    return freshLearner(parameters);
  };
  return { shape, scaling, members: Array.from({ length: size }, (_, i) => fresh(i)), seenSamples: 0 };
}

/**
 * The normalisation of a data set; not standardised, as with the authors, inputs, changes and rewards go in as they are,
 * but an entry that never changes stays as it is.
 */
export function outcomeScaling(data: ModelData, space: Space, standardized: boolean): ModelScaling {
  const own = modelScaling(data, space, { scale: "std", centerDelta: standardized });
  if (standardized) return own;
  return {
    inputShift: new Float32Array(own.inputShift.length),
    inputFactor: new Float32Array(own.inputFactor.length).fill(1),
    deltaShift: own.deltaShift,
    deltaScale: own.deltaScale.map((scale) => (scale === 0 ? 0 : 1)),
    low: Float32Array.from(space.low),
    high: Float32Array.from(space.high),
    rewardShift: 0,
    rewardScale: 1,
  };
}
