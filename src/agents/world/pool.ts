import { drawSeed, type Task, type World } from "../../mdp/task.js";
import type { Rng } from "../../random/rng.js";

/** Worlds of a task, made when first needed and kept for the next time. */
export interface WorldPool {
  readonly task: Task;
  /** `count` worlds, in whatever state. */
  worlds(count: number): Promise<readonly World[]>;
  close(): void;
}

export function worldPool(task: Task): WorldPool {
  const made: World[] = [];
  return {
    task,
    async worlds(count) {
      while (made.length < count) made.push(await task.createWorld());
      return made.slice(0, count);
    },
    close() {
      for (const world of made.splice(0)) world.close();
    },
  };
}

/** Draws start states from ρ by resetting a world; no step is taken, so these are not samples. */
export async function initialStates(pool: WorldPool): Promise<(count: number, rng: Rng) => Float32Array> {
  const [world] = await pool.worlds(1);
  const width = pool.task.observation.size;
  return (count, rng) => {
    const states = new Float32Array(count * width);
    for (let i = 0; i < count; i++) states.set(world.reset({ seed: drawSeed(rng) }).observation, i * width);
    return states;
  };
}
