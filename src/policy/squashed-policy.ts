import type { Node } from "../compute/node.js";
import {
  add,
  clip,
  constant,
  exp,
  input,
  matmul,
  mul,
  slice,
  softplus,
  square,
  sub,
  sum,
  tanh,
} from "../compute/operators.js";
import type { ActingNet } from "../mdp/parametric.js";
import { type Layout, layoutInputs, unflatten } from "../nn/layout.js";
import { initialMlp, type MlpShape, mlp, mlpLayout } from "../nn/mlp.js";
import type { Rng } from "../random/rng.js";
import { type InputScaling, type ScalingNodes, scaled } from "./input-scaling.js";

/** Sizes of π_θ. */
export interface ActorShape {
  readonly observationSize: number;
  readonly hidden: readonly number[];
  readonly actionSize: number;
  /** Absent: SiLU. */
  readonly activation?: "relu";
  /** How log σ is bounded: clipped to −20 … 2 as its authors do; absent: by tanh to −5 … 1. */
  readonly spread?: "clipped";
}

/** π_θ: u = tanh(μ(s) + σ(s) · noise), in units of the half-width of the action box (Haarnoja et al. 2018, appendix C). */
export interface SquashedPolicy {
  readonly shape: ActorShape;
  /** θ, flat. */
  readonly parameters: Float32Array;
  readonly inputs: InputScaling;
}

/** log σ = centre + width · tanh(·): within e⁻⁵ and e¹, e⁻² at the start. */
const LOG_STD = { centre: -2, width: 3 } as const;
/** Where a clipped log σ ends. */
const CLIPPED_LOG_STD = { low: -20, high: 2 } as const;
/** The factor on the last layer at the start: the first actor is nearly the same in every state. */
const LAST_LAYER_SCALE = 0.01;

/** The actor's network: μ and log σ side by side. */
export const actorNetwork = ({ observationSize, hidden, actionSize, activation }: ActorShape): MlpShape => ({
  inputSize: observationSize,
  hidden,
  outputSize: 2 * actionSize,
  activation: activation ?? "silu",
});

export const actorLayout = (shape: ActorShape): Layout => mlpLayout(actorNetwork(shape));

/** θ at the start. Draws from rng. */
export const initialActor = (shape: ActorShape, rng: Rng): Float32Array =>
  initialMlp(actorNetwork(shape), rng, LAST_LAYER_SCALE);

/** μ(s) and log σ(s) before tanh, [rows, action size] each, of parameters as `actorLayout` orders them. */
export function actorHeads(
  shape: ActorShape,
  parameters: readonly Node[],
  inputs: ScalingNodes,
  observations: Node,
): { readonly mean: Node; readonly logStd: Node } {
  const m = shape.actionSize;
  const heads = mlp(actorNetwork(shape), parameters, scaled(observations, inputs));
  const raw = slice(heads, 1, m, 2 * m);
  const logStd =
    shape.spread === "clipped"
      ? clip(raw, CLIPPED_LOG_STD.low, CLIPPED_LOG_STD.high)
      : add(mul(tanh(raw), LOG_STD.width), LOG_STD.centre);
  return { mean: slice(heads, 1, 0, m), logStd };
}

/**
 * log π(u|s) of u = tanh(x), x = μ + σ · noise, [rows]:
 *
 *   Σ −½ noise² − log σ − ½ log 2π − log(1 − tanh² x),   log(1 − tanh² x) = 2 (log 2 − x − softplus(−2x))
 */
export function logLikelihood(beforeTanh: Node, logStd: Node, noise: Node): Node {
  const slope = mul(add(add(beforeTanh, softplus(mul(beforeTanh, -2))), -Math.LN2), 2); // −log(1 − tanh²)
  const normal = add(add(mul(square(noise), 0.5), logStd), 0.5 * Math.log(2 * Math.PI));
  return sum(sub(slope, normal), [1]);
}

/** π_θ as everybody sees it. */
export function actingNet({ shape, parameters, inputs }: SquashedPolicy): ActingNet {
  const n = [shape.observationSize];
  return {
    key: ["squashed", shape],
    nodes(prefix) {
      const tensors = layoutInputs(actorLayout(shape), prefix);
      const scaling = { shift: input(`${prefix}.shift`, n), factor: input(`${prefix}.factor`, n) };
      return {
        inputs: [...tensors, scaling.shift, scaling.factor],
        mean: (observations) => tanh(actorHeads(shape, tensors, scaling, observations).mean),
        act(observations, noise) {
          const { mean, logStd } = actorHeads(shape, tensors, scaling, observations);
          return tanh(add(mean, mul(exp(logStd), noise)));
        },
      };
    },
    tensors: (prefix) => ({
      ...unflatten(actorLayout(shape), prefix, parameters),
      [`${prefix}.shift`]: { shape: n, data: inputs.shift },
      [`${prefix}.factor`]: { shape: n, data: inputs.factor },
    }),
  };
}

/** Who gathers the first samples: u = tanh(noise), spread nearly evenly over the box, whatever the state. */
export const randomNet = (shape: ActorShape): ActingNet => blindNet(shape, "spread", tanh);

/** The same, spread evenly: u = 2 Φ(noise) − 1, with Φ as Hendrycks and Gimpel (2016) approximate it, off by 5·10⁻⁴ at most. */
export const uniformNet = (shape: ActorShape): ActingNet =>
  blindNet(shape, "uniform", (z) => tanh(mul(mul(z, add(mul(square(z), 0.044715), 1)), Math.sqrt(2 / Math.PI))));

/** Acts by its noise alone. */
function blindNet({ observationSize, actionSize }: ActorShape, key: string, of: (noise: Node) => Node): ActingNet {
  const nowhere = constant(new Array(observationSize * actionSize).fill(0), [observationSize, actionSize]);
  return {
    key: [key, observationSize, actionSize],
    nodes: () => ({
      inputs: [],
      mean: (observations) => matmul(observations, nowhere),
      act: (_, noise) => of(noise),
    }),
    tensors: () => ({}),
  };
}
