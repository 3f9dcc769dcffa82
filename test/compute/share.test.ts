import { expect, test } from "vitest";
import type { Compute, Engine } from "../../src/compute/engine.js";
import { shareOut } from "../../src/compute/share.js";

const engine = (): Engine => ({ load: () => Promise.reject(new Error("not used")) });
const computeOf = (count: number): Compute => ({
  engines: Array.from({ length: count }, engine),
  provider: "cpu",
  close: () => Promise.resolve(),
});
const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test("results come in the order of the items, however long each takes", async () => {
  const results = await shareOut(computeOf(3), [30, 1, 20, 2, 10], async (_, ms, i) => {
    await later(ms);
    return `${i}: ${ms}`;
  });
  expect(results).toEqual(["0: 30", "1: 1", "2: 20", "3: 2", "4: 10"]);
});

test("each engine works on one item at a time, and none is idle while items wait", async () => {
  const compute = computeOf(2);
  const busy = new Set<Engine>();
  let [most, done] = [0, 0];
  await shareOut(compute, Array(7).fill(2), async (which, ms: number) => {
    expect(busy.has(which)).toBe(false);
    busy.add(which);
    most = Math.max(most, busy.size);
    await later(ms);
    busy.delete(which);
    done++;
  });
  expect([most, done]).toEqual([2, 7]);
});

test("no items, no work", async () => {
  expect(await shareOut(computeOf(2), [], () => Promise.reject(new Error("called")))).toEqual([]);
});

test("an error of one item is the error of all, and no further item is begun", async () => {
  const begun: number[] = [];
  const shared = shareOut(computeOf(2), [0, 1, 2, 3, 4, 5, 6, 7], async (_, item) => {
    begun.push(item);
    await later(2);
    if (item === 1) throw new Error("item 1");
  });
  await expect(shared).rejects.toThrow("item 1");
  await later(20);
  expect(begun.length).toBeLessThan(5);
});
