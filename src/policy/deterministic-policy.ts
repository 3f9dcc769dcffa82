import type { Node } from "../compute/node.js";
import { add, mul, neg, relu, sub, tanh } from "../compute/operators.js";
import { erf } from "../math/erf.js";
import type { ActingNet } from "../mdp/parametric.js";
import { type Layout, layoutInputs, unflatten } from "../nn/layout.js";
import { type MlpShape, mlp, mlpLayout } from "../nn/mlp.js";

/** Sizes of π_θ, and how it explores. */
export interface DeterministicShape {
  readonly observationSize: number;
  readonly hidden: readonly number[];
  readonly actionSize: number;
  /** Chance that an entry of an action is not the policy's own. */
  readonly exploreChance: number;
  /** Standard deviation of the noise before tanh where it is not. */
  readonly exploreStd: number;
}

/** The policy's network (ReLU): u before tanh. Observations go in as they are. */
export const deterministicNetwork = ({ observationSize, hidden, actionSize }: DeterministicShape): MlpShape => ({
  inputSize: observationSize,
  hidden,
  outputSize: actionSize,
  activation: "relu",
});

export const deterministicLayout = (shape: DeterministicShape): Layout => mlpLayout(deterministicNetwork(shape));

/** u before tanh, [rows, action size], of parameters as `deterministicLayout` orders them. */
export const beforeTanh = (shape: DeterministicShape, parameters: readonly Node[], observations: Node): Node =>
  mlp(deterministicNetwork(shape), parameters, observations);

/** P(z > x) of a standard normal. */
const above = (x: number): number => (1 - erf(x / Math.SQRT2)) / 2;

/**
 * How one standard normal z per entry makes noise that is there with chance p alone: what |z| is above q, with
 * P(|z| > q) = p, keeps its sign and is brought to variance 1. With p = 1 it is z; with a small p it falls off like an
 * exponential distribution on both sides.
 */
export function rareNoise(chance: number): { readonly threshold: number; readonly factor: number } {
  let [low, high] = [0, 10];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (2 * above(middle) > chance) low = middle;
    else high = middle;
  }
  const q = chance === 1 ? 0 : (low + high) / 2;
  const density = Math.exp(-(q ** 2) / 2) / Math.sqrt(2 * Math.PI);
  const square = 1 + q ** 2 - (q * density) / above(q); // E[(z − q)² | z > q]
  return { threshold: q, factor: 1 / Math.sqrt(square) };
}

/** π_θ as everybody sees it: u = tanh(μ_θ(s)), and now and then an entry with noise before its tanh. */
export function deterministicNet(shape: DeterministicShape, theta: Float32Array): ActingNet {
  const { threshold, factor } = rareNoise(shape.exploreChance);
  return {
    key: ["deterministic", shape],
    nodes(prefix) {
      const tensors = layoutInputs(deterministicLayout(shape), prefix);
      return {
        inputs: tensors,
        mean: (observations) => tanh(beforeTanh(shape, tensors, observations)),
        act(observations, z) {
          const beyond = sub(relu(sub(z, threshold)), relu(sub(neg(z), threshold)));
          return tanh(add(beforeTanh(shape, tensors, observations), mul(beyond, factor * shape.exploreStd)));
        },
      };
    },
    tensors: (prefix) => unflatten(deterministicLayout(shape), prefix, theta),
  };
}
