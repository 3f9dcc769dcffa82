import type { LinearMap } from "../../src/math/conjugate-gradient.js";
import { type GaussianPolicy, logStd } from "../../src/policy/gaussian-policy.js";

/**
 * v ↦ (F + damping · 1) v of a tanh policy written as loops in float64, F = E_s [Jᵀ Σ⁻¹ J] and 2 for each log σ. Inputs
 * are taken as they are: shift 0 and factor 1.
 *
 * @param states [rows, observation size]
 */
export function plainFisher(policy: GaussianPolicy, states: Float32Array, damping: number): LinearMap {
  const { observationSize: n, hidden, actionSize: m } = policy.shape;
  const theta = Float64Array.from(policy.parameters);
  const widths = [n, ...hidden, m];
  const layers = widths.length - 1;
  const starts = [0];
  for (let l = 0; l < layers; l++) starts.push(starts[l] + (widths[l] + 1) * widths[l + 1]);
  const rows = Array.from({ length: states.length / n }, (_, row) => {
    const values: Float64Array[] = [Float64Array.from(states.subarray(row * n, (row + 1) * n))];
    for (let l = 0; l < layers; l++) values.push(layer(l, [[values[l], theta]], l < layers - 1 ? Math.tanh : (x) => x));
    return values;
  });

  /** Σ x W + b over pairs of inputs and parameters; biases are those of the last pair. */
  function layer(
    l: number,
    pairs: readonly (readonly [Float64Array, Float64Array])[],
    then: (y: number, j: number) => number,
  ): Float64Array {
    const [from, to, start] = [widths[l], widths[l + 1], starts[l]];
    const biases = start + from * to;
    const y = pairs[pairs.length - 1][1].slice(biases, biases + to);
    for (const [x, parameters] of pairs)
      for (let i = 0; i < from; i++) for (let j = 0; j < to; j++) y[j] += x[i] * parameters[start + i * to + j];
    return y.map(then);
  }

  return (v) => {
    const product = new Float64Array(v.length);
    for (const values of rows) {
      const slope = (l: number, j: number) => (l < layers - 1 ? 1 - values[l + 1][j] ** 2 : 1);
      let tangent: Float64Array = new Float64Array(n);
      for (let l = 0; l < layers; l++) {
        const pairs = [
          [tangent, theta],
          [values[l], v],
        ] as const;
        tangent = layer(l, pairs, (y, j) => y * slope(l, j));
      }
      let back = tangent.map((y, j) => y * Math.exp(-2 * logStd(policy)[j]));
      for (let l = layers - 1; l >= 0; l--) {
        const [from, to, start] = [widths[l], widths[l + 1], starts[l]];
        back = back.map((y, j) => y * slope(l, j));
        const before = new Float64Array(from);
        for (let i = 0; i < from; i++) {
          for (let j = 0; j < to; j++) {
            product[start + i * to + j] += values[l][i] * back[j];
            before[i] += theta[start + i * to + j] * back[j];
          }
        }
        for (let j = 0; j < to; j++) product[start + from * to + j] += back[j];
        back = before;
      }
    }
    return product.map((y, i) => y / rows.length + (damping + (i < v.length - m ? 0 : 2)) * v[i]);
  };
}
