import type { Tensor } from "../compute/engine.js";
import type { Node } from "../compute/node.js";
import { add, concat, input, mul, reshape, sub } from "../compute/operators.js";
import { layoutInputs, unflatten } from "../nn/layout.js";
import { mlp, mlpLayout, sideBySide } from "../nn/mlp.js";
import type { RegressionData } from "../nn/regression.js";
import {
  type Ensemble,
  lastAxis,
  type Member,
  type ModelData,
  type ModelScaling,
  type ModelShape,
  rewardNetwork,
} from "./ensemble.js";

/** How (s, a, s′) is normalised: s′ like s. */
function tripleScaling(
  { inputShift, inputFactor }: ModelScaling,
  observationSize: number,
): { shift: Float32Array; factor: Float32Array } {
  const twice = (x: Float32Array) => Float32Array.of(...x, ...x.subarray(0, observationSize));
  return { shift: twice(inputShift), factor: twice(inputFactor) };
}

/** The normalised regression problem of r̂(s, a, s′). */
export function rewardRegressionData(data: ModelData, scaling: ModelScaling): RegressionData {
  const { size: samples, observations, actions, next, rewards } = data;
  const [n, m] = [observations.length / samples, actions.length / samples];
  const { shift, factor } = tripleScaling(scaling, n);
  const width = 2 * n + m;
  const inputs = new Float32Array(samples * width);
  for (let i = 0; i < samples; i++) {
    inputs.set(observations.subarray(i * n, (i + 1) * n), i * width);
    inputs.set(actions.subarray(i * m, (i + 1) * m), i * width + n);
    inputs.set(next.subarray(i * n, (i + 1) * n), i * width + n + m);
  }
  for (let i = 0; i < inputs.length; i++) inputs[i] = (inputs[i] - shift[i % width]) * factor[i % width];
  const inverse = scaling.rewardScale === 0 ? 0 : 1 / scaling.rewardScale;
  return {
    samples,
    inputs,
    targets: rewards.map((r) => (r - scaling.rewardShift) * inverse),
    weights: Float32Array.of(1),
  };
}

/** The graph side of a learned reward: inputs named `prefix.…`. */
export function rewardNodes(
  shape: ModelShape,
  prefix = "reward",
): {
  readonly inputs: readonly Node[];
  reward(observations: Node, actions: Node, next: Node): Node;
} {
  const network = rewardNetwork(shape);
  const parameters = layoutInputs(mlpLayout(network), prefix);
  const shift = input(`${prefix}.shift`, [network.inputSize]);
  const factor = input(`${prefix}.factor`, [network.inputSize]);
  const outputShift = input(`${prefix}.outputShift`, []);
  const outputScale = input(`${prefix}.outputScale`, []);
  return {
    inputs: [...parameters, shift, factor, outputShift, outputScale],
    reward(observations, actions, next) {
      const normalized = mul(sub(concat([observations, actions, next], lastAxis(next)), shift), factor);
      const output = add(mul(mlp(network, parameters, normalized), outputScale), outputShift);
      return reshape(output, output.shape.slice(0, -1));
    },
  };
}

/** What `rewardNodes` is fed for a member. */
export function rewardTensors({ shape, scaling }: Ensemble, member: Member, prefix = "reward"): Record<string, Tensor> {
  return scaledTensors(shape, scaling, member.reward!.parameters, prefix);
}

/** What the nodes of all members side by side are fed. */
export function allRewardTensors({ shape, scaling, members }: Ensemble, prefix: string): Record<string, Tensor> {
  const parameters = sideBySide(
    rewardNetwork(shape),
    members.map(({ reward }) => reward!.parameters),
  );
  return scaledTensors({ ...shape, members: members.length }, scaling, parameters, prefix);
}

function scaledTensors(
  shape: ModelShape,
  scaling: ModelScaling,
  parameters: Float32Array,
  prefix: string,
): Record<string, Tensor> {
  const { shift, factor } = tripleScaling(scaling, shape.observationSize);
  return {
    ...unflatten(mlpLayout(rewardNetwork(shape)), prefix, parameters),
    [`${prefix}.shift`]: { shape: [shift.length], data: shift },
    [`${prefix}.factor`]: { shape: [factor.length], data: factor },
    [`${prefix}.outputShift`]: { shape: [], data: Float32Array.of(scaling.rewardShift) },
    [`${prefix}.outputScale`]: { shape: [], data: Float32Array.of(scaling.rewardScale) },
  };
}
