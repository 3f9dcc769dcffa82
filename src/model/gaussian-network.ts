import type { Node } from "../compute/node.js";
import { add, mul, slice, softplus, sub } from "../compute/operators.js";
import { type Layout, layout } from "../nn/layout.js";
import { initialMlp, type MlpShape, mlp, mlpTensors } from "../nn/mlp.js";
import type { Rng } from "../random/rng.js";

/** Sizes of a member that predicts a Gaussian: one network for changes and reward. */
export interface GaussianShape {
  readonly observationSize: number;
  readonly actionSize: number;
  readonly hidden: readonly number[];
  readonly activation: MlpShape["activation"];
  readonly layerNorm: boolean;
  /** Whether the reward is one more output. */
  readonly learnsReward: boolean;
  /** σ of each output: none, one number for all inputs, or a function of them. */
  readonly noise: "none" | "constant" | "input";
  /** Bounds on log σ. */
  readonly minLogStd: number;
  readonly maxLogStd: number;
  /** So many members side by side, with a leading axis in parameters and rows; absent for one. */
  readonly members?: number;
}

/** Predicted numbers: a change of each entry, and the reward where it is learned. */
export const outputSize = ({ observationSize, learnsReward }: GaussianShape): number =>
  observationSize + (learnsReward ? 1 : 0);

function network(shape: GaussianShape): MlpShape {
  const { observationSize, actionSize, hidden, activation, layerNorm, noise, members } = shape;
  return {
    inputSize: observationSize + actionSize,
    hidden,
    outputSize: outputSize(shape) * (noise === "input" ? 2 : 1),
    activation,
    layerNorm,
    ...(members !== undefined && { members }),
  };
}

const LOG_STD = "logStd";
/** The log σ of all inputs moves so many times as fast as a weight: Adam's steps of 1e-3 would take 2,000 to its place. */
const LOG_STD_GAIN = 10;

/** Weights and biases, and after them log σ where it is one for all inputs. */
export function gaussianLayout(shape: GaussianShape): Layout {
  const { members, noise } = shape;
  const n = outputSize(shape);
  const own = { name: LOG_STD, shape: members === undefined ? [n] : [members, 1, n] };
  return layout([...mlpTensors(network(shape)), ...(noise === "constant" ? [own] : [])]);
}

/** Whether weight decay is for a tensor of this name. */
export const isDecayed = (name: string): boolean => name !== LOG_STD;

/** New parameters of one member. Draws from rng. */
export function initialGaussian(shape: GaussianShape, rng: Rng): Float32Array {
  const parameters = new Float32Array(gaussianLayout(shape).size);
  parameters.set(initialMlp(network(shape), rng));
  return parameters;
}

/** x between two bounds, which it approaches but never reaches, so that it can always come back (Chua et al. 2018, A.1). */
const softlyBetween = (x: Node, low: number, high: number): Node => {
  const below = sub(high, softplus(sub(high, x)));
  return add(softplus(sub(below, low)), low);
};

/** What the network says of normalised (s, a), in units of σ_Δ (and of the reward's σ). */
export interface Predicted {
  /** [rows, outputs] */
  readonly mean: Node;
  /** log σ, [rows, outputs], or [outputs] (side by side [members, 1, outputs]) where it is one for all inputs; absent where there is none. */
  readonly logStd?: Node;
}

/** The network as nodes: x [rows, observation size + action size]; parameters as `gaussianLayout` orders them. */
export function predicted(shape: GaussianShape, parameters: readonly Node[], x: Node): Predicted {
  const { noise, minLogStd, maxLogStd } = shape;
  const n = outputSize(shape);
  const output = mlp(network(shape), parameters, x);
  if (noise === "none") return { mean: output };
  const axis = output.shape.length - 1;
  const raw = noise === "input" ? slice(output, axis, n, 2 * n) : mul(parameters[parameters.length - 1], LOG_STD_GAIN);
  return { mean: slice(output, axis, 0, n), logStd: softlyBetween(raw, minLogStd, maxLogStd) };
}
