import type { BoundProgram, Compute, Engine, Tensors } from "../../compute/engine.js";
import type { Graph } from "../../compute/graph.js";
import { shareOut } from "../../compute/share.js";
import { actionBox } from "../../mdp/action-box.js";
import type { Nominal } from "./follow.js";
import type { Opened } from "./opened.js";
import { type Place, pieces, rowsAt, table } from "./places.js";
import type { StepModel } from "./plan-model.js";
import { jacobianGraph } from "./slope-graphs.js";

/** Rows of a run: their activations stay in the cache, and there is work for several engines. */
const ROWS_PER_RUN = 512;

/** Jacobians of steps, and slopes of rewards that members say themselves. */
export interface Jacobians {
  /**
   * @param places of each member
   * @param chances noise that particles meet, of each member [horizon, its particles · noise size]
   * @returns of each member's places, in their order; slopes are 0 where the member says no reward
   */
  at(
    nominal: Nominal,
    places: readonly (readonly Place[])[],
    chances: readonly Float32Array[],
  ): Promise<readonly (readonly StepModel[])[]>;
  release(): Promise<void>;
}

/** A graph bound on each engine. */
export async function boundOn(
  { engines }: Compute,
  of: Graph,
  fixed: Tensors,
): Promise<ReadonlyMap<Engine, BoundProgram>> {
  const bind = async (engine: Engine): Promise<[Engine, BoundProgram]> => [
    engine,
    await (await engine.load(of)).bind(fixed),
  ];
  return new Map(await Promise.all(engines.map(bind)));
}

export async function jacobians(compute: Compute, opened: Opened): Promise<Jacobians> {
  const { task, members, particles } = opened;
  const [n, m] = [task.observation.size, task.action.size];
  const d = n + m;
  const { halfWidth } = actionBox(task.action);
  // Two runs at a time on each engine: it works at one while this thread sees to the other's inputs.
  const engines = { ...compute, engines: [...compute.engines, ...compute.engines] };
  const programs = await Promise.all(
    members.map((member) => boundOn(compute, jacobianGraph(task, member), member.tensors("model"))),
  );

  /** What a run takes: a row for each entry of s′, and one for the reward. */
  function inputsAt(nominal: Nominal, member: number, places: readonly Place[], chances: Float32Array): Tensors {
    const { noiseSize, learnsReward } = members[member];
    const times = n + (learnsReward ? 1 : 0);
    const total = places.length * times;
    const { states, actions } = rowsAt(opened, nominal, places, times);
    const cotangents = new Float32Array(total * n);
    const ofReward = new Float32Array(total);
    const chance = new Float32Array(total * noiseSize);
    for (let row = 0; row < total; row++) {
      const y = row % times;
      if (y < n) cotangents[row * n + y] = 1;
      else ofReward[row] = 1;
      const { t, particle } = places[Math.floor(row / times)];
      const at = (t * particles.rowsOf[member] + particles.places[particle].row) * noiseSize;
      if (noiseSize > 0) chance.set(chances.subarray(at, at + noiseSize), row * noiseSize);
    }
    return {
      states: table(states, n),
      actions: table(actions, m),
      ...(noiseSize > 0 && { chance: table(chance, noiseSize) }),
      cotangents: table(cotangents, n),
      ...(learnsReward && { ofReward: { shape: [total], data: ofReward } }),
    };
  }

  return {
    async at(nominal, places, chances) {
      const jobs = members.flatMap((_, member) =>
        pieces(places[member], Math.max(1, Math.floor(ROWS_PER_RUN / (n + 1)))).map((own) => ({ member, own })),
      );
      const found = await shareOut(engines, jobs, async (engine, { member, own }) => {
        const times = n + (members[member].learnsReward ? 1 : 0);
        const outputs = await programs[member].get(engine)!.run(inputsAt(nominal, member, own, chances[member]));
        const [byState, byAction] = [outputs.byState.data as Float32Array, outputs.byAction.data as Float32Array];
        return own.map((_, i): StepModel => {
          const jacobian = new Float64Array(n * d);
          const slope = new Float64Array(d);
          for (let y = 0; y < times; y++)
            for (let j = 0; j < d; j++) {
              const row = i * times + y;
              const entry = j < n ? byState[row * n + j] : byAction[row * m + j - n] * halfWidth[j - n];
              if (y < n) jacobian[y * d + j] = entry;
              else slope[j] = -entry;
            }
          return { jacobian, slope, curvature: null };
        });
      });
      return members.map((_, member) => found.filter((_own, job) => jobs[job].member === member).flat());
    },
    async release() {
      for (const own of programs) for (const program of own.values()) await program.release();
    },
  };
}
