import type { MlpShape } from "../dist/nn/mlp.js";

/*
 * Floating-point operations of matrix products, counted from the sizes of a network: an [m, k] × [k, n] product has
 * m·n·k multiplications and as many additions, 2·m·k·n in all. Nothing else is counted: elementwise passes, Adam, sums and
 * copies are what the distance to the floor is made of. test/bench/flops.test.ts counts the products of the graphs.
 */

/** Entries of each layer's weight matrix. */
function layerWeights({ inputSize, hidden, outputSize }: MlpShape): readonly number[] {
  const widths = [inputSize, ...hidden, outputSize];
  return widths.slice(1).map((width, i) => width * widths[i]);
}

const total = (weights: readonly number[]): number => weights.reduce((sum, w) => sum + w, 0);

/** f(x) for `rows` rows: each weight once. */
export function forwardFlops(shape: MlpShape, rows: number): number {
  return 2 * rows * total(layerWeights(shape));
}

/**
 * Loss and gradient over a minibatch: each weight once forward, once for its own gradient, and once to hand the gradient
 * to the layer below, of which the first layer has none.
 */
export function gradientFlops(shape: MlpShape, rows: number): number {
  const weights = layerWeights(shape);
  return 2 * rows * (3 * total(weights) - weights[0]);
}

/**
 * Jᵀ D J v over `rows` rows. Forward: the hidden layers only, as the output itself is not needed. Jv: in each layer the
 * input times v's matrix and, but for the first layer, the tangent times the weights. Jᵀ: as in `gradientFlops`.
 */
export function fisherFlops(shape: MlpShape, rows: number): number {
  const weights = layerWeights(shape);
  const [all, first, last] = [total(weights), weights[0], weights[weights.length - 1]];
  return 2 * rows * (all - last + (2 * all - first) + (2 * all - first));
}
