import { expect, test } from "vitest";
import { cached } from "../../src/compute/cached.js";

test("what has the same key is built once; another name or another part of the key is another thing", () => {
  let built = 0;
  const of = (...key: readonly [string, ...unknown[]]) => cached(key, () => ({ number: built++ }));
  const one = of("test of cached", { hidden: [4] }, 2);
  expect(of("test of cached", { hidden: [4] }, 2)).toBe(one);
  expect(built).toBe(1);
  for (const other of [
    of("another test of cached", { hidden: [4] }, 2),
    of("test of cached", { hidden: [5] }, 2),
    of("test of cached", { hidden: [4] }),
  ])
    expect(other).not.toBe(one);
  expect(built).toBe(4);
});

test("what could not be built is built again", () => {
  expect(() =>
    cached(["test of a failure"], () => {
      throw new Error("no");
    }),
  ).toThrow("no");
  expect(cached(["test of a failure"], () => 7)).toBe(7);
});
