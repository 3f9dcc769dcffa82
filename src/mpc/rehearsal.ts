import type { Compute, Engine, Tensors } from "../compute/engine.js";
import { shareOut } from "../compute/share.js";
import { actionBox } from "../mdp/action-box.js";
import type { DynamicsNet } from "../mdp/parametric.js";
import type { Task } from "../mdp/task.js";
import { fillNormal, type Rng } from "../random/rng.js";
import { planSize } from "./plan.js";
import { returnGraph } from "./return-graph.js";
import type { TerminalValue } from "./terminal-value.js";

/** What plans are tried out in; names as in the settings. */
export interface RehearsalSettings {
  readonly horizon: number;
  /** Rows that each plan is followed in, shared out among the members in turn. */
  readonly particles: number;
  readonly terminalMargin: number;
}

/** What a plan's return is. */
export interface ReturnUnits {
  readonly discount: number;
  /** V's weight; 0 leaves it out. */
  readonly valueWeight: number;
}

/** Members of a model made ready to try plans out. */
export interface Rehearsal {
  /** Numbers of a plan. */
  readonly planSize: number;
  /**
   * Mean returns of plans in each member, [members][plans]. Draws from rng.
   *
   * A particle stays in one member for the whole horizon (TS-∞, Chua et al. 2018), and meets the same noise whatever plan
   * it follows: plans are compared by what they do, not by their luck (Ng and Jordan 2000).
   *
   * @param states [worlds, observation size]
   * @param plans [plans, horizon, action size]
   * @param worldOf the world that each plan begins in, [plans]
   */
  returns(
    states: Float32Array,
    plans: Float32Array,
    worldOf: Int32Array,
    units: ReturnUnits,
    rng: Rng,
  ): Promise<readonly Float64Array[]>;
  release(): Promise<void>;
}

/** Rows of a run: their activations stay in the cache, and there is work for several engines. */
const ROWS_PER_RUN = 512;

/** Particles of each member: its share, the first members one more where it does not come out even. */
export const particlesOf = (particles: number, members: number): readonly number[] =>
  Array.from({ length: members }, (_, i) => Math.floor(particles / members) + (i < particles % members ? 1 : 0));

/** @param value V of what lies beyond the horizon, where there is one */
export async function rehearsal(
  compute: Compute,
  task: Task,
  members: readonly DynamicsNet[],
  { horizon, particles, terminalMargin }: RehearsalSettings,
  value?: TerminalValue,
): Promise<Rehearsal> {
  const [n, m] = [task.observation.size, task.action.size];
  const box = actionBox(task.action);
  const size = planSize({ horizon, actionSize: m });
  // Particles of a member without noise are all the same.
  const shares = particlesOf(particles, members.length).map((count, i) => (members[i].noiseSize === 0 ? 1 : count));
  const fixed: Tensors = {
    centre: { shape: [m], data: box.centre },
    halfWidth: { shape: [m], data: box.halfWidth },
    ...value?.tensors("value"),
  };
  const programs = new Map(
    await Promise.all(
      compute.engines.map(
        async (engine): Promise<[Engine, Awaited<ReturnType<typeof bound>>]> => [engine, await bound(engine)],
      ),
    ),
  );
  function bound(engine: Engine) {
    return Promise.all(
      members.map(async (member) => {
        const program = await engine.load(returnGraph(task, member, terminalMargin, value));
        return program.bind({ ...fixed, ...member.tensors("model") });
      }),
    );
  }
  // Two runs at a time on each engine: it works at one while this thread sees to the other's inputs.
  const engines = [...compute.engines, ...compute.engines];
  return {
    planSize: size,
    async returns(states, plans, worldOf, { discount, valueWeight }, rng) {
      const count = worldOf.length;
      const pieces = new Map<string, Piece>();
      const jobs = members.flatMap((_, member) => {
        const each = Math.max(1, Math.floor(ROWS_PER_RUN / shares[member]));
        return Array.from({ length: Math.ceil(count / each) }, (_, i) => ({
          member,
          from: i * each,
          to: Math.min((i + 1) * each, count),
        }));
      });
      const chances = members.map(({ noiseSize }, i) =>
        fillNormal(new Float32Array(horizon * shares[i] * noiseSize), rng.stream(i)),
      );
      const common = {
        steps: { shape: [], data: Int32Array.of(horizon) },
        states: { shape: [states.length / n, n], data: states },
        discount: { shape: [], data: Float32Array.of(discount) },
        ...(value && { valueWeight: { shape: [], data: Float32Array.of(valueWeight) } }),
      };
      const results = members.map(() => new Float64Array(count));
      await shareOut({ ...compute, engines }, jobs, async (engine, { member, from, to }) => {
        const share = shares[member];
        const key = `${from} ${to} ${share}`;
        const piece = pieces.get(key) ?? pieceOf(plans, worldOf, from, to, share, size, m);
        pieces.set(key, piece);
        const drawn = share * members[member].noiseSize;
        const outputs = await programs.get(engine)![member].run({
          ...common,
          ...piece,
          ...(drawn > 0 && { chance: { shape: [horizon, drawn], data: chances[member] } }),
        });
        const rows = outputs.returns.data as Float32Array;
        for (let plan = from; plan < to; plan++) {
          let total = 0;
          for (let p = 0; p < share; p++) total += rows[(plan - from) * share + p];
          results[member][plan] = total / share;
        }
      });
      return results;
    },
    async release() {
      for (const own of programs.values()) for (const program of own) await program.release();
    },
  };
}

type Piece = Readonly<Record<"plans" | "worldOf" | "planOf" | "chanceOf", Tensors[string]>>;

/** Plans from … to − 1 as a run takes them: a row for each of their particles. */
function pieceOf(
  plans: Float32Array,
  worlds: Int32Array,
  from: number,
  to: number,
  share: number,
  size: number,
  m: number,
): Piece {
  const [count, horizon] = [to - from, size / m];
  const byStep = new Float32Array(count * size);
  for (let plan = 0; plan < count; plan++)
    for (let t = 0; t < horizon; t++)
      for (let j = 0; j < m; j++) byStep[(t * count + plan) * m + j] = plans[(from + plan) * size + t * m + j];
  const rows = count * share;
  const index = (of: (row: number) => number) => ({
    shape: [rows],
    data: Int32Array.from({ length: rows }, (_, row) => of(row)),
  });
  return {
    plans: { shape: [horizon, count * m], data: byStep },
    worldOf: index((row) => worlds[from + Math.floor(row / share)]),
    planOf: index((row) => Math.floor(row / share)),
    chanceOf: index((row) => row % share),
  };
}
