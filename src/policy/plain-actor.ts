import type { Actor } from "../mdp/actor.js";
import { type GaussianPolicy, logStd } from "./gaussian-policy.js";

/**
 * π_θ made ready to act without an engine, by loops in double precision: u = MLP(s) + σ · noise. For a row or ten of a small network the
 * way to another thread and back takes longer than the arithmetic.
 */
export function plainActor(policy: GaussianPolicy): Actor {
  const { shape, parameters, inputs } = policy;
  const { observationSize: n, actionSize: m, hidden } = shape;
  const widths = [n, ...hidden, m];
  const layers = widths.map((width) => new Float64Array(width));
  const std = logStd(policy).map(Math.exp);
  /** Puts the mean action of a state into the last layer. */
  const forward = (observations: Float32Array, row: number) => {
    for (let i = 0; i < n; i++) layers[0][i] = (observations[row * n + i] - inputs.shift[i]) * inputs.factor[i];
    let start = 0;
    for (let l = 1; l < widths.length; l++) {
      const [x, y, width] = [layers[l - 1], layers[l], widths[l]];
      const biases = start + x.length * width;
      for (let j = 0; j < width; j++) y[j] = parameters[biases + j];
      for (let i = 0; i < x.length; i++) {
        const [xi, from] = [x[i], start + i * width];
        for (let j = 0; j < width; j++) y[j] += xi * parameters[from + j];
      }
      if (l < widths.length - 1) for (let j = 0; j < width; j++) y[j] = Math.tanh(y[j]);
      start = biases + width;
    }
    return layers[layers.length - 1];
  };
  return {
    async act(observations, noise) {
      const actions = new Float32Array(noise.length);
      for (let row = 0; row < noise.length / m; row++) {
        const mean = forward(observations, row);
        for (let j = 0; j < m; j++) actions[row * m + j] = mean[j] + std[j] * noise[row * m + j];
      }
      return actions;
    },
    release: async () => {},
  };
}
