import type { Node } from "../compute/node.js";
import { add, layerNorm, matmul, relu, silu, tanh } from "../compute/operators.js";
import { fillNormal, type Rng } from "../random/rng.js";
import { type Layout, layout, networksSideBySide, type ParameterShape } from "./layout.js";

/** A multi-layer perceptron: hidden layers with an activation, then a linear layer. */
export interface MlpShape {
  readonly inputSize: number;
  readonly hidden: readonly number[];
  readonly outputSize: number;
  readonly activation: "relu" | "tanh" | "silu";
  /** Whether hidden layers are normalised before their activation (Ba et al. 2016, without scale and shift); absent: no. */
  readonly layerNorm?: boolean;
  /** So many networks of this shape side by side, which all tensors then have a leading axis for; absent: one, without that axis. */
  readonly members?: number;
}

const ACTIVATIONS = { relu, tanh, silu } as const;

const widths = ({ inputSize, hidden, outputSize }: MlpShape): readonly number[] => [inputSize, ...hidden, outputSize];

/** Weights [in, out] and biases [out] of each layer in turn; side by side, [members, in, out] and [members, 1, out]. */
export function mlpTensors(shape: MlpShape): readonly ParameterShape[] {
  const sizes = widths(shape);
  const { members } = shape;
  return sizes.slice(1).flatMap((out, i) => [
    { name: `weight${i}`, shape: members === undefined ? [sizes[i], out] : [members, sizes[i], out] },
    { name: `bias${i}`, shape: members === undefined ? [out] : [members, 1, out] },
  ]);
}

export function mlpLayout(shape: MlpShape): Layout {
  return layout(mlpTensors(shape));
}

/** The network as nodes, with what goes on inside. */
export interface MlpNodes {
  /** What each layer takes: x, then what the hidden layers give. */
  readonly inputs: readonly Node[];
  /** Sums of each layer, before they are normalised; those of the last are the output. */
  readonly sums: readonly Node[];
}

/**
 * The network as nodes: x [batch, inputSize], or [members, batch, inputSize]; parameters as `mlpTensors` orders them.
 *
 * @param dropped what is left of a hidden layer's sums, before they are normalised; default all of them
 */
export function mlpNodes(
  { hidden, activation, layerNorm: normalized }: MlpShape,
  parameters: readonly Node[],
  x: Node,
  dropped: (sums: Node, layer: number) => Node = (sums) => sums,
): MlpNodes {
  const activate = ACTIVATIONS[activation];
  const inputs = [x];
  const sums: Node[] = [];
  for (let i = 0; i <= hidden.length; i++) {
    const all = add(matmul(inputs[i], parameters[2 * i]), parameters[2 * i + 1]);
    sums.push(i === hidden.length ? all : dropped(all, i));
    if (i < hidden.length) inputs.push(activate(normalized ? layerNorm(sums[i]) : sums[i]));
  }
  return { inputs, sums };
}

/** What comes out of it, [batch, outputSize] or [members, batch, outputSize]; arguments as for `mlpNodes`. */
export const mlp = (...network: Parameters<typeof mlpNodes>): Node => mlpNodes(...network).sums.at(-1)!;

/** Weights and biases uniform in ±1/√(inputs of the layer), the last layer's times `lastLayerScale`; of one network. Draws from rng. */
export function initialMlp(shape: MlpShape, rng: Rng, lastLayerScale = 1): Float32Array {
  const sizes = widths(shape);
  const last = sizes.length - 2;
  return Float32Array.from(
    sizes.slice(1).flatMap((out, i) => {
      const bound = (i === last ? lastLayerScale : 1) / Math.sqrt(sizes[i]);
      return Array.from({ length: (sizes[i] + 1) * out }, () => bound * (2 * rng.uniform() - 1));
    }),
  );
}

/** Weights uniform in ±√(6 / (inputs + outputs of the layer)) and biases 0 (Glorot and Bengio 2010); of one network. Draws from rng. */
export function glorotMlp(shape: MlpShape, rng: Rng): Float32Array {
  const sizes = widths(shape);
  return Float32Array.from(
    sizes.slice(1).flatMap((out, i) => {
      const bound = Math.sqrt(6 / (sizes[i] + out));
      const weights = Array.from({ length: sizes[i] * out }, () => bound * (2 * rng.uniform() - 1));
      return [...weights, ...new Array<number>(out).fill(0)];
    }),
  );
}

/** Weights normal with standard deviation 1 / (2 √inputs of the layer), cut off at two of them, and biases 0; of one network. Draws from rng. */
export function truncatedNormalMlp(shape: MlpShape, rng: Rng): Float32Array {
  const sizes = widths(shape);
  const within = (): number => {
    const [z] = fillNormal(new Float32Array(1), rng);
    return Math.abs(z) <= 2 ? z : within();
  };
  return Float32Array.from(
    sizes.slice(1).flatMap((out, i) => {
      const weights = Array.from({ length: sizes[i] * out }, () => within() / (2 * Math.sqrt(sizes[i])));
      return [...weights, ...new Array<number>(out).fill(0)];
    }),
  );
}

/** The parameters of several networks of one shape as those of all side by side. */
export const sideBySide = (shape: MlpShape, networks: readonly Float32Array[]): Float32Array =>
  networksSideBySide(mlpLayout(shape), networks);
