import type { Node } from "../compute/node.js";
import { expandLike, matmul, mul, reshape, sum, transpose } from "../compute/operators.js";
import { gradients } from "../compute/reverse-mode.js";
import { type MlpShape, mlpNodes } from "./mlp.js";

/**
 * A network with one output f, which several losses look at. What a loss says of a row is one number g, its derivative by
 * f of that row; so the way back through the network is made once, for g = 1, and each loss scales its rows.
 */
export interface ScalarMlp {
  /** f(x), [rows, 1]. */
  readonly output: Node;
  /** ∂f/∂x, [rows, inputSize]. */
  readonly slope: Node;
  /** Σ g · ∂f/∂parameter over rows, as the parameters, for g [rows, 1]. */
  gradient(g: Node): readonly Node[];
}

/** The network as nodes, of x [rows, inputSize]; parameters as `mlpTensors` orders them. */
export function scalarMlp(shape: MlpShape, parameters: readonly Node[], x: Node): ScalarMlp {
  const { inputs, sums } = mlpNodes(shape, parameters, x);
  const last = shape.hidden.length;
  const [rows] = x.shape;
  const weight = (layer: number) => parameters[2 * layer];
  // ∂f/∂sums of each hidden layer, from the last down, and at last ∂f/∂x.
  let slope = expandLike(transpose(weight(last)), inputs[last]);
  const back: Node[] = [];
  for (let i = last - 1; i >= 0; i--) {
    [back[i]] = gradients([inputs[i + 1]], [sums[i]], [slope]) as [Node];
    slope = matmul(back[i], weight(i), { transposeB: true });
  }
  return {
    output: sums[last],
    slope,
    gradient(g) {
      const across = reshape(g, [1, rows]);
      const hidden = back.flatMap((each, i) => [
        matmul(mul(inputs[i], g), each, { transposeA: true }),
        reshape(matmul(across, each), [each.shape[1]]),
      ]);
      return [...hidden, matmul(inputs[last], g, { transposeA: true }), sum(g, [0])];
    },
  };
}
