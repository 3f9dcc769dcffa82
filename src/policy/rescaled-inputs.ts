import type { InputScaling } from "./input-scaling.js";

/**
 * Parameters of a network with other units for its inputs and the same outputs: only the first layer changes,
 *
 *   W′_ij = W_ij f_i / f′_i,   b′_j = b_j + Σ_i W_ij f_i (m′_i − m_i)
 *
 * for inputs (s − m) f that become (s − m′) f′.
 *
 * @param parameters flat, the first layer's weights [inputs, width] and biases [width] in front; not changed
 * @param width of the first layer
 */
export function withInputs(
  parameters: Float32Array,
  width: number,
  { shift, factor }: InputScaling,
  to: InputScaling,
): Float32Array {
  const changed = parameters.slice();
  const inputs = shift.length;
  for (let j = 0; j < width; j++) {
    let bias = parameters[inputs * width + j];
    for (let i = 0; i < inputs; i++) {
      const weight = parameters[i * width + j] * factor[i];
      changed[i * width + j] = weight / to.factor[i];
      bias += weight * (to.shift[i] - shift[i]);
    }
    changed[inputs * width + j] = bias;
  }
  return changed;
}
