import type { Compute } from "../compute/engine.js";
import { shareOut } from "../compute/share.js";
import { modelEpisodes } from "../mdp/model-episodes.js";
import { predictor } from "../mdp/one-step.js";
import type { ActingNet, Model } from "../mdp/parametric.js";
import type { Task } from "../mdp/task.js";
import type { Trajectory } from "./trajectories.js";

/** How far model and world are apart after 0 … T steps. */
export interface LookAhead {
  /** L(t) = E‖s_t^W − s_t^M‖ over starts and members, [T + 1]; root mean square over entries, each in units of its spread σ_s. */
  readonly error: Float64Array;
  /** E|s_t^W − s_t^M| of each entry in its own unit, [entries][T + 1]. */
  readonly byDimension: readonly Float64Array[];
  /** How far the members are apart: root mean square over entries of their standard deviation, in units of σ_s, [T + 1]. */
  readonly disagreement: Float64Array;
  /** E of the distance that was asked for, in its own unit, [T + 1]; null where none was. */
  readonly distance: Float64Array | null;
}

/** How far two states are apart in what a figure is about: an angle, say. */
export type StateDistance = (world: Float32Array, model: Float32Array) => number;

/** Error amplification over the look-ahead horizon (App. B.3, figure 6). */
export interface RolloutError {
  /** Episodes of the world that are still going at t, [T + 1]; means are over these. */
  readonly alive: Int32Array;
  /** M gets the actions that π took in W: a_t^M = a_t^W = π(s_t^W). */
  readonly open: LookAhead;
  /** π acts in M by itself: a_t^M = π(s_t^M). */
  readonly closed: LookAhead;
}

/** Moves the states of some episodes one step on in M; `rows` says which episodes they are. */
type Step = (states: Float32Array, rows: readonly number[], t: number) => Promise<Float32Array>;

/**
 * Rolls every member out from the starts of trajectories, with the episodes' own actions (open loop) and with the
 * policy's (closed loop), and compares with what happened in the world. π takes its mean action in both. The model goes
 * on where the world's episode does, even through states in which the task would end it.
 *
 * @throws {DivergenceError} where a member predicts numbers that are not finite
 */
export async function rolloutError(request: {
  readonly compute: Compute;
  readonly task: Task;
  readonly policy: ActingNet;
  readonly model: Model;
  readonly episodes: readonly Trajectory[];
  readonly distance?: StateDistance;
}): Promise<RolloutError> {
  const { compute, task, policy, model, episodes, distance } = request;
  const horizon = Math.max(...episodes.map(({ length }) => length));
  const [n, m] = [task.observation.size, task.action.size];
  const open = await shareOut(compute, model.members, async (engine, member) => {
    const { next, release } = await predictor(engine, member, n, m);
    const actions = (rows: readonly number[], t: number) =>
      gathered(rows, m, (row) => episodes[row].actions.subarray(t * m, (t + 1) * m));
    return rolled(episodes, n, horizon, (s, rows, t) => next(s, actions(rows, t))).finally(release);
  });
  const closed = await shareOut(compute, model.members, async (engine, _, member) => {
    const imagined = await modelEpisodes(engine, task, policy, model, member);
    const step: Step = async (s, rows) => (await imagined.begin(s).step(new Float32Array(rows.length * m))).next;
    return rolled(episodes, n, horizon, step).finally(() => imagined.release());
  });
  const alive = Int32Array.from({ length: horizon + 1 }, (_, t) => episodes.filter(({ length }) => length >= t).length);
  const compared = (states: typeof open) => lookAhead(episodes, model, states, alive, distance);
  return { alive, open: compared(open), closed: compared(closed) };
}

/** Rows of some episodes as one table, [rows, width]. */
function gathered(rows: readonly number[], width: number, row: (episode: number) => Float32Array): Float32Array {
  const table = new Float32Array(rows.length * width);
  rows.forEach((episode, i) => {
    table.set(row(episode), i * width);
  });
  return table;
}

/** s_0^M … s_T^M of every episode, as long as its episode in the world, [length + 1, observation size] each. */
async function rolled(
  episodes: readonly Trajectory[],
  n: number,
  horizon: number,
  step: Step,
): Promise<readonly Float32Array[]> {
  const states = episodes.map((episode) => {
    const table = new Float32Array(episode.states.length);
    table.set(episode.states.subarray(0, n));
    return table;
  });
  for (let t = 0; t < horizon; t++) {
    const rows = [...episodes.keys()].filter((i) => episodes[i].length > t);
    const now = gathered(rows, n, (i) => states[i].subarray(t * n, (t + 1) * n));
    const next = await step(now, rows, t);
    rows.forEach((episode, i) => {
      states[episode].set(next.subarray(i * n, (i + 1) * n), (t + 1) * n);
    });
  }
  return states;
}

function lookAhead(
  episodes: readonly Trajectory[],
  { stateFactor: units }: Model,
  members: readonly (readonly Float32Array[])[],
  alive: Int32Array,
  distance: StateDistance | undefined,
): LookAhead {
  const steps = alive.length;
  const n = units.length;
  const moving = units.reduce((count, unit) => count + (unit === 0 ? 0 : 1), 0) || 1;
  const [error, disagreement] = [new Float64Array(steps), new Float64Array(steps)];
  const byDimension = Array.from({ length: n }, () => new Float64Array(steps));
  const asked = distance === undefined ? null : new Float64Array(steps);
  for (let t = 0; t < steps; t++) {
    const share = 1 / (alive[t] * members.length);
    episodes.forEach(({ length, states }, episode) => {
      if (length < t) return;
      const predicted = members.map((member) => member[episode].subarray(t * n, (t + 1) * n));
      const squares = new Float64Array(members.length);
      let variance = 0;
      if (distance !== undefined && asked !== null) {
        const truth = states.subarray(t * n, (t + 1) * n);
        for (const s of predicted) asked[t] += share * distance(truth, s);
      }
      for (let j = 0; j < n; j++) {
        const truth = states[t * n + j];
        const mean = predicted.reduce((sum, s) => sum + s[j], 0) / members.length;
        predicted.forEach((s, member) => {
          const distance = Math.abs(s[j] - truth);
          byDimension[j][t] += share * distance;
          squares[member] += (distance * units[j]) ** 2;
          variance += ((s[j] - mean) * units[j]) ** 2 / members.length;
        });
      }
      for (const square of squares) error[t] += share * Math.sqrt(square / moving);
      disagreement[t] += Math.sqrt(variance / moving) / alive[t];
    });
  }
  return { error, byDimension, disagreement, distance: asked };
}
