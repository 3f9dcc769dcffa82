import { cached } from "../../compute/cached.js";
import type { Compute } from "../../compute/engine.js";
import { add, input, mul, sub, sum } from "../../compute/operators.js";
import { gradients } from "../../compute/reverse-mode.js";
import { bindRowSums, rowSumGraph } from "../../compute/row-sums.js";
import type { Vector } from "../../math/vector.js";
import { actionBox, executedActions } from "../../mdp/action-box.js";
import { predictor } from "../../mdp/one-step.js";
import { type Rollouts, TERMINAL } from "../../mdp/rollouts.js";
import type { Task } from "../../mdp/task.js";
import { type Ensemble, modelTensors } from "../../model/ensemble.js";
import { ensembleModel } from "../../model/ensemble-model.js";
import { layoutInputs, layoutOutputs, unflatten } from "../../nn/layout.js";
import { mlp, mlpLayout } from "../../nn/mlp.js";
import type { ValueFunction } from "../../policy/value.js";
import { meansOf, memberNodes, stateActionTables } from "./member-graphs.js";

/** ∂J/∂φ of one member, mean over the rows of its rollouts, [member's parameters]. */
export async function modelSlope(
  compute: Compute,
  task: Task,
  value: ValueFunction,
  ensemble: Ensemble,
  member: number,
  rollouts: Rollouts,
  discount: number,
): Promise<Vector> {
  const { shape } = ensemble;
  const n = shape.observationSize;
  const executed = executedActions(actionBox(task.action), rollouts.actions);
  const slopeGraph = cached(["model slope", shape, value.shape, value.targetScale], () => {
    const { model, layout, parameters } = memberNodes(shape);
    const baseline = layoutInputs(mlpLayout(value.shape), "value");
    const [shift, factor] = [input("shift", [n]), input("factor", [n])];
    const tables = [
      ...stateActionTables(shape),
      { name: "rewardSlopes", width: n },
      { name: "continues", width: 1 }, // γ, or 0 behind a terminal step
    ];
    return rowSumGraph(
      "model slope",
      [...model.inputs, ...baseline, shift, factor],
      tables,
      (observations, actions, rewardSlopes, continues) => {
        const next = model.next(observations, actions);
        const worth = mul(mlp(value.shape, baseline, mul(sub(next, shift), factor)), value.targetScale);
        const objective = add(sum(mul(rewardSlopes, next)), sum(mul(continues, worth)));
        return layoutOutputs(layout, "slope", gradients([objective], parameters));
      },
    );
  });
  const ready = await predictor(compute.engines[0], ensembleModel(ensemble).members[member], n, shape.actionSize);
  const next = await ready.next(rollouts.observations, executed);
  await ready.release();
  const tables = {
    observations: { data: rollouts.observations, width: n },
    executed: { data: executed, width: shape.actionSize },
    rewardSlopes: { data: rewardSlopes(task, rollouts.observations, executed, next), width: n },
    continues: { data: continuing(rollouts, discount), width: 1 },
  };
  const sums = await bindRowSums(compute, slopeGraph, tables, {
    ...modelTensors(ensemble, ensemble.members[member]),
    ...unflatten(mlpLayout(value.shape), "value", value.learner.parameters),
    shift: { shape: [n], data: value.inputs.shift },
    factor: { shape: [n], data: value.inputs.factor },
  });
  try {
    return meansOf(await sums.sum({}), Object.keys(slopeGraph.outputs), sums.size);
  } finally {
    await sums.release();
  }
}

/** Step of the reward's central differences, as a share of the entry's size, at least of 1. */
const REWARD_STEP = 1e-4;

/** ∂R(s, a, s′)/∂s′ of the task's reward by central differences, [rows, observation size]. */
function rewardSlopes(task: Task, states: Float32Array, actions: Float32Array, next: Float32Array): Float32Array {
  const [n, m] = [task.observation.size, task.action.size];
  const slopes = new Float32Array(next.length);
  for (let row = 0; row < next.length / n; row++) {
    const state = Float64Array.from(states.subarray(row * n, (row + 1) * n));
    const action = Float64Array.from(actions.subarray(row * m, (row + 1) * m));
    const after = Float64Array.from(next.subarray(row * n, (row + 1) * n));
    for (let i = 0; i < n; i++) {
      const here = after[i];
      const step = REWARD_STEP * Math.max(1, Math.abs(here));
      after[i] = here + step;
      const ahead = task.reward(state, action, after);
      after[i] = here - step;
      slopes[row * n + i] = (ahead - task.reward(state, action, after)) / (2 * step);
      after[i] = here;
    }
  }
  return slopes;
}

/** γ for each row, 0 for a row whose next state is terminal. */
function continuing({ size, trajectory, lengths, outcomes, stepStarts }: Rollouts, discount: number): Float32Array {
  const factors = new Float32Array(size).fill(discount);
  for (let t = 0; t + 1 < stepStarts.length; t++) {
    for (let row = stepStarts[t]; row < stepStarts[t + 1]; row++) {
      const i = trajectory[row];
      if (outcomes[i] === TERMINAL && lengths[i] === t + 1) factors[row] = 0;
    }
  }
  return factors;
}
