import { cached, cachedFor } from "../compute/cached.js";
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
import { takeRows } from "../math/vector.js";
import { actionBox } from "../mdp/action-box.js";
import type { DynamicsNet, Model } from "../mdp/parametric.js";
import type { Task, TaskGraphs } from "../mdp/task.js";
import { layoutInputs, unflatten } from "../nn/layout.js";
import { type CriticShape, criticLayout, criticOutputs, smallest, valuesOf } from "../policy/critics.js";
import { scaled } from "../policy/input-scaling.js";
import {
  type ActorShape,
  actorHeads,
  actorLayout,
  logLikelihood,
  type SquashedPolicy,
} from "../policy/squashed-policy.js";
import { fillNormal, type Rng } from "../random/rng.js";
import type { ValueRange } from "./actor-critic.js";
import type { PoolRows } from "./pool.js";
import { lambdaReturns } from "./returns.js";

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

/** How returns are looked for along rollouts. */
export interface Look {
  /** Steps that rollouts are followed for them, at least; the states of those after `RefillSettings.steps` are not kept. */
  readonly steps: number;
  /** λ of the returns. */
  readonly lambda: number;
  readonly discount: number;
  readonly critic: CriticShape;
  /** ψ′: what states are worth. */
  readonly parameters: Float32Array;
  /** α. */
  readonly temperature: number;
  readonly range: ValueRange;
}

/** What a refill gives: states to begin updates from, with returns where these were looked for. */
export interface Refilled extends PoolRows {
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

interface RefillShape {
  readonly members: number;
  readonly rows: number;
  readonly actor: ActorShape;
  /** Who says what states are worth; null where nobody asks. */
  readonly critic: CriticShape | null;
}

function refillGraph({ graphs }: Task, model: DynamicsNet, shape: RefillShape): Graph {
  const key = ["actor-critic refill", model.key, shape] as const;
  if (shape.critic === null) return cached(key, () => buildRefill(undefined, model, shape));
  return cachedFor(graphs!, key, () => buildRefill(graphs!.reward, model, shape));
}

/** A loop over steps: π acts, every row moves in its member and is then given to the next. */
function buildRefill(
  rewardOf: TaskGraphs["reward"],
  model: DynamicsNet,
  { members, rows: each, actor, critic }: RefillShape,
): Graph {
  const { observationSize: n, actionSize: m } = actor;
  const batch = members * each;
  const steps = input("steps", [], "int32");
  const starts = input("starts", [batch, n]);
  const noise = input("noise", ["noise", m]);
  const chance = model.noiseSize === 0 ? undefined : input("chance", ["chance", model.noiseSize]);
  const parameters = layoutInputs(actorLayout(actor), "actor");
  const scaling = { shift: input("shift", [n]), factor: input("factor", [n]) };
  const [centre, halfWidth] = [input("centre", [m]), input("halfWidth", [m])];
  const dynamics = model.nodes("model");
  const psi = critic === null ? [] : layoutInputs(criticLayout(critic), "critics");
  const units = { centre: input("valueCentre", []), width: input("valueWidth", []) };
  const beside = (x: Node) => reshape(x, [members, each, x.shape[1]]);
  const { stacked } = loop(steps, [starts], (round, states) => {
    const part = (table: Node) => reshape(rows(table, round, batch, "part"), [batch, table.shape[1]]);
    const heads = actorHeads(actor, parameters, scaling, states);
    const draws = part(noise);
    const x = add(heads.mean, mul(exp(heads.logStd), draws));
    const u = tanh(x);
    const executed = add(mul(u, halfWidth), centre);
    const [s, a] = [beside(states), beside(executed)];
    const { next, reward, alive } = dynamics.step(s, a, chance && beside(part(chance)));
    const [own, other] = [dynamics.change(turned(s), turned(a)), turned(dynamics.change(s, a))];
    // Blocks i of both: what members i and i + 1 say of the rows of block i + 1.
    const apart = turnedBack(mean(square(sub(own, other)), [2]));
    const to = reshape(next, [batch, n]);
    const seen = [states, to, reshape(apart, [batch])];
    if (critic !== null) {
      const gained = reward === undefined ? rewardOf!(states, executed, to) : reshape(reward, [batch]);
      const outputs = criticOutputs(critic, psi, concat([scaled(states, scaling), u], 1));
      seen.push(u, gained, logLikelihood(x, heads.logStd, draws), smallest(valuesOf(outputs, units)));
    }
    if (alive !== undefined) seen.push(reshape(alive, [batch]));
    return { next: [reshape(turned(next), [batch, n])], stacked: seen };
  });
  const [visited, next, apart, ...more] = stacked;
  const alive = model.learnsEnds ? more.pop()! : undefined;
  const [actions, rewards, logLikelihoods, values] = more;
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
      ...(critic === null ? [] : [...psi, units.centre, units.width]),
    ],
    {
      visited,
      next,
      apart,
      ...(critic !== null && { actions, rewards, logLikelihoods, values }),
      ...(alive && { alive }),
    },
  );
}

/** A share of real states that are closer than what is cut. */
const NEARLY_ALL = 0.95;

/**
 * States that π comes to in the model: rollouts from real states, given to another member at each step so that none is
 * followed into its own errors, ended by terminal states and where members disagree. Draws from rng.
 *
 * @param look rollouts go on for the returns of the states that are kept; null: nobody asks for returns
 */
export async function refill(
  engine: Engine,
  task: Task,
  policy: SquashedPolicy,
  model: Model,
  data: { readonly size: number; readonly observations: Float32Array },
  settings: RefillSettings,
  look: Look | null,
  rng: Rng,
): Promise<Refilled> {
  const [n, m] = [task.observation.size, task.action.size];
  const { together } = model;
  const [members, { rows: each }] = [model.members.length, settings];
  const steps = look === null ? settings.steps : Math.max(settings.steps + 1, look.steps);
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
  const scalar = (x: number) => ({ shape: [], data: Float32Array.of(x) });
  const program = await engine.load(
    refillGraph(task, together, { members, rows: each, actor: policy.shape, critic: look?.critic ?? null }),
  );
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
    ...(look !== null && {
      ...unflatten(criticLayout(look.critic), "critics", look.parameters),
      valueCentre: scalar((look.range.low + look.range.high) / 2),
      valueWidth: scalar((look.range.high - look.range.low) / 2),
    }),
  });
  const column = (name: string) => results[name].data as Float32Array;
  const [next, apart] = [column("next"), column("apart")];
  const onData = apart.slice(0, batch).sort();
  const most =
    settings.disagreementCut === null
      ? Number.POSITIVE_INFINITY
      : settings.disagreementCut * onData[Math.floor(NEARLY_ALL * (batch - 1))];
  // The rollout at position p of step t goes on at position heir(p) of step t + 1.
  const walk: Walk = { steps, batch, heir: (p) => (p - each + batch) % batch };
  const alive = results.alive?.data;
  const isTerminal = (at: number) =>
    alive === undefined
      ? task.isTerminal(next.subarray(at * n, (at + 1) * n), settings.terminalMargin)
      : alive[at] === 0;
  const terminal = Uint8Array.from({ length: steps * batch }, (_, at) => (isTerminal(at) ? 1 : 0));
  const kept = keptRows({ ...walk, steps: settings.steps }, (at) => terminal[at] === 0 && !(apart[at] > most));
  const returns =
    look === null
      ? null
      : lambdaReturns(walk, look, {
          rewards: column("rewards"),
          terminal,
          cut: apart.map((x) => (x > most ? 1 : 0)),
          values: column("values"),
          logLikelihoods: column("logLikelihoods"),
        });
  const disagreement = onData.reduce((total, x) => total + x, 0) / batch;
  return {
    states: takeRows(column("visited"), n, kept),
    actions: returns === null ? new Float32Array(0) : takeRows(column("actions"), m, kept),
    returns: returns === null ? new Float32Array(0) : takeRows(returns, 1, kept),
    ended: 1 - kept.length / (settings.steps * batch),
    disagreement,
  };
}

/** Rollouts side by side: positions 0 … batch − 1 at each step. */
export interface Walk {
  readonly steps: number;
  readonly batch: number;
  /** Where the rollout of a position goes on at the next step. */
  readonly heir: (position: number) => number;
}

/** Places [step, position] of rollouts that had not ended before them, in order. @param goesOn whether a rollout does after a place */
function keptRows({ steps, batch, heir }: Walk, goesOn: (place: number) => boolean): readonly number[] {
  const kept: number[] = [];
  let going = new Uint8Array(batch).fill(1);
  for (let t = 0; t < steps; t++) {
    const later = new Uint8Array(batch);
    for (let p = 0; p < batch; p++) {
      if (going[p] === 0) continue;
      kept.push(t * batch + p);
      later[heir(p)] = goesOn(t * batch + p) ? 1 : 0;
    }
    going = later;
  }
  return kept;
}
