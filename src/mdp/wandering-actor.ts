import type { Actor } from "./actor.js";

/** An Ornstein-Uhlenbeck process in discrete time: x ← x − θ x + σ · noise. */
export interface Wandering {
  /** θ: share by which x goes back to 0 in a step. */
  readonly theta: number;
  /** σ, in units of the half-width of the action box. */
  readonly sigma: number;
}

/**
 * π with noise that wanders added to its actions in episodes: u_t = π(s_t, z_t) + x_t, x_0 = 0. What moves x_t is the
 * noise of the steps before it, z_0 … z_{t−1}: x_t owes nothing to z_t, so that no draws are needed beside π's own, and without
 * noise there is none of it either. Where nobody says that episodes begin, it is π alone.
 */
export function wanderingActor(acting: Actor, actionSize: number, { theta, sigma }: Wandering): Actor {
  let x: Float32Array | undefined;
  return {
    begin(memories) {
      x = new Float32Array(memories.length * actionSize);
      memories.forEach((memory, row) => {
        if (memory !== undefined) x!.set(memory, row * actionSize);
      });
      acting.begin?.(memories);
    },
    async act(observations, noise) {
      const samples = await acting.act(observations, noise);
      const before = x;
      if (before === undefined) return samples;
      x = before.map((value, i) => value - theta * value + sigma * noise[i]);
      return samples.map((u, i) => u + before[i]);
    },
    keep(rows) {
      const before = x;
      if (before !== undefined)
        x = Float32Array.from(
          rows.flatMap((row) => Array.from(before.subarray(row * actionSize, (row + 1) * actionSize))),
        );
      acting.keep?.(rows);
    },
    memory: (row) =>
      x === undefined ? new Float32Array(actionSize) : x.slice(row * actionSize, (row + 1) * actionSize),
    release: () => acting.release(),
  };
}
