import { cachedFor } from "../compute/cached.js";
import { type Graph, graph } from "../compute/graph.js";
import type { Node } from "../compute/node.js";
import { add, clip, constant, gate, gatherRows, input, loop, mul, reshape, rows } from "../compute/operators.js";
import type { DynamicsNet } from "../mdp/parametric.js";
import type { Task } from "../mdp/task.js";

import { perRow } from "../mdp/task-graphs.js";
import type { TerminalValue } from "./terminal-value.js";

/**
 * Returns of plans in one member of the model, rows side by side, a loop over the horizon in one run:
 *
 *   R = Σ_{t<H} γᵗ m_t r(s_t, a_t, s_{t+1}) + γᴴ m_H V(s_H),  m_{t+1} = 0 from the first terminal state on
 *
 * A row is a plan, the state that it begins in and the noise that it meets: `planOf`, `worldOf`, `chanceOf` [rows] say which.
 *
 * Inputs: `states` [worlds, n]; `plans` [H, plans · m], all plans' first actions, then the second ones; `chance`
 * [H, particles · noise size], where the member has noise; `centre`, `halfWidth` of the action box [m]; `discount`, and
 * `valueWeight`, which V is multiplied with; the member's own, `model.…`, and V's, `value.…`.
 *
 * @param value V, where there is one; without it R ends with the last reward
 */
export function returnGraph(task: Task, member: DynamicsNet, margin: number, value: TerminalValue | undefined): Graph {
  const graphs = task.graphs!;
  return cachedFor(graphs, ["returns of plans", member.key, margin, value?.key ?? null], () => {
    const [n, m] = [task.observation.size, task.action.size];
    const model = member.nodes("model");
    const terminal = value?.nodes("value");
    const steps = input("steps", [], "int32");
    const states = input("states", ["worlds", n]);
    const plans = input("plans", ["steps", "planned"]);
    const chance = member.noiseSize === 0 ? undefined : input("chance", ["steps", "drawn"]);
    const index = (name: string) => input(name, ["rows"], "int32");
    const [worldOf, planOf, chanceOf] = [index("worldOf"), index("planOf"), index("chanceOf")];
    const [centre, halfWidth] = [input("centre", [m]), input("halfWidth", [m])];
    const [discount, valueWeight] = [input("discount", []), input("valueWeight", [])];
    const starts = gatherRows(states, worldOf);
    const first = [starts, perRow(1, starts), perRow(0, starts), constant(1)];
    const { carried } = loop(steps, first, (t, state, alive, total, weight) => {
      const own = (table: Node, width: number, of: Node) =>
        gatherRows(reshape(rows(table, t, 1, "now"), ["each", width]), of);
      const action = add(mul(clip(own(plans, m, planOf), -1, 1), halfWidth), centre);
      const draws = chance && own(chance, member.noiseSize, chanceOf);
      const { next, reward, alive: goesOn } = model.step(state, action, draws);
      const gained = reward ?? graphs.reward!(state, action, next);
      return {
        next: [
          next,
          gate(alive, goesOn ?? graphs.alive(next, margin)),
          add(total, gate(alive, mul(gained, weight))),
          mul(weight, discount),
        ],
      };
    });
    const [last, alive, total, weight] = carried;
    const beyond = terminal && gate(alive, mul(terminal.value(last), mul(weight, valueWeight)));
    const inputs = [steps, states, plans, ...(chance ? [chance] : []), worldOf, planOf, chanceOf, centre, halfWidth];
    return graph(
      "returns of plans",
      [...inputs, discount, ...model.inputs, ...(terminal ? [valueWeight, ...terminal.inputs] : [])],
      { returns: beyond === undefined ? total : add(total, beyond) },
    );
  });
}
