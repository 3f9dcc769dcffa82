import type { Node } from "../compute/node.js";
import { add, mul, type Operand, slice, softplus, sub, sum } from "../compute/operators.js";
import { type Layout, layout } from "../nn/layout.js";
import { initialMlp, type MlpShape, mlp, mlpTensors, truncatedNormalMlp } from "../nn/mlp.js";
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
  /** Whether where episodes end is another one after it; absent: the task says it. */
  readonly learnsEnds?: true;
  /** σ of each output: none, one number for all inputs, or a function of them. */
  readonly noise: "none" | "constant" | "input";
  /** Bounds on log σ; where they are learned, what they begin at. */
  readonly minLogStd: number;
  readonly maxLogStd: number;
  /** Whether each output learns bounds of its own, on log σ² and with σ a function of inputs (Chua et al. 2018); absent: fixed. */
  readonly learnedBounds?: true;
  /** Whether a sampled step's reward has noise too; absent: no. */
  readonly noisyReward?: true;
  /** So many members side by side, with a leading axis in parameters and rows; absent for one. */
  readonly members?: number;
}

/** Predicted numbers: a change of each entry, and reward and end where they are learned. */
export const outputSize = ({ observationSize, learnsReward, learnsEnds }: GaussianShape): number =>
  observationSize + (learnsReward ? 1 : 0) + (learnsEnds ? 1 : 0);

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
/** Learned bounds of log σ², the last two tensors. */
const BOUNDS = ["minLogVariance", "maxLogVariance"];
/** The log σ of all inputs moves so many times as fast as a weight: Adam's steps of 1e-3 would take 2,000 to its place. */
const LOG_STD_GAIN = 10;

/** Weights and biases, and after them log σ where it is one for all inputs. */
export function gaussianLayout(shape: GaussianShape): Layout {
  const { members, noise, learnedBounds = false } = shape;
  const n = outputSize(shape);
  const own = (name: string) => ({ name, shape: members === undefined ? [n] : [members, 1, n] });
  return layout([
    ...mlpTensors(network(shape)),
    ...(noise === "constant" ? [own(LOG_STD)] : []),
    ...(learnedBounds ? BOUNDS.map(own) : []),
  ]);
}

/** Whether weight decay is for a tensor of this name. */
export const isDecayed = (name: string): boolean => name !== LOG_STD && !BOUNDS.includes(name);

/** New parameters of one member. Draws from rng. */
export function initialGaussian(shape: GaussianShape, rng: Rng): Float32Array {
  const parameters = new Float32Array(gaussianLayout(shape).size);
  if (shape.learnedBounds === undefined) parameters.set(initialMlp(network(shape), rng));
  else {
    const n = outputSize(shape);
    parameters.set(truncatedNormalMlp(network(shape), rng));
    parameters.fill(2 * shape.minLogStd, parameters.length - 2 * n, parameters.length - n);
    parameters.fill(2 * shape.maxLogStd, parameters.length - n);
  }
  return parameters;
}

/** x between two bounds, which it approaches but never reaches, so that it can always come back (Chua et al. 2018, A.1). */
const softlyBetween = (x: Node, low: Operand, high: Operand): Node => {
  const below = sub(high, softplus(sub(high, x)));
  return add(softplus(sub(below, low)), low);
};

/** Weight of Σ (upper bound − lower bound) of log σ², beside E[error²/σ² + log σ²] (Chua et al. 2018, as their code has it). */
const BOUNDS_WEIGHT = 0.01;

/** What learned bounds add to a loss of that size: they close in on what the data ask for. @param parameters as `gaussianLayout` orders them */
export function boundsPenalty(parameters: readonly Node[]): Node {
  const [low, high] = parameters.slice(-2) as [Node, Node];
  return mul(sum(sub(high, low)), BOUNDS_WEIGHT);
}

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
  if (shape.learnedBounds) {
    const [low, high] = parameters.slice(-2) as [Node, Node];
    const logVariance = softlyBetween(slice(output, axis, n, 2 * n), low, high);
    return { mean: slice(output, axis, 0, n), logStd: mul(logVariance, 0.5) };
  }
  const raw = noise === "input" ? slice(output, axis, n, 2 * n) : mul(parameters[parameters.length - 1], LOG_STD_GAIN);
  return { mean: slice(output, axis, 0, n), logStd: softlyBetween(raw, minLogStd, maxLogStd) };
}
