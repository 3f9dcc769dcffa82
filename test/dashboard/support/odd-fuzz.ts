import { cpSync, mkdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { Dashboard, DashboardOptions } from "../../../src/dashboard/server/server.js";
import { ComputeError } from "../../../src/errors/errors.js";
import { seeded } from "../../../src/random/rng.js";
import { fakeTask } from "../../runs/support/fake.js";
import { fakeRun, smallRun } from "./fake-runs.js";
import { makeOdd } from "./odd-runs.js";
import { ask, pushes } from "./served.js";

/** What a dashboard on fake runs stands on: nothing is computed. */
export const FAKE: Pick<DashboardOptions, "openTask" | "openCompute"> = {
  openTask: async () => fakeTask,
  openCompute: async () => {
    throw new ComputeError("engines", "are not needed here", "Ask for something else");
  },
};

const PARTS = ["", "/metrics", "/lab?checkpoint=2", "/scene?checkpoint=2", "/policy.onnx?checkpoint=2"];

/** Asks for all that a page shows of a run; every answer ends, and none is an error of ours. */
export async function askAll(dashboard: Dashboard, id: string): Promise<void> {
  for (const part of PARTS) {
    const { status, text } = await ask(dashboard, `/api/runs/${id}${part}`);
    expect([200, 404, 422], `${part}: ${text}`).toContain(status);
    expect(text).not.toMatch(/\n\s+at /);
  }
}

/** Runs that come, fifty at a time, each odd by chance, are asked for and go, while a page is open. */
export async function manyOddRuns(cwd: string, dashboard: Dashboard, count: number): Promise<void> {
  const good = await smallRun(join(cwd, "good"));
  mkdirSync(join(cwd, "runs"));
  const open = pushes(dashboard, ({ runs }) => runs.length === 1 && runs[0].name === "last");
  for (let first = 0; first < count; first += 50) {
    const runs = Array.from({ length: 50 }, (_, i) => join(cwd, "runs", String(first + i)));
    runs.forEach((run, i) => {
      cpSync(good, run, { recursive: true });
      makeOdd(run, seeded(1).stream("odd run", first + i));
    });
    const there = runs.filter((run) => isThere(join(run, "config.json")) || isThere(join(run, "metrics.jsonl")));
    const seen = await pushes(dashboard, (state) => state.runs.length === there.length);
    for (const { id } of seen.runs) await askAll(dashboard, id);
    for (const run of runs) rmSync(run, { recursive: true, force: true });
  }
  await fakeRun(join(cwd, "runs/last"), 1);
  expect((await open).runs).toMatchObject([{ status: "finished", problems: [] }]);
}

/** Whether anything stands in a place, be it a link that leads nowhere but to itself. */
function isThere(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return true;
  }
}
