import { StorageError } from "../errors/errors.js";
import type { Task } from "../mdp/task.js";
import type { Transition } from "../mdp/transition.js";
import type { Ensemble, Member, ModelScaling } from "../model/ensemble.js";
import type { Learner } from "../nn/regression.js";
import type { Rng } from "../random/rng.js";
import type { Counters } from "./moves.js";
import { type AgentState, initialPlayers, type PolicyPlayer } from "./players.js";
import type { Settings } from "./settings.js";
import type { NamedTensor, Snapshot } from "./snapshot.js";

type Tensors = Record<string, NamedTensor>;
const SCALING_VECTORS = ["inputShift", "inputFactor", "deltaShift", "deltaScale", "low", "high"] as const;

function putLearner(
  tensors: Tensors,
  steps: Record<string, number>,
  name: string,
  { parameters, adam }: Learner,
): void {
  const shape = [parameters.length];
  tensors[`${name}/parameters`] = { shape, data: parameters };
  tensors[`${name}/adam.first`] = { shape, data: adam.first };
  tensors[`${name}/adam.second`] = { shape, data: adam.second };
  steps[name] = adam.steps;
}

const learnerName = (member: number, part: "dynamics" | "reward") => `model/${member}/${part}`;

/** The whole state of a game as named tensors and plain JSON. */
export function encodeSnapshot(state: AgentState, counters: Readonly<Counters>): Snapshot {
  const tensors: Tensors = {};
  const adamSteps: Record<string, number> = {};
  const { policy, value, inputsReady } = state.policy;
  const vector = (name: string, data: Float32Array) => {
    tensors[name] = { shape: [data.length], data };
  };
  vector("policy/parameters", policy.parameters);
  vector("policy/inputs.shift", policy.inputs.shift);
  vector("policy/inputs.factor", policy.inputs.factor);
  putLearner(tensors, adamSteps, "value/network", value.learner);
  const { scaling, members, seenSamples } = state.model;
  for (const name of SCALING_VECTORS) vector(`model/scaling.${name}`, scaling[name]);
  members.forEach(({ dynamics, reward }, i) => {
    putLearner(tensors, adamSteps, learnerName(i, "dynamics"), dynamics);
    if (reward !== null) putLearner(tensors, adamSteps, learnerName(i, "reward"), reward);
  });
  putBuffer(tensors, state.buffer);
  return {
    tensors,
    meta: {
      iteration: state.k,
      samples: counters.samples,
      episodes: counters.episodes,
      inputsReady,
      seenSamples,
      rewardShift: scaling.rewardShift,
      rewardScale: scaling.rewardScale,
      adamSteps,
    },
  };
}

function putBuffer(tensors: Tensors, buffer: readonly Transition[]): void {
  const count = buffer.length;
  const rows = (name: string, row: (t: Transition) => Float32Array) => {
    const width = row(buffer[0]!).length;
    const data = new Float32Array(count * width);
    buffer.forEach((t, i) => {
      data.set(row(t), i * width);
    });
    tensors[`buffer/${name}`] = { shape: [count, width], data };
  };
  rows("observations", (t) => t.observation);
  rows("actions", (t) => t.action);
  rows("next", (t) => t.next);
  tensors["buffer/rewards"] = { shape: [count], data: Float64Array.from(buffer, (t) => t.reward) };
  tensors["buffer/terminal"] = { shape: [count], data: Uint8Array.from(buffer, (t) => (t.terminal ? 1 : 0)) };
  tensors["buffer/index"] = { shape: [count], data: Int32Array.from(buffer, (t) => t.index) };
  tensors["buffer/episode"] = { shape: [count], data: Int32Array.from(buffer, (t) => t.episode) };
}

/**
 * The game's state and counters from a snapshot of a run with this task and these settings.
 *
 * @throws {StorageError} where a tensor is missing or has another size than the settings ask for
 */
export function decodeSnapshot(
  snapshot: Snapshot,
  task: Task,
  settings: Settings,
  rng: Rng,
): { readonly state: AgentState; readonly counters: Counters } {
  const { tensors, meta } = snapshot;
  const template = initialPlayers(task, settings, rng);
  const take = <A extends NamedTensor["data"]>(name: string, like: new (n: number) => A, length?: number): A => {
    const tensor = tensors[name];
    if (
      tensor === undefined ||
      !(tensor.data instanceof like) ||
      (length !== undefined && tensor.data.length !== length)
    ) {
      const got =
        tensor === undefined ? "is missing" : `has ${tensor.data.length} entries of ${tensor.data.constructor.name}`;
      throw new StorageError(
        "checkpoint",
        `tensor ${name} ${got}, expected ${length ?? "some"} of ${like.name}`,
        "Resume with the run's own task and settings, or from another checkpoint",
      );
    }
    return tensor.data;
  };
  const adamSteps = meta.adamSteps as Readonly<Record<string, number>>;
  const learner = (name: string, like: Learner): Learner => {
    const size = like.parameters.length;
    return {
      parameters: take(`${name}/parameters`, Float32Array, size),
      adam: {
        first: take(`${name}/adam.first`, Float32Array, size),
        second: take(`${name}/adam.second`, Float32Array, size),
        steps: adamSteps[name]!,
      },
    };
  };
  const inputs = {
    shift: take("policy/inputs.shift", Float32Array, task.observation.size),
    factor: take("policy/inputs.factor", Float32Array, task.observation.size),
  };
  const policy: PolicyPlayer = {
    policy: {
      ...template.policy.policy,
      parameters: take("policy/parameters", Float32Array, template.policy.policy.parameters.length),
      inputs,
    },
    value: { ...template.policy.value, learner: learner("value/network", template.policy.value.learner), inputs },
    inputsReady: meta.inputsReady as boolean,
  };
  const vectors = Object.fromEntries(
    SCALING_VECTORS.map((name) => [
      name,
      take(`model/scaling.${name}`, Float32Array, template.model.scaling[name].length),
    ]),
  );
  const model: Ensemble = {
    ...template.model,
    scaling: {
      ...(vectors as unknown as ModelScaling),
      rewardShift: meta.rewardShift as number,
      rewardScale: meta.rewardScale as number,
    },
    members: template.model.members.map(
      ({ dynamics, reward }, i): Member => ({
        dynamics: learner(learnerName(i, "dynamics"), dynamics),
        reward: reward === null ? null : learner(learnerName(i, "reward"), reward),
      }),
    ),
    seenSamples: meta.seenSamples as number,
  };
  return {
    state: { k: meta.iteration, policy, model, buffer: takeBuffer(take, task) },
    counters: { samples: meta.samples, episodes: meta.episodes as number },
  };
}

function takeBuffer(
  take: <A extends NamedTensor["data"]>(name: string, like: new (n: number) => A, length?: number) => A,
  task: Task,
): Transition[] {
  const index = take("buffer/index", Int32Array);
  const count = index.length;
  const [n, m] = [task.observation.size, task.action.size];
  const observations = take("buffer/observations", Float32Array, count * n);
  const actions = take("buffer/actions", Float32Array, count * m);
  const next = take("buffer/next", Float32Array, count * n);
  const rewards = take("buffer/rewards", Float64Array, count);
  const terminal = take("buffer/terminal", Uint8Array, count);
  const episode = take("buffer/episode", Int32Array, count);
  return Array.from(index, (number, i) => ({
    index: number,
    episode: episode[i]!,
    observation: observations.slice(i * n, (i + 1) * n),
    action: actions.slice(i * m, (i + 1) * m),
    next: next.slice(i * n, (i + 1) * n),
    reward: rewards[i]!,
    terminal: terminal[i] === 1,
  }));
}
