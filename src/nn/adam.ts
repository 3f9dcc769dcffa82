import type { Node } from "../compute/node.js";
import { add, div, mul, sqrt, sub } from "../compute/operators.js";

/** Adam's moments (Kingma and Ba 2015), flat like the parameters, and how many steps they have seen. */
export interface AdamState {
  /** First moment over 1 − β₁. */
  readonly first: Float32Array;
  /** Second moment over 1 − β₂. */
  readonly second: Float32Array;
  readonly steps: number;
}

const BETA_1 = 0.9;
const BETA_2 = 0.999;
const EPSILON = 1e-8;

export function initialAdam(size: number): AdamState {
  return { first: new Float32Array(size), second: new Float32Array(size), steps: 0 };
}

/**
 * Step sizes and ε for the steps after `state`, with both bias corrections and the moments' scaling folded in:
 * the graph then needs ten passes over each parameter instead of twelve.
 *
 * @param finalLearningRate where the step size goes to on a straight line over these steps; default: it stays
 * @returns with the step sizes as they are, for what does not go through the moments
 */
export function adamSchedule(
  state: AdamState,
  learningRate: number,
  steps: number,
  finalLearningRate = learningRate,
): { readonly rates: Float32Array; readonly epsilons: Float32Array; readonly stepSizes: Float32Array } {
  const rates = new Float32Array(steps);
  const epsilons = new Float32Array(steps);
  const stepSizes = new Float32Array(steps);
  for (let i = 0; i < steps; i++) {
    const t = state.steps + i + 1;
    const first = (1 - BETA_1) / (1 - BETA_1 ** t);
    const second = Math.sqrt((1 - BETA_2) / (1 - BETA_2 ** t));
    const rate = learningRate + (steps === 1 ? 0 : i / (steps - 1)) * (finalLearningRate - learningRate);
    rates[i] = (rate * first) / second;
    epsilons[i] = EPSILON / second;
    stepSizes[i] = rate;
  }
  return { rates, epsilons, stepSizes };
}

/**
 * One Adam step of one tensor, as nodes; `rate` and `epsilon` are scalars from `adamSchedule`.
 *
 * @param decay share of the parameter that the step takes off beside (AdamW, Loshchilov and Hutter 2019), a scalar: step
 *   size times weight decay; default none
 */
export function adamStep(
  {
    parameter,
    gradient,
    first,
    second,
  }: { readonly parameter: Node; readonly gradient: Node; readonly first: Node; readonly second: Node },
  rate: Node,
  epsilon: Node,
  decay?: Node,
): { readonly parameter: Node; readonly first: Node; readonly second: Node } {
  const newFirst = add(mul(first, BETA_1), gradient);
  const newSecond = add(mul(second, BETA_2), mul(gradient, gradient));
  const adam = mul(div(newFirst, add(sqrt(newSecond), epsilon)), rate);
  // Added to the step, not to the parameter: a share of 1e-8 of that alone would be rounded away.
  const step = decay === undefined ? adam : add(adam, mul(parameter, decay));
  return { parameter: sub(parameter, step), first: newFirst, second: newSecond };
}
