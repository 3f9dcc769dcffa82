import { expect, test } from "vitest";
import { rolloutLength } from "../../src/agents/players/mbpo.js";
import { emptyMinibatches, type Minibatches } from "../../src/mdp/minibatches.js";
import { seeded } from "../../src/random/rng.js";
import { drawImagined, EMPTY_POOL, poolSize, withBlock } from "../../src/sac/model-pool.js";

/** Rows that tell their number by every column. */
const block = (from: number, count: number): Minibatches => {
  const row = (width: number) => Float32Array.from({ length: count * width }, (_, i) => from + Math.floor(i / width));
  return { observations: row(2), actions: row(1), rewards: row(1), next: row(2), goesOn: row(1) };
};

test("keeps the newest blocks that it has room for, the newest whatever its size, and copies none", () => {
  const [a, b, c] = [block(0, 3), block(3, 4), block(7, 5)];
  const two = withBlock(withBlock(EMPTY_POOL, a, 8), b, 8);
  expect(two.blocks).toEqual([a, b]);
  const three = withBlock(two, c, 10);
  expect(three.blocks[0]).toBe(b);
  expect(poolSize(three)).toBe(9);
  expect(two.blocks).toHaveLength(2); // a value
  expect(withBlock(three, c, 2).blocks).toEqual([c]);
});

test("draws each row with the same chance, whole rows, to their place in the batch", () => {
  const pool = withBlock(withBlock(EMPTY_POOL, block(0, 3), 10), block(3, 2), 10);
  const batch = emptyMinibatches(5001, 2, 1);
  drawImagined(batch, 1, 5000, pool, seeded(1));
  expect(batch.rewards[0]).toBe(0);
  const counts = [0, 0, 0, 0, 0];
  for (let i = 1; i < 5001; i++) {
    const row = batch.rewards[i];
    counts[row]++;
    expect([
      batch.observations[2 * i],
      batch.observations[2 * i + 1],
      batch.actions[i],
      batch.next[2 * i],
      batch.goesOn[i],
    ]).toEqual(new Array(5).fill(row));
  }
  for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(5 * Math.sqrt(800)); // 5 standard deviations
});

test("rollouts grow along a straight line, rounded down, between two moments", () => {
  const hopper = { rolloutFrom: 20_000, rolloutTo: 150_000, rolloutMin: 1, rolloutMax: 15 } as Parameters<
    typeof rolloutLength
  >[0];
  const at = (samples: number) => rolloutLength(hopper, samples);
  expect([0, 20_000, 29_000, 30_000, 85_000, 149_999, 150_000, 1e6].map(at)).toEqual([1, 1, 1, 2, 8, 14, 15, 15]);
});
