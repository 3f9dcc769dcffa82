import type { Tensor } from "../compute/engine.js";
import type { Node } from "../compute/node.js";
import { add, concat, input, mul, reshape, slice, sub } from "../compute/operators.js";
import type { DynamicsStep } from "../mdp/parametric.js";
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
import { aliveBelow, endWeight } from "./learned-ends.js";

/** How (s, a, s′) is normalised: s′ like s. */
function tripleScaling(
  { inputShift, inputFactor }: ModelScaling,
  observationSize: number,
): { shift: Float32Array; factor: Float32Array } {
  const twice = (x: Float32Array) => Float32Array.of(...x, ...x.subarray(0, observationSize));
  return { shift: twice(inputShift), factor: twice(inputFactor) };
}

/** The normalised regression problem of r̂(s, a, s′), and beside it of the probability that s′ is terminal where ends are learned. */
export function rewardRegressionData(data: ModelData, scaling: ModelScaling, learnsEnds = false): RegressionData {
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
  const units = rewards.map((r) => (r - scaling.rewardShift) * inverse);
  if (!learnsEnds) return { samples, inputs, targets: units, weights: Float32Array.of(1) };
  const terminal = data.terminal!;
  const targets = Float32Array.from({ length: 2 * samples }, (_, i) => (i % 2 === 0 ? units : terminal)[i >> 1]);
  return { samples, inputs, targets, weights: Float32Array.of(1, endWeight(terminal)) };
}

/** The graph side of a learned reward: inputs named `prefix.…`. */
export function rewardNodes(
  shape: ModelShape,
  prefix = "reward",
): {
  readonly inputs: readonly Node[];
  said(observations: Node, actions: Node, next: Node): Pick<DynamicsStep, "alive"> & { readonly reward: Node };
} {
  const network = rewardNetwork(shape);
  const parameters = layoutInputs(mlpLayout(network), prefix);
  const shift = input(`${prefix}.shift`, [network.inputSize]);
  const factor = input(`${prefix}.factor`, [network.inputSize]);
  const outputShift = input(`${prefix}.outputShift`, []);
  const outputScale = input(`${prefix}.outputScale`, []);
  return {
    inputs: [...parameters, shift, factor, outputShift, outputScale],
    said(observations, actions, next) {
      const normalized = mul(sub(concat([observations, actions, next], lastAxis(next)), shift), factor);
      const outputs = mlp(network, parameters, normalized);
      const reward = shape.learnsEnds ? slice(outputs, lastAxis(outputs), 0, 1) : outputs;
      const paid = add(mul(reward, outputScale), outputShift);
      return {
        reward: reshape(paid, paid.shape.slice(0, -1)),
        ...(shape.learnsEnds && { alive: aliveBelow(slice(outputs, lastAxis(outputs), 1, 2)) }),
      };
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
