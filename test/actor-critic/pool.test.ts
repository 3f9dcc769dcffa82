import * as fc from "fast-check";
import { expect, test } from "vitest";
import { drawRows, emptyPool, type StatePool, withStates } from "../../src/actor-critic/pool.js";
import { seeded } from "../../src/random/rng.js";

const WIDTH = 2;
/** States that carry their number. */
const numbered = (from: number, count: number) =>
  Float32Array.from({ length: count * WIDTH }, (_, i) => 10 * (from + Math.floor(i / WIDTH)) + (i % WIDTH));

/** Rows of which all parts carry their number. */
const numberedRows = (from: number, count: number, actionSize: number) => ({
  states: numbered(from, count),
  actions: Float32Array.from({ length: count * actionSize }, (_, i) => from + Math.floor(i / actionSize)),
  returns: Float32Array.from({ length: actionSize === 0 ? 0 : count }, (_, i) => -(from + i)),
});

/** The pool's rows, the oldest first. */
function inOrder({ states, actions, returns, capacity, size, next }: StatePool) {
  const first = size < capacity ? 0 : next;
  const order = Array.from({ length: size }, (_, i) => (first + i) % capacity);
  const part = (values: Float32Array) => {
    const width = values.length / capacity;
    return Float32Array.from(order.flatMap((row) => [...values.subarray(row * width, (row + 1) * width)]));
  };
  return { states: part(states), actions: part(actions), returns: part(returns) };
}

test("holds the newest rows in order, states with what became of them, however they came, and leaves the pool of before as it was", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 7 }),
      fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 8 }),
      fc.integer({ min: 0, max: 3 }),
      (capacity, counts, actionSize) => {
        let pool = emptyPool(capacity, WIDTH, actionSize);
        let all = 0;
        for (const count of counts) {
          const before = structuredClone(pool);
          const grown = withStates(pool, numberedRows(all, count, actionSize), WIDTH);
          expect(pool).toEqual(before);
          pool = grown;
          all += count;
          const kept = Math.min(all, capacity);
          expect([pool.size, pool.capacity]).toEqual([kept, capacity]);
          expect(inOrder(pool)).toEqual(numberedRows(all - kept, kept, actionSize));
        }
      },
    ),
  );
});

test("what is added is copied: the given states may change later", () => {
  const fresh = numberedRows(0, 2, 1);
  const pool = withStates(emptyPool(4, WIDTH, 1), fresh, WIDTH);
  for (const part of Object.values(fresh)) part.fill(-9);
  expect(inOrder(pool)).toEqual(numberedRows(0, 2, 1));
});

test("draws rows that hold a state, each with the same chance, by the stream alone", () => {
  const pool = withStates(emptyPool(100, WIDTH, 0), numberedRows(0, 5, 0), WIDTH);
  const draws = drawRows(pool, 5000, seeded(1));
  expect(drawRows(pool, 5000, seeded(1))).toEqual(draws);
  expect(drawRows(pool, 5000, seeded(2))).not.toEqual(draws);
  const counts = Array.from({ length: 5 }, (_, row) => draws.filter((each) => each === row).length);
  // 1000 ± 28 each: five standard deviations.
  for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(141);
});
