import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parts } from "../../../src/cli/parts.js";
import type { Compute } from "../../../src/compute/engine.js";
import { Workbench } from "../../../src/dashboard/server/workbench.js";
import { ComputeError } from "../../../src/errors/errors.js";
import { openTestCompute } from "../../support/engines.js";
import { playReal } from "../support/real-runs.js";

let cwd: string;
let compute: Compute;
const run = () => join(cwd, "run");
const openTask = async () => parts.createTask("inverted-pendulum");

beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), "stackelberg-workbench-"));
  compute = await openTestCompute({ workers: 1 });
  await playReal(run(), compute, { task: "inverted-pendulum", seed: 1 });
});
afterAll(async () => {
  await compute?.close();
  rmSync(cwd, { recursive: true, force: true });
});

test("engines that could not be opened are opened with the next request, and their absence keeps nothing from ending", async () => {
  let isFirst = true;
  const open = async () => {
    if (!isFirst) return { ...compute, close: async () => {} };
    isFirst = false;
    throw new ComputeError("engines", "cannot be opened", "Try again");
  };
  const bench = new Workbench(openTask, open);
  await expect(bench.scene(run(), 4, 0)).rejects.toThrow("engines");
  expect(await bench.scene(run(), 4, 0)).toMatchObject({ iteration: 4, seed: 0 });
  await bench.close();
  const without = new Workbench(openTask, () =>
    Promise.reject(new ComputeError("engines", "cannot be opened", "Try again")),
  );
  await expect(without.scene(run(), 4, 0)).rejects.toThrow("engines");
  await without.close();
});

test("who ends waits for what is being computed, and for nothing that has not begun", async () => {
  const bench = new Workbench(openTask, async () => ({ ...compute, close: async () => {} }));
  const asked = [0, 1, 2, 3, 4].map((seed) => bench.scene(run(), 4, seed));
  const outcomes = Promise.allSettled(asked);
  await new Promise((resolve) => setImmediate(resolve)); // the first has begun
  await bench.close();
  const [first, ...others] = await outcomes;
  expect(first.status).toBe("fulfilled");
  expect(others.map(({ status }) => status)).toEqual(Array(4).fill("rejected"));
});
