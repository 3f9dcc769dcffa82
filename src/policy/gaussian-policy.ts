import type { Tensor } from "../compute/engine.js";
import type { Node } from "../compute/node.js";
import { add, exp, input, mul } from "../compute/operators.js";
import type { ActingNet } from "../mdp/parametric.js";
import { type Layout, layout, layoutInputs, unflatten } from "../nn/layout.js";
import { initialMlp, type MlpShape, mlp, mlpTensors } from "../nn/mlp.js";
import type { Rng } from "../random/rng.js";
import { type InputScaling, type ScalingNodes, scaled } from "./input-scaling.js";

/** Sizes of π_θ: tanh MLP for the mean, and one log σ per action that does not depend on the state. */
export interface PolicyShape {
  readonly observationSize: number;
  readonly hidden: readonly number[];
  readonly actionSize: number;
}

/** π_θ: actions u ~ N(MLP(s), diag σ²) in units of the half-width of the action box. */
export interface GaussianPolicy {
  readonly shape: PolicyShape;
  /** θ: the mean network's weights and biases, then log σ; flat. */
  readonly parameters: Float32Array;
  readonly inputs: InputScaling;
}

/** The factor on the last layer at the start, so that the first policy acts near the centre of the box. */
const LAST_LAYER_SCALE = 0.01;

const network = ({ observationSize, hidden, actionSize }: PolicyShape): MlpShape => ({
  inputSize: observationSize,
  hidden,
  outputSize: actionSize,
  activation: "tanh",
});

export function policyLayout(shape: PolicyShape): Layout {
  return layout([...mlpTensors(network(shape)), { name: "logStd", shape: [shape.actionSize] }]);
}

/** A fresh policy. Draws from rng. @param lastLayerScale 0 for a mean that is 0 everywhere */
export function initialPolicy(
  shape: PolicyShape,
  inputs: InputScaling,
  initialLogStd: number,
  rng: Rng,
  lastLayerScale = LAST_LAYER_SCALE,
): GaussianPolicy {
  const mean = initialMlp(network(shape), rng, lastLayerScale);
  const parameters = new Float32Array(policyLayout(shape).size).fill(initialLogStd);
  parameters.set(mean);
  return { shape, parameters, inputs };
}

/** log σ, [action size]: a view. */
export function logStd({ shape, parameters }: GaussianPolicy): Float32Array {
  return parameters.subarray(parameters.length - shape.actionSize);
}

/** Entropy of π_θ(·|s), the same in every state: Σ log σ + ½ log 2πe per action. */
export function policyEntropy(policy: GaussianPolicy): number {
  return logStd(policy).reduce((total, x) => total + x + 0.5 * Math.log(2 * Math.PI * Math.E), 0);
}

/** The graph side of a policy: its inputs and what is computed from them. */
export interface PolicyNodes {
  /** All inputs: parameters, shift and factor. */
  readonly inputs: readonly Node[];
  /** θ as tensors; the last is log σ. */
  readonly parameters: readonly Node[];
  readonly logStd: Node;
  /** MLP(s): [batch, observation size] → [batch, action size]. */
  mean(observations: Node): Node;
}

/** The nodes of a policy, its inputs named `prefix.…`. */
export function policyNodes(shape: PolicyShape, prefix = "policy"): PolicyNodes {
  const parameters = layoutInputs(policyLayout(shape), prefix);
  const shift = input(`${prefix}.shift`, [shape.observationSize]);
  const factor = input(`${prefix}.factor`, [shape.observationSize]);
  return { inputs: [...parameters, shift, factor], ...policyOf(shape, parameters, { shift, factor }) };
}

/** π_θ of parameters that are nodes already: within a loop, they are carried from round to round. */
export function policyOf(
  shape: PolicyShape,
  parameters: readonly Node[],
  scaling: ScalingNodes,
): Omit<PolicyNodes, "inputs"> {
  return {
    parameters,
    logStd: parameters[parameters.length - 1],
    mean: (observations) => mlp(network(shape), parameters, scaled(observations, scaling)),
  };
}

/** What `policyNodes` is fed for this policy. */
export function policyTensors(
  { shape, parameters, inputs }: GaussianPolicy,
  prefix = "policy",
): Record<string, Tensor> {
  const n = [shape.observationSize];
  return {
    ...unflatten(policyLayout(shape), prefix, parameters),
    [`${prefix}.shift`]: { shape: n, data: inputs.shift },
    [`${prefix}.factor`]: { shape: n, data: inputs.factor },
  };
}

/** π_θ as everybody sees it: u = MLP(s) + σ · noise. */
export function actingNet(policy: GaussianPolicy): ActingNet {
  return {
    key: ["gaussian", policy.shape],
    nodes(prefix) {
      const { inputs, mean, logStd } = policyNodes(policy.shape, prefix);
      return { inputs, mean, act: (observations, noise) => add(mean(observations), mul(exp(logStd), noise)) };
    },
    tensors: (prefix) => policyTensors(policy, prefix),
  };
}
