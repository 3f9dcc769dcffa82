import type { Compute, Tensor, Tensors } from "../../compute/engine.js";
import { actionBox } from "../../mdp/action-box.js";
import type { ReturnUnits } from "../rehearsal.js";
import type { Feedback } from "./backward.js";
import { followGraph } from "./follow-graph.js";
import type { Opened } from "./opened.js";

/** Where candidates of one world lead; S has the states of all particles side by side, [N]. */
export interface Paths {
  /** H */
  readonly horizon: number;
  /** [candidates] */
  readonly returns: Float32Array;
  /** u_t, [horizon, candidates, m]. */
  readonly actions: Float32Array;
  /** S_0 … S_H, [horizon + 1, candidates, N]. */
  readonly states: Float32Array;
  /** m_0 … m_H, [horizon + 1, candidates, particles]. */
  readonly alive: Float32Array;
}

/** A plan and the one path of it, around which others are tried. */
export interface Nominal {
  /** [horizon, m] */
  readonly plan: Float32Array;
  /** S_0 … S_H, [horizon + 1, N]. */
  readonly states: Float32Array;
  /** m_0 … m_H, [horizon + 1, particles]. */
  readonly alive: Float32Array;
  readonly return: number;
}

/** Follows plans from a state in all particles. */
export interface Follower {
  /**
   * @param engine number of the engine that does it
   * @param around û, Ŝ and the feedback; absent: `plan` as it stands
   * @param lengths α of each candidate
   */
  follow(job: {
    readonly engine: number;
    readonly state: Float32Array;
    readonly around: { readonly plan: Float32Array; readonly states: Float32Array; readonly feedback: Feedback | null };
    readonly lengths: readonly number[];
    readonly chances: readonly Float32Array[];
    readonly units: ReturnUnits;
  }): Promise<Paths>;
  release(): Promise<void>;
}

export async function follower(compute: Compute, opened: Opened): Promise<Follower> {
  const { task, members, particles, horizon, terminalMargin, value } = opened;
  const [n, m] = [task.observation.size, task.action.size];
  const count = particles.weights.length;
  const N = count * n;
  const box = actionBox(task.action);
  const fixed: Tensors = {
    centre: { shape: [m], data: box.centre },
    halfWidth: { shape: [m], data: box.halfWidth },
    ...value?.tensors("value"),
    ...Object.assign({}, ...members.map((member, i) => member.tensors(`model${i}`))),
  };
  const programs = await Promise.all(
    compute.engines.map(async (engine) => {
      const program = await engine.load(followGraph(task, members, particles, terminalMargin, value));
      return program.bind(fixed);
    }),
  );
  return {
    async follow({ engine, state, around, lengths, chances, units }) {
      const candidates = lengths.length;
      const starts = new Float32Array(candidates * N);
      for (let at = 0; at < starts.length; at += n) starts.set(state, at);
      const { plan, states, feedback } = around;
      const table = (data: Float32Array, width: number): Tensor => ({ shape: [horizon, width], data });
      const outputs = await programs[engine].run({
        steps: { shape: [], data: Int32Array.of(horizon) },
        lengths: { shape: [candidates], data: Float32Array.from(lengths) },
        starts: { shape: [candidates, N], data: starts },
        plan: table(plan, m),
        path: table(
          states.subarray(0, horizon * N).map((x) => (Number.isFinite(x) ? x : 0)),
          N,
        ),
        open: table(feedback?.open ?? new Float32Array(horizon * m), m),
        gains: table(feedback?.gains ?? new Float32Array(horizon * N * m), N * m),
        ...Object.fromEntries(
          members.flatMap(({ noiseSize }, i) =>
            noiseSize === 0 ? [] : [[`chance${i}`, table(chances[i], particles.rowsOf[i] * noiseSize)]],
          ),
        ),
        discount: { shape: [], data: Float32Array.of(units.discount) },
        ...(value && { valueWeight: { shape: [], data: Float32Array.of(units.valueWeight) } }),
      });
      const numbers = (name: string) => outputs[name].data as Float32Array;
      return {
        horizon,
        returns: numbers("returns"),
        actions: numbers("actions"),
        states: joined(numbers("states"), numbers("lastState")),
        alive: joined(numbers("alive"), numbers("lastAlive")),
      };
    },
    async release() {
      for (const program of programs) await program.release();
    },
  };
}

/** One candidate of several as the plan to go on from. */
export function nominalOf({ horizon, returns, actions, states, alive }: Paths, candidate: number): Nominal {
  const candidates = returns.length;
  const own = (of: Float32Array, rounds: number) => {
    const width = of.length / rounds / candidates;
    const result = new Float32Array(rounds * width);
    for (let t = 0; t < rounds; t++) {
      const at = (t * candidates + candidate) * width;
      result.set(of.subarray(at, at + width), t * width);
    }
    return result;
  };
  return {
    plan: own(actions, horizon),
    states: own(states, horizon + 1),
    alive: own(alive, horizon + 1),
    return: returns[candidate],
  };
}

function joined(a: Float32Array, b: Float32Array): Float32Array {
  const both = new Float32Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
