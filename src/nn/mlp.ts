import type { Node } from "../compute/node.js";
import { add, matmul, relu, tanh } from "../compute/operators.js";
import type { Rng } from "../random/rng.js";
import { type Layout, layout, type ParameterShape } from "./layout.js";

/** A multi-layer perceptron: hidden layers with an activation, then a linear layer. */
export interface MlpShape {
  readonly inputSize: number;
  readonly hidden: readonly number[];
  readonly outputSize: number;
  readonly activation: "relu" | "tanh";
}

const widths = ({ inputSize, hidden, outputSize }: MlpShape): readonly number[] => [inputSize, ...hidden, outputSize];

/** Weights [in, out] and biases [out] of each layer in turn. */
export function mlpTensors(shape: MlpShape): readonly ParameterShape[] {
  const sizes = widths(shape);
  return sizes.slice(1).flatMap((out, i) => [
    { name: `weight${i}`, shape: [sizes[i]!, out] },
    { name: `bias${i}`, shape: [out] },
  ]);
}

export function mlpLayout(shape: MlpShape): Layout {
  return layout(mlpTensors(shape));
}

/** The network as nodes: x [batch, inputSize] → [batch, outputSize]; parameters as `mlpTensors` orders them. */
export function mlp({ hidden, activation }: MlpShape, parameters: readonly Node[], x: Node): Node {
  const activate = activation === "relu" ? relu : tanh;
  let y = x;
  for (let i = 0; i <= hidden.length; i++) {
    y = add(matmul(y, parameters[2 * i]!), parameters[2 * i + 1]!);
    if (i < hidden.length) y = activate(y);
  }
  return y;
}

/** Weights and biases uniform in ±1/√(inputs of the layer), the last layer's times `lastLayerScale`. Draws from rng. */
export function initialMlp(shape: MlpShape, rng: Rng, lastLayerScale = 1): Float32Array {
  const sizes = widths(shape);
  const last = sizes.length - 2;
  return Float32Array.from(
    sizes.slice(1).flatMap((out, i) => {
      const bound = (i === last ? lastLayerScale : 1) / Math.sqrt(sizes[i]!);
      return Array.from({ length: (sizes[i]! + 1) * out }, () => bound * (2 * rng.uniform() - 1));
    }),
  );
}
