import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parts } from "../../../src/cli/parts.js";
import type { Compute } from "../../../src/compute/engine.js";
import { heardCompute } from "../../../src/compute/heard-compute.js";
import { Workbench } from "../../../src/dashboard/server/workbench.js";
import type { JobNews, LabPart } from "../../../src/dashboard/shared/protocol.js";
import { ComputeError } from "../../../src/errors/errors.js";
import { openTestCompute } from "../../support/engines.js";
import { playReal } from "../support/real-runs.js";
import { ask, askJson, pushes, useDashboards } from "../support/served.js";

const { serve } = useDashboards();
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

test("who waits hears how far a lab is and what is there of it; when all have left, it stops in the middle", async () => {
  let runs = 0;
  const engines = heardCompute(compute, () => runs++);
  const bench = new Workbench(openTask, async () => ({ ...engines, close: async () => {} }));
  const news: JobNews<LabPart>[] = [];
  const whole = await bench.lab(run(), 4, { hear: (each) => news.push(each) });
  const shares = news.map(({ share }) => share);
  expect(shares).toEqual([...shares].sort((a, b) => a - b));
  expect(new Set(shares).size).toBeGreaterThan(10);
  expect(Math.max(...shares)).toBeLessThan(1);
  const { alive, open, closed, ...part } = whole;
  expect(news.flatMap(({ part }) => part ?? [])).toEqual([part]);

  runs = 0;
  const [one, other] = [new AbortController(), new AbortController()];
  let hears = 0;
  const half = (leaves: AbortController) => ({
    signal: leaves.signal,
    hear: ({ share, part }: JobNews<unknown>) => {
      hears++;
      if (share > 0.3 || part !== undefined) leaves.abort();
    },
  });
  const answers = [bench.lab(run(), 3, half(one)), bench.lab(run(), 3, { signal: other.signal })];
  expect((await Promise.all(answers)).map(({ iteration }) => iteration)).toEqual([3, 3]); // the other still waited
  const heard = hears;
  runs = 0;
  const third = bench.scene(run(), 4, 0, half(new AbortController()));
  await expect(third).rejects.toThrow(/abort/i);
  expect(hears).toBeGreaterThan(heard);
  const stopped = runs;
  const again = await bench.scene(run(), 4, 0); // from the beginning
  expect(again.ghosts).toHaveLength(2);
  expect(stopped).toBeLessThan(runs - stopped);
  await bench.close();
});

test("a request that follows is answered line by line, and its end, good or bad, is the last of them", async () => {
  const openOwn = async () => ({ ...compute, close: async () => {} });
  const dashboard = await serve(cwd, { openTask, openCompute: openOwn, roots: ["run"] });
  const [{ id }] = (await pushes(dashboard, ({ runs }) => runs.length > 0)).runs;
  const lines = async (address: string) => {
    const { text } = await ask(dashboard, `/api/runs/${id}/${address}`);
    return text.trimEnd().split("\n").map((line) => JSON.parse(line)); // biome-ignore format: one line
  };
  const followed = await lines("lab?checkpoint=4&follow=1");
  expect(followed.length).toBeGreaterThan(10);
  expect(followed.at(-1)).toEqual({ answer: await askJson(dashboard, `/api/runs/${id}/lab?checkpoint=4`) });
  expect((await lines("lab?checkpoint=77&follow=1")).at(-1)).toEqual({ error: expect.stringContaining("77") });
});
