import type { Rng } from "../random/rng.js";
import type { Experience } from "./experience.js";

/** Steps that updates learn from, row by row; of several updates one after the other. */
export interface Minibatches {
  /** s, [rows, observation size]. */
  readonly observations: Float32Array;
  /** u: what was executed, in units of the half-width of the action box, [rows, action size]. */
  readonly actions: Float32Array;
  /** r, [rows]. */
  readonly rewards: Float32Array;
  /** s′, [rows, observation size]. */
  readonly next: Float32Array;
  /** 1 where s′ goes on and 0 where it is terminal, [rows]. */
  readonly goesOn: Float32Array;
}

export const emptyMinibatches = (rows: number, n: number, m: number): Minibatches => ({
  observations: new Float32Array(rows * n),
  actions: new Float32Array(rows * m),
  rewards: new Float32Array(rows),
  next: new Float32Array(rows * n),
  goesOn: new Float32Array(rows),
});

/** Where the action box lies. */
interface Box {
  readonly centre: ArrayLike<number>;
  readonly halfWidth: ArrayLike<number>;
}

/**
 * Puts `count` rows of D, drawn with replacement, to rows `at`, `at` + 1, … of a batch. What is drawn is copied here and
 * D stays: a run of updates then takes as long with a million samples as with a thousand. Draws from rng.
 */
export function drawReal(batch: Minibatches, at: number, count: number, data: Experience, box: Box, rng: Rng): void {
  const { observationSize: n, actionSize: m, size } = data;
  for (let i = at; i < at + count; i++) {
    const row = rng.integer(size);
    for (let j = 0; j < n; j++) {
      batch.observations[i * n + j] = data.observations[row * n + j];
      batch.next[i * n + j] = data.next[row * n + j];
    }
    for (let j = 0; j < m; j++)
      batch.actions[i * m + j] = (data.actions[row * m + j] - box.centre[j]) / box.halfWidth[j];
    batch.rewards[i] = data.rewards[row];
    batch.goesOn[i] = 1 - data.terminal[row];
  }
}
