import type { Engine } from "../compute/engine.js";
import type { Node } from "../compute/node.js";
import { input, mul, reshape, sub } from "../compute/operators.js";
import { explainedVariance } from "../math/statistics.js";
import type { Experience } from "../mdp/experience.js";
import type { Parametric } from "../mdp/parametric.js";
import { layoutInputs, unflatten } from "../nn/layout.js";
import { mlp, mlpLayout } from "../nn/mlp.js";
import type { RegressionSettings } from "../nn/regression.js";
import { fitValue, predictValues, type ValueFunction } from "../policy/value.js";
import type { Rng } from "../random/rng.js";

/** V of what lies beyond a plan's horizon, as a function of nodes: [rows, observation size] → [rows]. */
export type TerminalValue = Parametric<{ value(observations: Node): Node }>;

/** V_ψ as a terminal value. */
export function terminalValue({ shape, learner, inputs, targetScale }: ValueFunction): TerminalValue {
  const layout = mlpLayout(shape);
  const n = shape.inputSize;
  return {
    key: ["value", shape, targetScale],
    nodes(prefix) {
      const parameters = layoutInputs(layout, prefix);
      const [shift, factor] = [input(`${prefix}.shift`, [n]), input(`${prefix}.factor`, [n])];
      return {
        inputs: [...parameters, shift, factor],
        value: (observations) =>
          mul(reshape(mlp(shape, parameters, mul(sub(observations, shift), factor)), ["rows"]), targetScale),
      };
    },
    tensors: (prefix) => ({
      ...unflatten(layout, prefix, learner.parameters),
      [`${prefix}.shift`]: { shape: [n], data: inputs.shift },
      [`${prefix}.factor`]: { shape: [n], data: inputs.factor },
    }),
  };
}

/**
 * V_ψ fitted to what the planner's real episodes came to, with itself beyond their ends and a share of it on the way (TD(λ)):
 *
 *   y_t = r_t + γ m_{t+1} ((1 − λ) V(s_{t+1}) + λ y_{t+1}),  m_{t+1} = 0 where s_{t+1} is terminal
 *
 * and λ = 0 in an episode's last row. Draws from rng.
 */
export async function fitTerminalValue(
  engine: Engine,
  value: ValueFunction,
  data: Experience,
  {
    discount,
    lambda,
    regression,
  }: { readonly discount: number; readonly lambda: number; readonly regression: RegressionSettings },
  rng: Rng,
): Promise<{ readonly value: ValueFunction; readonly explainedVariance: number }> {
  const next = await predictValues(engine, value, data.next);
  const targets = lambdaReturns(data, next, discount, lambda);
  const before = await predictValues(engine, value, data.observations);
  const fitted = await fitValue(engine, value, data.observations, targets, regression, rng);
  return { value: fitted, explainedVariance: explainedVariance(before, targets) };
}

/** y_t of each row of D. @param next V(s_{t+1}), [size] */
export function lambdaReturns(
  { rewards, terminal, episode, size }: Pick<Experience, "rewards" | "terminal" | "episode" | "size">,
  next: Float64Array,
  discount: number,
  lambda: number,
): Float64Array {
  const returns = new Float64Array(size);
  for (let i = size - 1; i >= 0; i--) {
    const goesOn = i + 1 < size && episode[i + 1] === episode[i];
    const beyond = goesOn ? (1 - lambda) * next[i] + lambda * returns[i + 1] : next[i];
    returns[i] = rewards[i] + (terminal[i] === 1 ? 0 : discount * beyond);
  }
  return returns;
}
