import type { Node } from "../compute/node.js";
import { add, concat, minimum, mul, reshape, slice } from "../compute/operators.js";
import { count, type Layout } from "../nn/layout.js";
import { initialMlp, type MlpShape, mlp, mlpLayout, sideBySide } from "../nn/mlp.js";
import { type ScalarMlp, scalarMlp } from "../nn/scalar-mlp.js";
import type { Rng } from "../random/rng.js";

/** Sizes of the critics Q_ψ(s, a), all of one shape. */
export interface CriticShape {
  readonly observationSize: number;
  readonly actionSize: number;
  readonly hidden: readonly number[];
  readonly critics: number;
  /** Absent: SiLU. */
  readonly activation?: "relu";
  /** Absent: yes. */
  readonly layerNorm?: boolean;
}

/** The factor on the last layer at the start: values begin at the centre of their range. */
const LAST_LAYER_SCALE = 0.01;

/** All critics side by side. */
export const criticNetwork = ({ observationSize, actionSize, hidden, critics, ...style }: CriticShape): MlpShape => ({
  inputSize: observationSize + actionSize,
  hidden,
  outputSize: 1,
  activation: style.activation ?? "silu",
  layerNorm: style.layerNorm ?? true,
  members: critics,
});

export const criticLayout = (shape: CriticShape): Layout => mlpLayout(criticNetwork(shape));

/** ψ of all critics side by side. Draws from rng. */
export function initialCritics(shape: CriticShape, rng: Rng): Float32Array {
  const one = oneCritic(shape);
  const each = Array.from({ length: shape.critics }, (_, i) => initialMlp(one, rng.stream(i), LAST_LAYER_SCALE));
  return sideBySide(one, each);
}

/**
 * What the networks say of (s, a), [critics, rows]: values in units of their range, where they have one.
 *
 * @param inputs scaled s and u side by side, [rows, n + m]
 * @param dropped as for `mlp`
 */
export function criticOutputs(
  shape: CriticShape,
  parameters: readonly Node[],
  inputs: Node,
  dropped?: (sums: Node, layer: number) => Node,
): Node {
  const one = reshape(inputs, [1, ...inputs.shape]);
  const each = concat(
    Array.from({ length: shape.critics }, () => one),
    0,
  );
  return reshape(mlp(criticNetwork(shape), parameters, each, dropped), [shape.critics, inputs.shape[0]]);
}

/** One critic alone. */
const oneCritic = (shape: CriticShape): MlpShape => {
  const { members: _, ...one } = criticNetwork(shape);
  return one;
};

/** Each critic's own tensors, as `mlpTensors` orders those of one, cut out of ψ. */
export function eachCritic(shape: CriticShape, flat: Node): readonly (readonly Node[])[] {
  const each: Node[][] = Array.from({ length: shape.critics }, () => []);
  let start = 0;
  for (const tensor of mlpLayout(oneCritic(shape)).tensors) {
    for (const own of each) {
      const end = start + count(tensor.shape);
      own.push(reshape(slice(flat, 0, start, end), tensor.shape));
      start = end;
    }
  }
  return each;
}

/** Tensors of each critic as ψ has them: `eachCritic` the other way round. */
export const criticsTogether = (each: readonly (readonly Node[])[]): Node =>
  concat(
    each[0].flatMap((_, i) => each.map((own) => reshape(own[i], [count(own[i].shape as readonly number[])]))),
    0,
  );

/** A critic by itself, of its own tensors; its output in units of the values' range. */
export const criticAlone = (shape: CriticShape, tensors: readonly Node[], inputs: Node): ScalarMlp =>
  scalarMlp(oneCritic(shape), tensors, inputs);

/** Where values lie: Q = centre + width · output. */
export interface ValueUnits {
  readonly centre: Node;
  readonly width: Node;
}

/** Q of outputs, in units of return. */
export const valuesOf = (outputs: Node, { centre, width }: ValueUnits): Node => add(mul(outputs, width), centre);

/** The smallest of the critics' values, [rows] of [critics, rows]: values are not overestimated by their maximum (Fujimoto et al. 2018). */
export function smallest(values: Node): Node {
  const [critics, rows] = values.shape as [number, number];
  const each = Array.from({ length: critics }, (_, i) => reshape(slice(values, 0, i, i + 1), [rows]));
  return each.reduce(minimum);
}
