import type { Tensor } from "../compute/engine.js";
import type { Node } from "../compute/node.js";
import { add, clip, concat, div, gate, input, maximum, mul, sub } from "../compute/operators.js";
import { columnStatistics } from "../math/statistics.js";
import type { RealSteps } from "../mdp/one-step.js";
import type { Space } from "../mdp/task.js";
import { layoutInputs, unflatten } from "../nn/layout.js";
import { initialMlp, type MlpShape, mlp, mlpLayout, sideBySide } from "../nn/mlp.js";
import { freshLearner, type Learner } from "../nn/regression.js";
import type { Rng } from "../random/rng.js";

/** Sizes of M_φ. */
export interface ModelShape {
  readonly observationSize: number;
  readonly actionSize: number;
  readonly hidden: readonly number[];
  /** Widths of the reward network's hidden layers; null where the reward is known. */
  readonly rewardHidden: readonly number[] | null;
  /** Whether the reward network says where episodes end too; absent: the task does. */
  readonly learnsEnds?: true;
  /** So many members side by side, with a leading axis in parameters and rows; absent for one. */
  readonly members?: number;
}

/** Normalisation, taken from the buffer at each fit (App. B, model details). */
export interface ModelScaling {
  /** μ of (s, a), [observation size + action size]. */
  readonly inputShift: Float32Array;
  /** 1/σ of (s, a); 0 where an entry never changes, so that it does not enter. */
  readonly inputFactor: Float32Array;
  /** What Δ is centred by, [observation size]; 0 in the paper. */
  readonly deltaShift: Float32Array;
  /** σ_Δ, [observation size]; 0 where an entry never changes, which holds it fixed. */
  readonly deltaScale: Float32Array;
  /** Bounds on predicted states: the task's own, and `reach` σ around the data's mean. */
  readonly low: Float32Array;
  readonly high: Float32Array;
  /** Centre and spread of rewards, for a learned reward. */
  readonly rewardShift: number;
  readonly rewardScale: number;
}

/** One model of the ensemble, with its optimisers. */
export interface Member {
  readonly dynamics: Learner;
  readonly reward: Learner | null;
}

/** {M_φ}: s′ = s + σ_Δ · MLP_φ((s − μ_s)/σ_s, (a − μ_a)/σ_a), once per member. */
export interface Ensemble {
  readonly shape: ModelShape;
  readonly scaling: ModelScaling;
  readonly members: readonly Member[];
  /** Real samples with a smaller index have been fitted; later ones are fresh. */
  readonly seenSamples: number;
}

const beside = ({ members }: ModelShape) => (members === undefined ? {} : { members });

export function dynamicsNetwork(shape: ModelShape): MlpShape {
  const { observationSize: n, actionSize: m, hidden } = shape;
  return { inputSize: n + m, hidden, outputSize: n, activation: "relu", ...beside(shape) };
}

export function rewardNetwork(shape: ModelShape): MlpShape {
  const { observationSize: n, actionSize: m, rewardHidden, learnsEnds } = shape;
  const outputSize = learnsEnds ? 2 : 1;
  return { inputSize: 2 * n + m, hidden: rewardHidden ?? [], outputSize, activation: "relu", ...beside(shape) };
}

/** New weights for one member. Draws from rng. */
export function initialMember(shape: ModelShape, rng: Rng): Member {
  return {
    dynamics: freshLearner(initialMlp(dynamicsNetwork(shape), rng.stream("dynamics"))),
    reward: shape.rewardHidden === null ? null : freshLearner(initialMlp(rewardNetwork(shape), rng.stream("reward"))),
  };
}

/** M_0: random networks that have seen nothing and predict no change. Draws from rng. */
export function initialEnsemble(shape: ModelShape, size: number, rng: Rng): Ensemble {
  const { observationSize: n, actionSize: m } = shape;
  return {
    shape,
    scaling: {
      inputShift: new Float32Array(n + m),
      inputFactor: new Float32Array(n + m).fill(1),
      deltaShift: new Float32Array(n),
      deltaScale: new Float32Array(n),
      low: new Float32Array(n).fill(Number.NEGATIVE_INFINITY),
      high: new Float32Array(n).fill(Number.POSITIVE_INFINITY),
      rewardShift: 0,
      rewardScale: 1,
    },
    members: Array.from({ length: size }, (_, i) => initialMember(shape, rng.stream(i))),
    seenSamples: 0,
  };
}

/** What a model is fitted to, row by row. */
export interface ModelData extends RealSteps {
  /** R(s, a, s′), [size]. */
  readonly rewards: Float32Array;
  /** 1 where s′ is terminal, [size]: for who learns where episodes end. */
  readonly terminal?: Uint8Array;
}

/** s′ − s, [size, observation size]. */
export function deltas({ observations, next }: ModelData): Float32Array {
  return next.map((x, i) => x - observations[i]);
}

/** (s, a) side by side, [size, observation size + action size]. */
export function stateActions({ size, observations, actions }: ModelData): Float32Array {
  const [n, m] = [observations.length / size, actions.length / size];
  const joined = new Float32Array(size * (n + m));
  for (let i = 0; i < size; i++) {
    joined.set(observations.subarray(i * n, (i + 1) * n), i * (n + m));
    joined.set(actions.subarray(i * m, (i + 1) * m), i * (n + m) + n);
  }
  return joined;
}

/** Spread under which an entry counts as never changing. */
const UNCHANGING = 1e-8;
/** Far outside of what happens, but finite. */
const REACH = 100;
/** Nothing is divided by less. */
const LEAST_SCALE = 1e-30;

/**
 * The normalisation of a data set.
 *
 * @param reach predicted states stay within so many σ of the data's mean; default 100
 */
export function modelScaling(
  data: ModelData,
  space: Space,
  options: { readonly scale: "std" | "mean-absolute"; readonly centerDelta: boolean; readonly reach?: number },
): ModelScaling {
  const n = space.size;
  const joint = stateActions(data);
  const input = columnStatistics(joint, joint.length / data.size, options.scale);
  const delta = columnStatistics(deltas(data), n, options.scale);
  const reward = columnStatistics(data.rewards, 1, options.scale);
  const moves = (spread: number) => !(spread <= UNCHANGING); // what is not a number must show, not count as constant
  const reach = (i: number) =>
    moves(input.spread[i]) ? (options.reach ?? REACH) * input.spread[i] : Number.POSITIVE_INFINITY;
  return {
    inputShift: Float32Array.from(input.mean),
    inputFactor: Float32Array.from(input.spread, (spread) => (moves(spread) ? 1 / spread : 0)),
    deltaShift: Float32Array.from(delta.mean, (x, i) => (options.centerDelta && moves(delta.spread[i]) ? x : 0)),
    deltaScale: Float32Array.from(delta.spread, (spread) => (moves(spread) ? spread : 0)),
    low: Float32Array.from(space.low, (low, i) => Math.max(low, input.mean[i] - reach(i))),
    high: Float32Array.from(space.high, (high, i) => Math.min(high, input.mean[i] + reach(i))),
    rewardShift: reward.mean[0],
    rewardScale: moves(reward.spread[0]) ? reward.spread[0] : 0,
  };
}

/** The graph side of one member. */
export interface ModelNodes {
  readonly inputs: readonly Node[];
  /** MLP_φ: Δ in units of σ_Δ, of observations [batch, n] and executed actions [batch, m], [batch, n]. */
  change(observations: Node, actions: Node): Node;
  /** The same with what Δ is centred by, [batch, n]: 0 in the paper. */
  wholeChange(observations: Node, actions: Node): Node;
  /** s′ of observations [batch, n] and executed actions [batch, m], [batch, n]. */
  next(observations: Node, actions: Node): Node;
}

export const lastAxis = ({ shape }: Node): number => shape.length - 1;

/** The nodes of a member, its inputs named `prefix.…`. */
export function modelNodes(shape: ModelShape, prefix = "model"): ModelNodes {
  const { observationSize: n, actionSize: m } = shape;
  const network = dynamicsNetwork(shape);
  const parameters = layoutInputs(mlpLayout(network), prefix);
  const named = (name: string, size: number) => input(`${prefix}.${name}`, [size]);
  const [inputShift, inputFactor] = [named("inputShift", n + m), named("inputFactor", n + m)];
  const [deltaShift, deltaScale] = [named("deltaShift", n), named("deltaScale", n)];
  const [low, high] = [named("low", n), named("high", n)];
  const change = (observations: Node, actions: Node) =>
    mlp(
      network,
      parameters,
      mul(sub(concat([observations, actions], lastAxis(observations)), inputShift), inputFactor),
    );
  return {
    inputs: [...parameters, inputShift, inputFactor, deltaShift, deltaScale, low, high],
    change,
    wholeChange(observations, actions) {
      const centre = gate(deltaScale, div(deltaShift, maximum(deltaScale, LEAST_SCALE))); // 0 where an entry never changes
      return add(change(observations, actions), centre);
    },
    next(observations, actions) {
      const delta = add(mul(change(observations, actions), deltaScale), deltaShift);
      return clip(add(observations, delta), low, high);
    },
  };
}

/** What `modelNodes` is fed for a member. */
export function modelTensors({ shape, scaling }: Ensemble, member: Member, prefix = "model"): Record<string, Tensor> {
  return scaledTensors(shape, scaling, member.dynamics.parameters, prefix);
}

/** What the nodes of all members side by side are fed. */
export function allModelTensors({ shape, scaling, members }: Ensemble, prefix: string): Record<string, Tensor> {
  const parameters = sideBySide(
    dynamicsNetwork(shape),
    members.map(({ dynamics }) => dynamics.parameters),
  );
  return scaledTensors({ ...shape, members: members.length }, scaling, parameters, prefix);
}

function scaledTensors(
  shape: ModelShape,
  scaling: ModelScaling,
  parameters: Float32Array,
  prefix: string,
): Record<string, Tensor> {
  const named = (["inputShift", "inputFactor", "deltaShift", "deltaScale", "low", "high"] as const).map((name) => [
    `${prefix}.${name}`,
    { shape: [scaling[name].length], data: scaling[name] },
  ]);
  return {
    ...unflatten(mlpLayout(dynamicsNetwork(shape)), prefix, parameters),
    ...Object.fromEntries(named),
  };
}
