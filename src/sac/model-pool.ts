import type { Minibatches } from "../mdp/minibatches.js";
import type { Rng } from "../random/rng.js";

/** Imagined steps, in blocks of which each is what one move made: a move adds its own and forgets the oldest, and copies nothing. */
export interface ModelPool {
  readonly blocks: readonly Minibatches[];
}

export const EMPTY_POOL: ModelPool = { blocks: [] };

const rowsOf = ({ rewards }: Minibatches): number => rewards.length;

/** Imagined steps that it holds. */
export const poolSize = ({ blocks }: ModelPool): number => blocks.reduce((total, block) => total + rowsOf(block), 0);

/** The pool with one block more, and of the others the newest that `capacity` has room for. The newest always stays. */
export function withBlock({ blocks }: ModelPool, block: Minibatches, capacity: number): ModelPool {
  const kept = [...blocks, block];
  let total = kept.reduce((sum, each) => sum + rowsOf(each), 0);
  while (kept.length > 1 && total > capacity) total -= rowsOf(kept.shift()!);
  return { blocks: kept };
}

/** Puts `count` rows of the pool, each with the same chance, to rows `at`, `at` + 1, … of a batch. Draws from rng. */
export function drawImagined(batch: Minibatches, at: number, count: number, pool: ModelPool, rng: Rng): void {
  const size = poolSize(pool);
  const [n, m] = [batch.observations.length / rowsOf(batch), batch.actions.length / rowsOf(batch)];
  for (let i = at; i < at + count; i++) {
    let row = rng.integer(size);
    let b = 0;
    while (row >= rowsOf(pool.blocks[b])) row -= rowsOf(pool.blocks[b++]);
    const from = pool.blocks[b];
    for (let j = 0; j < n; j++) {
      batch.observations[i * n + j] = from.observations[row * n + j];
      batch.next[i * n + j] = from.next[row * n + j];
    }
    for (let j = 0; j < m; j++) batch.actions[i * m + j] = from.actions[row * m + j];
    batch.rewards[i] = from.rewards[row];
    batch.goesOn[i] = from.goesOn[row];
  }
}
