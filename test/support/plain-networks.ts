import type { MlpShape } from "../../src/nn/mlp.js";
import type { GaussianPolicy } from "../../src/policy/gaussian-policy.js";

const ACTIVATIONS: Readonly<Record<MlpShape["activation"], (y: number) => number>> = {
  relu: (y) => Math.max(y, 0),
  tanh: Math.tanh,
  silu: (y) => y / (1 + Math.exp(-y)),
};

/** A layer shifted and scaled to mean 0 and variance 1. */
function normalized(layer: Float64Array): Float64Array {
  const mean = layer.reduce((a, b) => a + b, 0) / layer.length;
  const variance = layer.reduce((a, b) => a + (b - mean) ** 2, 0) / layer.length;
  return layer.map((y) => (y - mean) / Math.sqrt(variance + 1e-5));
}

/** An MLP written as loops over its flat parameters, in float64: weights [in, out] and biases, layer by layer. */
export function plainMlp(
  { inputSize, hidden, outputSize, activation, layerNorm = false }: MlpShape,
  parameters: ArrayLike<number>,
  x: ArrayLike<number>,
): Float64Array {
  const activate = ACTIVATIONS[activation];
  let layer = Float64Array.from(x);
  let start = 0;
  [...hidden, outputSize].forEach((width, i) => {
    const inputs = i === 0 ? inputSize : hidden[i - 1];
    const biases = start + inputs * width;
    layer = Float64Array.from({ length: width }, (_, j) => {
      let total = parameters[biases + j];
      for (let l = 0; l < inputs; l++) total += layer[l] * parameters[start + l * width + j];
      return total;
    });
    if (i < hidden.length) layer = (layerNorm ? normalized(layer) : layer).map(activate);
    start = biases + width;
  });
  return layer;
}

/** A policy with parameters in float64, so that it can be differentiated numerically. */
export type PlainPolicy = Omit<GaussianPolicy, "parameters"> & { readonly parameters: ArrayLike<number> };

/** μ(s) of a Gaussian policy. */
export function plainMean({ shape, parameters, inputs }: PlainPolicy, s: ArrayLike<number>): Float64Array {
  const network: MlpShape = {
    inputSize: shape.observationSize,
    hidden: shape.hidden,
    outputSize: shape.actionSize,
    activation: "tanh",
  };
  const scaled = Float64Array.from(
    { length: shape.observationSize },
    (_, i) => (s[i] - inputs.shift[i]) * inputs.factor[i],
  );
  return plainMlp(network, parameters, scaled);
}

/** σ of a Gaussian policy. */
export function plainStd({ shape, parameters }: PlainPolicy): Float64Array {
  const { actionSize } = shape;
  return Float64Array.from({ length: actionSize }, (_, j) => Math.exp(parameters[parameters.length - actionSize + j]));
}

/** log π(u|s), with its constant. */
export function plainLogLikelihood(policy: PlainPolicy, s: ArrayLike<number>, u: ArrayLike<number>): number {
  const [mean, std] = [plainMean(policy, s), plainStd(policy)];
  return mean.reduce(
    (total, mu, j) => total - 0.5 * ((u[j] - mu) / std[j]) ** 2 - Math.log(std[j]) - 0.5 * Math.log(2 * Math.PI),
    0,
  );
}

/** D_KL(p(·|s) ‖ q(·|s)) of two diagonal Gaussians. */
export function plainKl(p: PlainPolicy, q: PlainPolicy, s: ArrayLike<number>): number {
  const [m, n, a, b] = [plainMean(p, s), plainMean(q, s), plainStd(p), plainStd(q)];
  return m.reduce(
    (total, mu, j) => total + Math.log(b[j] / a[j]) + (a[j] ** 2 + (mu - n[j]) ** 2) / (2 * b[j] ** 2) - 0.5,
    0,
  );
}
