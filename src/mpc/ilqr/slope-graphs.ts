import { cached, cachedFor } from "../../compute/cached.js";
import { jacobianVectorProducts } from "../../compute/forward-mode.js";
import { type Graph, graph } from "../../compute/graph.js";
import { constant, expandLike, input } from "../../compute/operators.js";
import { gradients } from "../../compute/reverse-mode.js";
import type { DynamicsNet } from "../../mdp/parametric.js";
import type { Task, TaskGraphs } from "../../mdp/task.js";
import type { TerminalValue } from "../terminal-value.js";

type Sizes = Pick<Task, "observation" | "action">;

/**
 * Rows of a member's Jacobians: yᵀ ∂s′/∂s and yᵀ ∂s′/∂a, a cotangent y for each row; where the member says a reward,
 * z ∂r̂/∂s and z ∂r̂/∂a are added. Reverse mode: a Jacobian takes n rows, where forward mode would take n + m.
 *
 * Inputs: `states` [rows, n], `actions` [rows, m], `chance` [rows, noise size], `cotangents` y [rows, n], `ofReward` z [rows]; `model.…`.
 * Outputs: `byState` [rows, n], `byAction` [rows, m].
 */
export function jacobianGraph({ observation, action }: Sizes, member: DynamicsNet): Graph {
  const [n, m] = [observation.size, action.size];
  return cached(["Jacobians", member.key, n, m], () => {
    const model = member.nodes("model");
    const [states, actions] = [input("states", ["rows", n]), input("actions", ["rows", m])];
    const chance = member.noiseSize === 0 ? undefined : input("chance", ["rows", member.noiseSize]);
    const [cotangents, ofReward] = [input("cotangents", ["rows", n]), input("ofReward", ["rows"])];
    const { next, reward } = model.step(states, actions, chance);
    const [byState, byAction] =
      reward === undefined
        ? gradients([next], [states, actions], [cotangents])
        : gradients([next, reward], [states, actions], [cotangents, ofReward]);
    return graph(
      "Jacobians",
      [states, actions, ...(chance ? [chance] : []), cotangents, ...(reward ? [ofReward] : []), ...model.inputs],
      { byState, byAction },
    );
  });
}

/**
 * Slopes of a task's reward, and its second derivatives along a direction, as the task's own graph has them (forward over reverse).
 *
 * Inputs: `states`, `actions`, `next` and a direction for each, `alongStates`, `alongActions`, `alongNext`, all [rows, size].
 * Outputs: `slope…` and `curve…` of the three.
 */
export function rewardGraph({ observation, action }: Sizes, graphs: TaskGraphs): Graph {
  const [n, m] = [observation.size, action.size];
  return cachedFor(graphs, ["slopes of the reward", n, m], () => {
    const three = (prefix: string) =>
      [
        input(`${prefix}States`, ["rows", n]),
        input(`${prefix}Actions`, ["rows", m]),
        input(`${prefix}Next`, ["rows", n]),
      ] as const;
    const [at, along] = [three("at"), three("along")];
    const reward = graphs.reward!(...at);
    const slopes = gradients([reward], at, [expandLike(constant(1), reward)]);
    const curves = jacobianVectorProducts(slopes, at, along);
    const named = (prefix: string, [states, actions, next]: typeof slopes) => ({
      [`${prefix}States`]: states,
      [`${prefix}Actions`]: actions,
      [`${prefix}Next`]: next,
    });
    return graph("slopes of the reward", [...at, ...along], { ...named("slope", slopes), ...named("curve", curves) });
  });
}

/** ∂V/∂s of `states` [rows, n]: `slopes` [rows, n]; V's inputs, `value.…`. */
export function valueSlopeGraph({ observation }: Sizes, value: TerminalValue): Graph {
  return cached(["slopes of the value", value.key], () => {
    const terminal = value.nodes("value");
    const states = input("states", ["rows", observation.size]);
    const of = terminal.value(states);
    const [slopes] = gradients([of], [states], [expandLike(constant(1), of)]);
    return graph("slopes of the value", [states, ...terminal.inputs], { slopes });
  });
}
