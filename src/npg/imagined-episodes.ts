import type { BoundProgram, Engine } from "../compute/engine.js";
import { type Graph, graph } from "../compute/graph.js";
import { add, clip, exp, input, mul } from "../compute/operators.js";
import { DivergenceError } from "../errors/errors.js";
import { actionBox } from "../mdp/action-box.js";
import { type BatchStep, type Episodes, takeRows } from "../mdp/rollouts.js";
import type { Task } from "../mdp/task.js";
import { type Ensemble, type ModelShape, modelNodes, modelTensors } from "../model/ensemble.js";
import { rewardNodes, rewardTensors } from "../model/learned-reward.js";
import { type GaussianPolicy, type PolicyShape, policyNodes, policyTensors } from "../policy/gaussian-policy.js";

const graphs = new Map<string, Graph>();

/** One graph for policy and model together: one run a step. */
function stepGraph(policyShape: PolicyShape, modelShape: ModelShape): Graph {
  const key = JSON.stringify([policyShape, modelShape]);
  const known = graphs.get(key);
  if (known !== undefined) return known;
  const policy = policyNodes(policyShape);
  const model = modelNodes(modelShape);
  const n = policyShape.observationSize;
  const m = policyShape.actionSize;
  const observations = input("observations", ["rows", n]);
  const noise = input("noise", ["rows", m]);
  const centre = input("centre", [m]);
  const halfWidth = input("halfWidth", [m]);
  const actions = add(policy.mean(observations), mul(exp(policy.logStd), noise));
  const executed = add(mul(clip(actions, -1, 1), halfWidth), centre);
  const next = model.next(observations, executed);
  const reward = modelShape.rewardHidden === null ? undefined : rewardNodes(modelShape);
  const inputs = [...policy.inputs, ...model.inputs, ...(reward?.inputs ?? []), observations, noise, centre, halfWidth];
  const built = graph("imagined step", inputs, {
    actions,
    executed,
    next,
    ...(reward && { rewards: reward.reward(observations, executed, next) }),
  });
  graphs.set(key, built);
  return built;
}

/** Policy and one member of the ensemble, made ready to imagine episodes on an engine. */
export interface Imagination {
  /** Episodes in M from these states, [rows, observation size]; reward and termination are the task's own. */
  begin(starts: Float32Array): Episodes;
  release(): Promise<void>;
}

/**
 * @param margin share by which the task's terminal limits are drawn in
 * @throws {DivergenceError} (from `step`) where the member predicts a state or the task gives a reward that is not finite
 */
export async function imagination(
  engine: Engine,
  task: Task,
  policy: GaussianPolicy,
  ensemble: Ensemble,
  member: number,
  margin = 0,
): Promise<Imagination> {
  const box = actionBox(task.action);
  const m = [task.action.size];
  const own = ensemble.members[member]!;
  const program = await (await engine.load(stepGraph(policy.shape, ensemble.shape))).bind({
    ...policyTensors(policy),
    ...modelTensors(ensemble, own),
    ...(own.reward && rewardTensors(ensemble, own)),
    centre: { shape: m, data: box.centre },
    halfWidth: { shape: m, data: box.halfWidth },
  });
  return {
    begin: (starts) => imaginedEpisodes(program, task, starts, member, margin),
    release: () => program.release(),
  };
}

/** A plain loop: a callback for every entry of every imagined state took a tenth of the main thread's time. */
function hasNaN(values: Float64Array): boolean {
  for (let i = 0; i < values.length; i++) if (Number.isNaN(values[i])) return true;
  return false;
}

function imaginedEpisodes(
  program: BoundProgram,
  task: Task,
  starts: Float32Array,
  member: number,
  margin: number,
): Episodes {
  const n = task.observation.size;
  const m = task.action.size;
  let observations = starts;
  const [state, action, after] = [new Float64Array(n), new Float64Array(m), new Float64Array(n)];
  const copyRow = (target: Float64Array, table: Float32Array, row: number) => {
    const start = row * target.length;
    for (let i = 0; i < target.length; i++) target[i] = table[start + i]!;
  };
  return {
    observationSize: n,
    actionSize: m,
    get observations() {
      return observations;
    },
    async step(noise): Promise<BatchStep> {
      const rows = observations.length / n;
      const results = await program.run({
        observations: { shape: [rows, n], data: observations },
        noise: { shape: [rows, m], data: noise },
      });
      const [next, executed] = [results.next!.data as Float32Array, results.executed!.data as Float32Array];
      const rewards = new Float64Array(rows);
      const terminal = new Array<boolean>(rows);
      for (let row = 0; row < rows; row++) {
        copyRow(state, observations, row);
        copyRow(action, executed, row);
        copyRow(after, next, row);
        rewards[row] = results.rewards === undefined ? task.reward(state, action, after) : results.rewards.data[row]!;
        terminal[row] = task.isTerminal(after, margin);
        if (!Number.isFinite(rewards[row]) || hasNaN(after)) {
          throw new DivergenceError(
            `model player, member ${member}`,
            `predicted [${after.join(", ")}] with reward ${rewards[row]} from [${state.join(", ")}]`,
            "Lower model.learningRate or npg.rolloutHorizon, or gather more data per iteration",
          );
        }
      }
      return { actions: results.actions!.data as Float32Array, next, rewards, terminal };
    },
    keep(rows, next) {
      observations = rows.length * n === next.length ? next : takeRows(next, rows, n);
    },
  };
}
