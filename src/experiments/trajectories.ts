import { playEpisodes } from "../agents/world/play.js";
import type { WorldPool } from "../agents/world/pool.js";
import type { Actor } from "../mdp/actor.js";

/** An episode of the mean policy in the world, from its start to its end. */
export interface Trajectory {
  /** Control steps. */
  readonly length: number;
  /** s_0 … s_T, [length + 1, observation size]. */
  readonly states: Float32Array;
  /** a_0 … a_{T−1} as executed, [length, action size]. */
  readonly actions: Float32Array;
}

/** Plays the mean policy in W from each of these seeds, at most `horizon` steps. */
export async function worldTrajectories(
  acting: Actor,
  pool: WorldPool,
  seeds: readonly number[],
  horizon: number,
): Promise<readonly Trajectory[]> {
  const states: Float32Array[][] = seeds.map(() => []);
  const actions: Float32Array[][] = seeds.map(() => []);
  const last: Float32Array[] = [];
  await playEpisodes(acting, pool, {
    starts: seeds,
    noise: "mean",
    watch: ({ episode, observation, action, next }) => {
      states[episode].push(observation);
      actions[episode].push(action);
      last[episode] = next;
    },
    longest: horizon,
  });
  return seeds.map((_, i) => ({
    length: actions[i].length,
    states: joined([...states[i], last[i]]),
    actions: joined(actions[i]),
  }));
}

function joined(rows: readonly Float32Array[]): Float32Array {
  const width = rows[0].length;
  const table = new Float32Array(rows.length * width);
  rows.forEach((row, i) => {
    table.set(row, i * width);
  });
  return table;
}
