import * as fc from "fast-check";
import { expect, test } from "vitest";
import { drawRows, emptyPool, type StatePool, withStates } from "../../src/actor-critic/pool.js";
import { seeded } from "../../src/random/rng.js";

const WIDTH = 2;
/** States that carry their number. */
const numbered = (from: number, count: number) =>
  Float32Array.from({ length: count * WIDTH }, (_, i) => 10 * (from + Math.floor(i / WIDTH)) + (i % WIDTH));

/** The pool's states, the oldest first. */
function inOrder({ states, capacity, size, next }: StatePool): number[] {
  const first = size < capacity ? 0 : next;
  return Array.from({ length: size }, (_, i) => (first + i) % capacity).flatMap((row) => [
    ...states.subarray(row * WIDTH, (row + 1) * WIDTH),
  ]);
}

test("holds the newest states in order, however they came, and leaves the pool of before as it was", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 7 }),
      fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 8 }),
      (capacity, counts) => {
        let pool = emptyPool(capacity, WIDTH);
        let all = 0;
        for (const count of counts) {
          const before = structuredClone(pool);
          const grown = withStates(pool, numbered(all, count), WIDTH);
          expect(pool).toEqual(before);
          pool = grown;
          all += count;
          const kept = Math.min(all, capacity);
          expect([pool.size, pool.capacity]).toEqual([kept, capacity]);
          expect(inOrder(pool)).toEqual([...numbered(all - kept, kept)]);
        }
      },
    ),
  );
});

test("what is added is copied: the given states may change later", () => {
  const fresh = numbered(0, 2);
  const pool = withStates(emptyPool(4, WIDTH), fresh, WIDTH);
  fresh.fill(-1);
  expect(inOrder(pool)).toEqual([...numbered(0, 2)]);
});

test("draws rows that hold a state, each with the same chance, by the stream alone", () => {
  const pool = withStates(emptyPool(100, WIDTH), numbered(0, 5), WIDTH);
  const draws = drawRows(pool, 5000, seeded(1));
  expect(drawRows(pool, 5000, seeded(1))).toEqual(draws);
  expect(drawRows(pool, 5000, seeded(2))).not.toEqual(draws);
  const counts = Array.from({ length: 5 }, (_, row) => draws.filter((each) => each === row).length);
  // 1000 ± 28 each: five standard deviations.
  for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(141);
});
