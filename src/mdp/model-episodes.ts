import { cached } from "../compute/cached.js";
import type { BoundProgram, Engine } from "../compute/engine.js";
import { type Graph, graph } from "../compute/graph.js";
import { add, clip, input, mul } from "../compute/operators.js";
import { DivergenceError, type StackelbergError, WorldError } from "../errors/errors.js";
import { actionBox } from "./action-box.js";
import type { ActingNet, DynamicsNet, Model } from "./parametric.js";
import { type BatchStep, type Episodes, takeRows } from "./rollouts.js";
import type { Task } from "./task.js";

/** One graph for policy and model together: one run a step. */
const stepGraph = (net: ActingNet, member: DynamicsNet, n: number, m: number): Graph =>
  cached(["imagined step", net.key, member.key, n, m], () => {
    const policy = net.nodes("policy");
    const model = member.nodes("model");
    const observations = input("observations", ["rows", n]);
    const noise = input("noise", ["rows", m]);
    const centre = input("centre", [m]);
    const halfWidth = input("halfWidth", [m]);
    const actions = policy.act(observations, noise);
    const executed = add(mul(clip(actions, -1, 1), halfWidth), centre);
    const chance = member.noiseSize === 0 ? undefined : input("chance", ["rows", member.noiseSize]);
    const { next, reward, alive } = model.step(observations, executed, chance);
    const inputs = [...policy.inputs, ...model.inputs, observations, noise, centre, halfWidth];
    return graph("imagined step", chance === undefined ? inputs : [...inputs, chance], {
      actions,
      executed,
      next,
      ...(reward && { rewards: reward }),
      ...(alive && { alive }),
    });
  });

/** Policy and one member of the model, made ready to play episodes in it on an engine. */
export interface ModelEpisodes {
  /**
   * Episodes in M from these states, [rows, observation size]; reward and termination are the task's own, or the member's
   * where it learns them.
   *
   * @param chance standard normals for the member's own noise, where it has some: [rows, noise size]; absent, it predicts its mean
   */
  begin(starts: Float32Array, chance?: (rows: number) => Float32Array): Episodes;
  release(): Promise<void>;
}

/**
 * @param margin share by which the task's terminal limits are drawn in
 * @throws {DivergenceError} (from `step`) where the member predicts a state or a reward that is not finite
 * @throws {WorldError} (from `step`) where the task's reward of a finite state is not finite in float32, as in the world
 */
export async function modelEpisodes(
  engine: Engine,
  task: Task,
  net: ActingNet,
  model: Model,
  member: number,
  margin = 0,
): Promise<ModelEpisodes> {
  const box = actionBox(task.action);
  const m = [task.action.size];
  const own = model.members[member];
  const stepProgram = await engine.load(stepGraph(net, own, task.observation.size, task.action.size));
  const program = await stepProgram.bind({
    ...net.tensors("policy"),
    ...own.tensors("model"),
    centre: { shape: m, data: box.centre },
    halfWidth: { shape: m, data: box.halfWidth },
  });
  return {
    begin: (starts, chance) =>
      imaginedEpisodes(program, { task, starts, member, margin, noiseSize: own.noiseSize, chance }),
    release: () => program.release(),
  };
}

/** A plain loop: a callback for every entry of every imagined state took a tenth of the main thread's time. */
function hasNaN(values: Float64Array): boolean {
  for (let i = 0; i < values.length; i++) if (Number.isNaN(values[i])) return true;
  return false;
}

/** A step that is none: the task's fault where it gave no reward for a state that is one, else the member's. */
function brokenStep(
  { task, member }: Setting,
  isLearned: boolean,
  step: Readonly<Record<"state" | "action" | "after", Float64Array>>,
  reward: number,
): StackelbergError {
  const [state, action, after] = [step.state, step.action, step.after].map((row) => `[${row.join(", ")}]`);
  if (!isLearned && step.after.every(Number.isFinite)) {
    return new WorldError(
      `${task.id}, reward`,
      `gave ${reward} for the predicted state ${after}, from ${state} with action ${action}`,
      "Give a finite number for every state within the observation's bounds, or narrow these: models predict states that no world shows",
    );
  }
  return new DivergenceError(
    `model player, member ${member}`,
    `predicted ${after} with reward ${reward} from ${state}`,
    "Lower model.learningRate or npg.rolloutHorizon, or gather more data per iteration",
  );
}

interface Setting {
  readonly task: Task;
  readonly starts: Float32Array;
  readonly member: number;
  readonly margin: number;
  readonly noiseSize: number;
  readonly chance: ((rows: number) => Float32Array) | undefined;
}

function imaginedEpisodes(program: BoundProgram, setting: Setting): Episodes {
  const { task, starts, margin, noiseSize, chance } = setting;
  const n = task.observation.size;
  const m = task.action.size;
  let observations = starts;
  const [state, action, after] = [new Float64Array(n), new Float64Array(m), new Float64Array(n)];
  const copyRow = (target: Float64Array, table: Float32Array, row: number) => {
    const start = row * target.length;
    for (let i = 0; i < target.length; i++) target[i] = table[start + i];
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
        ...(noiseSize > 0 && {
          chance: { shape: [rows, noiseSize], data: chance?.(rows) ?? new Float32Array(rows * noiseSize) },
        }),
      });
      const [next, executed] = [results.next.data as Float32Array, results.executed.data as Float32Array];
      const learned = results.rewards?.data;
      const alive = results.alive?.data;
      const rewards = new Float64Array(rows);
      const terminal = new Array<boolean>(rows);
      for (let row = 0; row < rows; row++) {
        copyRow(state, observations, row);
        copyRow(action, executed, row);
        copyRow(after, next, row);
        const reward = learned === undefined ? task.reward(state, action, after) : learned[row];
        rewards[row] = reward;
        terminal[row] = alive === undefined ? task.isTerminal(after, margin) : alive[row] === 0;
        if (!Number.isFinite(Math.fround(reward)) || hasNaN(after))
          throw brokenStep(setting, learned !== undefined, { state, action, after }, reward);
      }
      return { actions: results.actions.data as Float32Array, next, rewards, terminal };
    },
    keep(rows, next) {
      observations = rows.length * n === next.length ? next : takeRows(next, rows, n);
    },
  };
}
