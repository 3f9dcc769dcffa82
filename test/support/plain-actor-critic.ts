import { actionBox } from "../../src/mdp/action-box.js";
import type { Task } from "../../src/mdp/task.js";
import { type MlpShape, mlpTensors } from "../../src/nn/mlp.js";
import type { CriticShape } from "../../src/policy/critics.js";
import type { InputScaling } from "../../src/policy/input-scaling.js";
import type { ActorShape } from "../../src/policy/squashed-policy.js";
import { plainMlp } from "./plain-networks.js";
import type { ToyStep } from "./toy-dynamics.js";

/*
 * The actor-critic as loops over numbers in float64: row by row and step by step, so that it can be compared with the
 * graphs and differentiated by differences.
 */

type Numbers = ArrayLike<number>;

/** Entries of s as they enter the networks. */
const scaledBy = ({ shift, factor }: InputScaling, s: Numbers): number[] =>
  Array.from(s, (x, i) => (x - shift[i]) * factor[i]);

/** μ(s) and log σ(s). */
export function plainHeads(
  {
    observationSize,
    hidden,
    actionSize,
    activation = "silu" as const,
    spread,
  }: Omit<ActorShape, "activation"> & {
    readonly activation?: "silu" | "relu";
  },
  parameters: Numbers,
  inputs: InputScaling,
  s: Numbers,
) {
  const shape = { inputSize: observationSize, hidden, outputSize: 2 * actionSize, activation };
  const bounded = (y: number) => (spread === "clipped" ? Math.min(Math.max(y, -20), 2) : 3 * Math.tanh(y) - 2);
  const heads = Array.from(plainMlp(shape, parameters, scaledBy(inputs, s)));
  return { mean: heads.slice(0, actionSize), logStd: heads.slice(actionSize).map(bounded) };
}

/** u = tanh(μ + σ · noise), and log π(u|s) by the change of variables. */
export function plainAct(heads: { readonly mean: Numbers; readonly logStd: Numbers }, noise: Numbers) {
  const u: number[] = [];
  let logLikelihood = 0;
  for (let j = 0; j < noise.length; j++) {
    const [mean, logStd, z] = [heads.mean[j], heads.logStd[j], noise[j]];
    const x = mean + Math.exp(logStd) * z;
    u.push(Math.tanh(x));
    const away = Math.abs(x);
    const logSlope = Math.log(4) - 2 * away - 2 * Math.log1p(Math.exp(-2 * away)); // log(1 − tanh² x)
    logLikelihood += -0.5 * z * z - logStd - 0.5 * Math.log(2 * Math.PI) - logSlope;
  }
  return { u, logLikelihood };
}

/** The parameters of critic c alone. */
export function criticOf(
  { observationSize, actionSize, hidden, critics, activation, layerNorm }: CriticShape,
  all: Numbers,
  c: number,
) {
  const one: MlpShape = {
    inputSize: observationSize + actionSize,
    hidden,
    outputSize: 1,
    activation: activation ?? "silu",
    layerNorm: layerNorm ?? true,
  };
  const parameters: number[] = [];
  let start = 0;
  for (const { shape } of mlpTensors(one)) {
    const length = shape.reduce((a, b) => a * b, 1);
    for (let i = 0; i < length; i++) parameters.push(all[start + c * length + i]);
    start += critics * length;
  }
  return { shape: one, parameters };
}

/** What critic c says, in units of the range. */
export function plainCritic(shape: CriticShape, all: Numbers, c: number, inputs: InputScaling, s: Numbers, u: Numbers) {
  const { shape: one, parameters } = criticOf(shape, all, c);
  return plainMlp(one, parameters, [...scaledBy(inputs, s), ...Array.from(u)])[0];
}

/** A window of one row. */
export interface PlainWindow {
  readonly states: readonly (readonly number[])[];
  readonly actions: readonly (readonly number[])[];
  readonly logLikelihoods: readonly number[];
  readonly rewards: readonly number[];
  readonly alive: readonly number[];
}

export interface PlainScene {
  readonly task: Task;
  readonly actor: ActorShape;
  readonly inputs: InputScaling;
  readonly members: number;
  readonly rows: number;
  readonly horizon: number;
  readonly terminalMargin: number;
  readonly learnsReward: boolean;
  step(member: number, s: readonly number[], a: number, noise?: number): ToyStep;
}

/** Windows of all rows. @param noise [(H + 1) B, 1] @param chance [H B, 1] */
export function plainWindows(
  scene: PlainScene,
  parameters: Numbers,
  starts: readonly (readonly number[])[],
  noise: Numbers,
  chance?: Numbers,
): readonly PlainWindow[] {
  const { task, horizon, rows, members } = scene;
  const batch = rows * members;
  const box = actionBox(task.action);
  return starts.map((start, row) => {
    const states: (readonly number[])[] = [start];
    const actions: (readonly number[])[] = [];
    const [logLikelihoods, rewards, alive]: [number[], number[], number[]] = [[], [], []];
    for (let t = 0; t <= horizon; t++) {
      const s = states[t];
      const { u, logLikelihood } = plainAct(plainHeads(scene.actor, parameters, scene.inputs, s), [
        noise[t * batch + row],
      ]);
      actions.push(u);
      logLikelihoods.push(logLikelihood);
      if (t === horizon) break;
      const a = box.centre[0] + box.halfWidth[0] * u[0];
      const { next, reward } = scene.step(Math.floor(row / rows), s, a, chance?.[t * batch + row]);
      states.push([...next]);
      rewards.push(scene.learnsReward ? reward : task.reward(s, [a], next));
      alive.push(task.isTerminal(next, scene.terminalMargin) ? 0 : 1);
    }
    return { states, actions, logLikelihoods, rewards, alive };
  });
}

/** V_0 of a window, written from its definition: the λ-mixture of a step's critic and what comes after. */
export function plainActorValue(
  { rewards, alive, logLikelihoods }: Pick<PlainWindow, "rewards" | "alive" | "logLikelihoods">,
  values: readonly number[],
  { discount, lambda, alpha }: { readonly discount: number; readonly lambda: number; readonly alpha: number },
  t = 0,
): number {
  const price = alpha * logLikelihoods[t];
  if (t === rewards.length) return values[t] - price;
  const after =
    alive[t] === 0
      ? 0
      : plainActorValue({ rewards, alive, logLikelihoods }, values, { discount, lambda, alpha }, t + 1);
  return (1 - lambda) * values[t] + lambda * (rewards[t] + discount * after) - price;
}

/** y_t as a sum forward in time: Σ γ^k (r_{t+k} − α log π of the states after s_t), ended by a terminal state, then Q. */
export function plainTarget(
  { rewards, alive, logLikelihoods }: Pick<PlainWindow, "rewards" | "alive" | "logLikelihoods">,
  last: number,
  { discount, alpha }: { readonly discount: number; readonly alpha: number },
  t: number,
): number {
  let total = 0;
  for (let k = t; k < rewards.length; k++) {
    total += discount ** (k - t) * rewards[k];
    if (alive[k] === 0) return total;
    total -= discount ** (k + 1 - t) * alpha * logLikelihoods[k + 1];
  }
  return total + discount ** (rewards.length - t) * last;
}
