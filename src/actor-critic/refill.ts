import { cached } from "../compute/cached.js";
import type { Engine } from "../compute/engine.js";
import { type Graph, graph } from "../compute/graph.js";
import type { Node } from "../compute/node.js";
import {
  add,
  concat,
  exp,
  input,
  loop,
  mean,
  mul,
  reshape,
  rows,
  slice,
  square,
  sub,
  tanh,
} from "../compute/operators.js";
import { actionBox } from "../mdp/action-box.js";
import type { DynamicsNet, Model } from "../mdp/parametric.js";
import type { Task } from "../mdp/task.js";
import { layoutInputs, unflatten } from "../nn/layout.js";
import { fillNormal, type Rng } from "../random/rng.js";
import { type ActorShape, actorHeads, actorLayout, type SquashedPolicy } from "./squashed-policy.js";

/** How the pool is refilled; names as in the settings. */
export interface RefillSettings {
  /** Rollouts in each member. */
  readonly rows: number;
  /** Share of the rollouts that begin in one of the newest `recentSamples` real states; the others begin in any. */
  readonly recentShare: number;
  readonly recentSamples: number;
  /** Steps of a rollout. */
  readonly steps: number;
  /** A rollout ends where two members disagree by so many times what nearly all of them do on real states; null: never. */
  readonly disagreementCut: number | null;
  readonly terminalMargin: number;
}

/** What a refill gives. */
export interface Refilled {
  /** States to begin updates from, [count, observation size]. */
  readonly states: Float32Array;
  /** Share of imagined steps that a terminal state or a cut took away. */
  readonly ended: number;
  /** Mean squared difference of two members' predictions on the real states, in units of σ_Δ². */
  readonly disagreement: number;
}

/** Members in a ring: each block of rows goes to the next member. */
function turned(x: Node): Node {
  const members = x.shape[0] as number;
  return members === 1 ? x : concat([slice(x, 0, 1, members), slice(x, 0, 0, 1)], 0);
}

/** The way back. */
function turnedBack(x: Node): Node {
  const members = x.shape[0] as number;
  return members === 1 ? x : concat([slice(x, 0, members - 1, members), slice(x, 0, 0, members - 1)], 0);
}

/** A loop over steps: π acts, every row moves in its member and is then given to the next. */
const refillGraph = (actor: ActorShape, model: DynamicsNet, shape: { members: number; rows: number }): Graph =>
  cached(["actor-critic refill", actor, model.key, shape], () => {
    const { observationSize: n, actionSize: m } = actor;
    const { members, rows: each } = shape;
    const batch = members * each;
    const steps = input("steps", [], "int32");
    const starts = input("starts", [batch, n]);
    const noise = input("noise", ["noise", m]);
    const chance = model.noiseSize === 0 ? undefined : input("chance", ["chance", model.noiseSize]);
    const parameters = layoutInputs(actorLayout(actor), "actor");
    const scaling = { shift: input("shift", [n]), factor: input("factor", [n]) };
    const [centre, halfWidth] = [input("centre", [m]), input("halfWidth", [m])];
    const dynamics = model.nodes("model");
    const beside = (x: Node) => reshape(x, [members, each, x.shape[1]]);
    const { stacked } = loop(steps, [starts], (round, states) => {
      const part = (table: Node) => reshape(rows(table, round, batch, "part"), [batch, table.shape[1]]);
      const heads = actorHeads(actor, parameters, scaling, states);
      const u = tanh(add(heads.mean, mul(exp(heads.logStd), part(noise))));
      const [s, a] = [beside(states), beside(add(mul(u, halfWidth), centre))];
      const { next } = dynamics.step(s, a, chance && beside(part(chance)));
      const [own, other] = [dynamics.change(turned(s), turned(a)), turned(dynamics.change(s, a))];
      // Blocks i of both: what members i and i + 1 say of the rows of block i + 1.
      const apart = turnedBack(mean(square(sub(own, other)), [2]));
      return {
        next: [reshape(turned(next), [batch, n])],
        stacked: [states, reshape(next, [batch, n]), reshape(apart, [batch])],
      };
    });
    return graph(
      "actor-critic refill",
      [
        steps,
        starts,
        noise,
        ...(chance === undefined ? [] : [chance]),
        ...parameters,
        scaling.shift,
        scaling.factor,
        centre,
        halfWidth,
        ...dynamics.inputs,
      ],
      { visited: stacked[0], next: stacked[1], apart: stacked[2] },
    );
  });

/** A share of real states that are closer than what is cut. */
const NEARLY_ALL = 0.95;

/**
 * States that π comes to in the model: rollouts from real states, given to another member at each step so that none is
 * followed into its own errors, ended by terminal states and where members disagree. Draws from rng.
 */
export async function refill(
  engine: Engine,
  task: Task,
  policy: SquashedPolicy,
  model: Model,
  data: { readonly size: number; readonly observations: Float32Array },
  settings: RefillSettings,
  rng: Rng,
): Promise<Refilled> {
  const [n, m] = [task.observation.size, task.action.size];
  const { together } = model;
  const [members, { rows: each, steps }] = [model.members.length, settings];
  const batch = members * each;
  const starts = new Float32Array(batch * n);
  const draws = rng.stream("starts");
  const newest = Math.min(data.size, settings.recentSamples);
  for (let i = 0; i < batch; i++) {
    const row =
      draws.uniform() < settings.recentShare ? data.size - 1 - draws.integer(newest) : draws.integer(data.size);
    starts.set(data.observations.subarray(row * n, (row + 1) * n), i * n);
  }
  const normals = (name: string, width: number) => ({
    shape: [steps * batch, width],
    data: fillNormal(new Float32Array(steps * batch * width), rng.stream(name)),
  });
  const program = await engine.load(refillGraph(policy.shape, together, { members, rows: each }));
  const { centre, halfWidth } = actionBox(task.action);
  const results = await program.run({
    steps: { shape: [], data: Int32Array.of(steps) },
    starts: { shape: [batch, n], data: starts },
    noise: normals("noise", m),
    ...(together.noiseSize > 0 && { chance: normals("chance", together.noiseSize) }),
    ...unflatten(actorLayout(policy.shape), "actor", policy.parameters),
    shift: { shape: [n], data: policy.inputs.shift },
    factor: { shape: [n], data: policy.inputs.factor },
    centre: { shape: [m], data: centre },
    halfWidth: { shape: [m], data: halfWidth },
    ...together.tensors("model"),
  });
  const [next, apart] = [results.next.data as Float32Array, results.apart.data as Float32Array];
  return keptStates(task, results.visited.data as Float32Array, next, apart, { members, ...settings });
}

/** The states of rollouts that had not ended before them. Position p of step t holds what position p + `rows` held at t − 1. */
function keptStates(
  task: Task,
  visited: Float32Array,
  next: Float32Array,
  apart: Float32Array,
  { members, rows: each, steps, disagreementCut, terminalMargin }: RefillSettings & { readonly members: number },
): Refilled {
  const n = task.observation.size;
  const batch = members * each;
  const onData = apart.slice(0, batch).sort();
  const most =
    disagreementCut === null
      ? Number.POSITIVE_INFINITY
      : disagreementCut * onData[Math.floor(NEARLY_ALL * (batch - 1))];
  const states = new Float32Array(steps * batch * n);
  let kept = 0;
  let going = new Uint8Array(batch).fill(1);
  for (let t = 0; t < steps; t++) {
    const later = new Uint8Array(batch);
    for (let p = 0; p < batch; p++) {
      if (going[p] === 0) continue;
      const at = t * batch + p;
      states.set(visited.subarray(at * n, (at + 1) * n), kept * n);
      kept++;
      const goesOn = !(apart[at] > most) && !task.isTerminal(next.subarray(at * n, (at + 1) * n), terminalMargin);
      later[(p - each + batch) % batch] = goesOn ? 1 : 0;
    }
    going = later;
  }
  const disagreement = onData.reduce((total, x) => total + x, 0) / batch;
  return { states: states.slice(0, kept * n), ended: 1 - kept / (steps * batch), disagreement };
}
