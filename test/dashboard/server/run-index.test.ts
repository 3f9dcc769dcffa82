import { spawn } from "node:child_process";
import { appendFileSync, chmodSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { RunIndex } from "../../../src/dashboard/server/run-index.js";
import { MetricLog } from "../../../src/dashboard/shared/metric-log.js";
import { metricsPath } from "../../../src/runs/metrics-log.js";
import { fakeEvent } from "../../runs/support/fake.js";
import { fakeRun } from "../support/fake-runs.js";
import { withoutRoot } from "../support/process.js";
import { pushes, useDashboards } from "../support/served.js";

/** Calls of each kind since they were last set to nothing. */
const calls = vi.hoisted(() => ({ reads: 0, looks: 0 }));
vi.mock("node:fs", async (original) => {
  const real = await original<typeof import("node:fs")>();
  type Name = "readFileSync" | "openSync" | "readdirSync" | "existsSync" | "statSync";
  const counted = (name: Name, kind: keyof typeof calls) => {
    const call = real[name] as (...args: unknown[]) => unknown;
    const counting = (...args: unknown[]) => {
      calls[kind]++;
      return call(...args);
    };
    return [name, counting] as const;
  };
  const reads = (["readFileSync", "openSync", "readdirSync"] as const).map((name) => counted(name, "reads"));
  const looks = (["existsSync", "statSync"] as const).map((name) => counted(name, "looks"));
  return { ...real, ...Object.fromEntries([...reads, ...looks]) };
});

const { folder, serve } = useDashboards();
const RUNS = 20;
/** Files that are older than this do not change without a trace, ms. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 150));
const indexOf = (cwd: string) => new RunIndex(["runs"], cwd, () => null);
afterEach(() => vi.restoreAllMocks());

describe("runs that are looked at again and again", () => {
  test("are not read again while nothing changes, and cost the same however many pages are open", async () => {
    const cwd = folder();
    for (let i = 0; i < RUNS; i++) await fakeRun(join(cwd, `runs/${i}`), 2);
    await settled();
    const dashboard = await serve(cwd);
    let [stop, begun] = [false, 0];
    const begin = () => void begun++;
    const open = [1, 2, 3].map(() => pushes(dashboard, () => stop, begin));
    await expect.poll(() => begun, { timeout: 20_000 }).toBe(3);
    Object.assign(calls, { reads: 0, looks: 0 });
    await new Promise((resolve) => setTimeout(resolve, 2100));
    expect(calls.reads).toBe(0);
    expect(calls.looks).toBeGreaterThan(0);
    expect(calls.looks).toBeLessThanOrEqual(3 * (5 * RUNS + 1)); // looks × (files of a run and itself, the place of all)
    stop = true;
    await fakeRun(join(cwd, "runs/last"), 1);
    await Promise.all(open);
  });

  test("are the same list where nothing has changed, and the same entries where others have", async () => {
    const cwd = folder();
    const [one] = [await fakeRun(join(cwd, "runs/one"), 2), await fakeRun(join(cwd, "runs/two"), 2)];
    await settled();
    const index = indexOf(cwd);
    const before = index.look();
    expect(index.look()).toBe(before);
    appendFileSync(metricsPath(one), `${JSON.stringify(fakeEvent(3))}\n`);
    const after = index.look();
    expect(after.map(({ digest }) => digest.iterations)).toEqual([3, 2]);
    expect(after[1].digest).toBe(before[1].digest);
  });

  test("show at the next look whatever was changed right after the last", async () => {
    const cwd = folder();
    const run = await fakeRun(join(cwd, "runs/one"), 1);
    const index = indexOf(cwd);
    const config = readFileSync(join(run, "config.json"), "utf8");
    for (let k = 2; k < 60; k++) {
      mkdirSync(join(run, "checkpoints", String(k).padStart(4, "0")));
      appendFileSync(metricsPath(run), `${JSON.stringify(fakeEvent(k))}\n`);
      writeFileSync(join(run, "config.json"), config.replace('"seed": 3', `"seed": ${k % 10}`)); // in place, of one size
      const [entry] = index.look();
      expect([entry.checkpoints[0], entry.digest.iterations, entry.identity!.seed]).toEqual([k, k, k % 10]);
    }
  });

  test("are the same list though one of their files is asked for in vain each time", async () => {
    const cwd = folder();
    const run = await fakeRun(join(cwd, "runs/one"), 1);
    await withoutRoot(cwd, async () => {
      chmodSync(join(run, "config.json"), 0);
      const index = indexOf(cwd);
      const before = index.look();
      expect(before[0].problems.join()).toMatch(/config\.json.*EACCES/);
      await settled();
      const [reads, later] = [calls.reads, index.look()];
      expect([calls.reads > reads, index.look()]).toEqual([true, later]);
      expect(index.look()).toBe(later);
      chmodSync(join(run, "config.json"), 0o600);
      expect(index.look()).toMatchObject([{ status: "finished", problems: [] }]);
    });
  });

  test("are each looked at on their own: what is thrown over one is said of it alone, for as long as it is", async () => {
    const cwd = folder();
    for (const name of ["one", "two"]) await fakeRun(join(cwd, "runs", name), 1);
    vi.spyOn(MetricLog.prototype, "last").mockImplementationOnce(() => {
      throw new TypeError("nobody thought of this");
    });
    const index = indexOf(cwd);
    const summary = () => index.look().map(({ status, problems }) => [status, problems]);
    expect(summary()).toEqual([
      ["unreadable", ["nobody thought of this"]],
      ["finished", []],
    ]);
    expect(summary()[0]).toEqual(["finished", []]);
  });

  test("go when they are removed, at once", async () => {
    const cwd = folder();
    const run = await fakeRun(join(cwd, "runs/one"), 1);
    const index = indexOf(cwd);
    expect(index.look()).toHaveLength(1);
    rmSync(run, { recursive: true });
    expect(index.look()).toEqual([]);
  });

  test("are stale once they have been quiet for long, though no file says so", async () => {
    const cwd = folder();
    const run = await fakeRun(join(cwd, "runs/going"), 2);
    await fakeRun(join(cwd, "runs/ended"), 2);
    writeFileSync(join(run, "run.lock"), JSON.stringify({ pid: process.pid, host: hostname(), started: null }));
    await settled();
    const index = indexOf(cwd);
    const before = index.look();
    const light = (runs: typeof before, name: string) =>
      runs.find((entry) => entry.name === name)!.digest.lights.find((each) => each.name === "progress");
    expect(light(before, "going")).toMatchObject({ level: "good", text: "running" });
    const now = Date.now();
    vi.spyOn(Date, "now").mockImplementation(() => now + 600_000);
    const later = index.look();
    expect(light(later, "going")).toMatchObject({
      level: "warn",
      text: expect.stringMatching(/no new line for 10 min/),
    });
    expect(light(later, "ended")).toBe(light(before, "ended"));
    expect(index.look()).toBe(later);
  });

  test("are killed as soon as their process is, which changes no file", async () => {
    const cwd = folder();
    const run = await fakeRun(join(cwd, "runs/one"), 2);
    const log = readFileSync(metricsPath(run), "utf8");
    writeFileSync(metricsPath(run), log.slice(0, log.lastIndexOf("{"))); // it has not come to its end
    const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
    writeFileSync(join(run, "run.lock"), JSON.stringify({ pid: child.pid, host: hostname(), started: null }));
    const dashboard = await serve(cwd);
    let died = 0;
    const seen = await pushes(
      dashboard,
      ({ runs }) => runs[0].status === "killed",
      () => {
        child.kill("SIGKILL");
        died = Date.now();
      },
    );
    expect(seen.runs[0].problems).toEqual([]);
    expect(Date.now() - died).toBeLessThan(10_000); // a second, where the machine has nothing else to do
    await settled();
    const index = indexOf(cwd);
    index.look();
    const before = calls.reads;
    index.look();
    expect(calls.reads).toBe(before); // whoever is dead stays dead: the lock is not read again
    expect(statSync(join(run, "run.lock")).isFile()).toBe(true);
  });

  test("may be many directories that are no runs: those are not listed again either", async () => {
    const cwd = folder();
    for (let i = 0; i < 50; i++) mkdirSync(join(cwd, `runs/${i % 5}/${i}`), { recursive: true });
    await settled();
    const index = indexOf(cwd);
    index.look();
    const now = performance.now();
    vi.spyOn(performance, "now").mockImplementation(() => now + 60_000); // it is time to look around
    const before = calls.reads;
    index.look();
    expect(calls.reads).toBe(before);
    await fakeRun(join(cwd, "runs/3/new"), 1);
    vi.spyOn(performance, "now").mockImplementation(() => now + 120_000);
    expect(index.look()).toMatchObject([{ name: "new" }]);
  });
});
