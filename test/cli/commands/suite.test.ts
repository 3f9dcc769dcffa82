import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { DivergenceError } from "../../../src/errors/errors.js";
import { lockRun } from "../../../src/runs/lock.js";
import { readSuite, runOf } from "../../../src/suites/frozen-suite.js";
import { failureOf } from "../../../src/suites/marks.js";
import { fakePlayer, fakeTrain, temporaryDirectory } from "../../runs/support/fake.js";
import { cli, jsonLines } from "../support/harness.js";

const FILE = {
  name: "s",
  ways: ["pal", "mal"],
  tasks: ["point-mass"],
  samples: 300,
  settings: { data: { initialSamples: 100 } },
};

/** A suite of two runs, frozen in `suite`. */
async function frozen() {
  const cwd = temporaryDirectory();
  writeFileSync(join(cwd, "s.json"), JSON.stringify(FILE));
  expect(await cli(["suite", "run", "s.json", "--out", "suite", "--dry-run"], { cwd })).toMatchObject({
    code: 0,
    err: "",
  });
  return { cwd, suite: readSuite(join(cwd, "suite")) };
}
const work = (cwd: string, index: number, parts = {}) =>
  cli(["suite", "work", "suite", "--index", String(index), "--quiet"], { cwd, parts });
const failing = (error: Error) => ({
  // biome-ignore lint/correctness/useYield: it fails before its first iteration
  player: { ...fakePlayer, async *train() { throw error; } }, // biome-ignore format: one line
});

describe("suite work", () => {
  test("begins a run, and where it is finished does nothing but sweep what a killed process left", async () => {
    const { cwd, suite } = await frozen();
    expect(await work(cwd, 0)).toMatchObject({ code: 0 });
    const log = join(runOf(suite, suite.jobs[0].id), "metrics.jsonl");
    const once = readFileSync(log, "utf8");
    expect(once.match(/"type":"iteration"/g)).toHaveLength(3);
    const lock = join(runOf(suite, suite.jobs[0].id), "run.lock");
    writeFileSync(lock, "of a process that is gone");
    expect(await work(cwd, 0)).toMatchObject({ code: 0 });
    expect(existsSync(lock)).toBe(false);
    expect(await work(cwd, 1)).toMatchObject({ code: 0 });
    writeFileSync(lock, "of a process that is gone");
    expect(await cli(["suite", "run", "suite"], { cwd })).toMatchObject({ code: 0 });
    expect(existsSync(lock)).toBe(false);
    expect(readFileSync(log, "utf8")).toBe(once);
  });

  test("goes on with a run that has begun, from what a process left that was killed at any moment", async () => {
    const { cwd, suite } = await frozen();
    const run = runOf(suite, suite.jobs[0].id);
    mkdirSync(run, { recursive: true });
    writeFileSync(join(run, ".config.json.1.tmp"), "{"); // killed before it had begun
    const twoThenStop = {
      ...fakePlayer,
      train: async function* (setup: Parameters<typeof fakeTrain>[0]) {
        let n = 0;
        for await (const each of fakeTrain(setup)) {
          yield each;
          if (++n === 2) throw new Error("power cut");
        }
      },
    };
    expect((await work(cwd, 0, { player: twoThenStop })).code).toBe(1);
    expect(failureOf(suite, suite.jobs[0].id)).toMatchObject({ kind: "failed", attempts: 1, iteration: 2 });
    expect((await work(cwd, 0)).code).toBe(0);
    expect(failureOf(suite, suite.jobs[0].id)).toBeUndefined();
    expect(readFileSync(join(run, "metrics.jsonl"), "utf8").match(/"type":"iteration"/g)).toHaveLength(3);
  });

  test("exits with 3 where the run diverged, and does not try it again", async () => {
    const { cwd } = await frozen();
    const diverged = await work(
      cwd,
      0,
      failing(new DivergenceError("the model player", "the loss is NaN", "Lower it")),
    );
    expect([diverged.code, diverged.err]).toEqual([3, expect.stringContaining("the loss is NaN")]);
    const again = await work(cwd, 0);
    expect([again.code, again.err]).toEqual([3, expect.stringContaining("is not tried again by itself")]);
    const status = await cli(["suite", "status", "suite"], { cwd });
    expect(status.code).toBe(1);
    expect(status.out).toMatch(/failed .*diverged: the model player: the loss is NaN/);
    expect((await cli(["suite", "retry", "suite"], { cwd })).out).toContain("1 runs may be tried again");
    expect((await work(cwd, 0)).code).toBe(0);
    expect((await cli(["suite", "status", "suite"], { cwd })).code).toBe(0);
  });

  test("exits with 75 where another process works in the run", async () => {
    const { cwd, suite } = await frozen();
    const run = runOf(suite, suite.jobs[0].id);
    mkdirSync(run, { recursive: true });
    const lock = lockRun(run);
    expect((await work(cwd, 0)).code).toBe(75);
    lock.release();
    expect((await work(cwd, 0)).code).toBe(0);
  });

  test("leaves a run to a process on another machine, which nobody can ask, until an engine vouches that it is over", async () => {
    const { cwd, suite } = await frozen();
    const run = runOf(suite, suite.jobs[0].id);
    mkdirSync(run, { recursive: true });
    const orphan = { pid: 1, host: "another-machine", started: null, token: "t" };
    writeFileSync(join(run, "run.lock"), `${JSON.stringify(orphan)}\n`);
    const left = await work(cwd, 0);
    expect([left.code, left.err]).toEqual([75, expect.stringContaining("process 1 on another-machine works in it")]);
    expect(JSON.parse(readFileSync(join(run, "run.lock"), "utf8"))).toEqual(orphan);
  });

  test("exits with 2 where the directory holds another run, or the suite was edited", async () => {
    const { cwd, suite } = await frozen();
    await work(cwd, 0);
    const path = join(runOf(suite, suite.jobs[0].id), "config.json");
    writeFileSync(path, readFileSync(path, "utf8").replace('"seed": 1', '"seed": 2'));
    writeFileSync(join(runOf(suite, suite.jobs[0].id), "summary.json"), "{}");
    const other = await work(cwd, 0);
    expect([other.code, other.err]).toEqual([2, expect.stringContaining("holds a run that is not this suite's")]);
    const frozenPath = join(suite.directory, "suite.json");
    writeFileSync(frozenPath, readFileSync(frozenPath, "utf8").replace('"attempts": 3', '"attempts": 9'));
    const edited = await work(cwd, 1);
    expect([edited.code, edited.err]).toEqual([2, expect.stringContaining("was edited since it was frozen")]);
  });

  test("does nothing where the run was cancelled; names an index and a run that there is not", async () => {
    const { cwd, suite } = await frozen();
    expect((await cli(["suite", "cancel", "suite", suite.jobs[1].id], { cwd })).out).toContain("1 of 2 runs cancelled");
    expect((await work(cwd, 1)).code).toBe(0);
    expect(existsSync(runOf(suite, suite.jobs[1].id))).toBe(false);
    expect(await work(cwd, 2)).toMatchObject({ code: 2, err: expect.stringContaining("Give 0 to 1") });
    const wrong = await cli(["suite", "cancel", "suite", "point-mass-pal-s2"], { cwd });
    expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining('Did you mean "point-mass-pal-s1"?')]);
  });
});

test("suite status is a line for each run, or JSON", async () => {
  const { cwd } = await frozen();
  await work(cwd, 0);
  const { out } = await cli(["suite", "status", "suite"], { cwd });
  expect(out).toMatch(/^0 {2}point-mass-pal-s1 {2}finished {2}300 of 300/);
  expect(out).toContain("2 runs: 1 finished, 1 waiting");
  const lines = jsonLines((await cli(["suite", "status", "suite", "--json"], { cwd })).out);
  expect(lines).toMatchObject([
    { id: "point-mass-pal-s1", state: "finished", samples: 300 },
    { id: "point-mass-mal-s1", state: "waiting", samples: 0 },
    { suite: "s", runs: 2, finished: 1, waiting: 1, failed: 0 },
  ]);
});

test.each([
  [["kafka://host"], /^url: no queue speaks "kafka:\/\/"\. Give redis:\/\/.*\.\n$/],
  [["redis://127.0.0.1:1"], /^redis:\/\/127\.0\.0\.1:1: the queue cannot be reached: connect ECONNREFUSED .*\.\n$/],
  [
    ["redis://127.0.0.1:1", "--jobs", "0"],
    /^--jobs: must be a whole number above 0, got "?0"?\. For instance --jobs 2\.\n$/,
  ],
  [
    ["redis://127.0.0.1:1", "--name", "a:b"],
    /^--name: must be a name of .*, got "a:b"\. For instance --name night\.\n$/,
  ],
])("suite worker %j exits with 2 and one line", async (line, why) => {
  const { code, err } = await cli(["suite", "worker", ...line], { cwd: temporaryDirectory() });
  expect([code, err]).toEqual([2, expect.stringMatching(why)]);
});

test("suite status shows the directories where the queue cannot be reached, and warns", async () => {
  const { cwd, suite } = await frozen();
  writeFileSync(
    join(suite.directory, "executor.json"),
    JSON.stringify({ name: "queue", options: { url: "redis://127.0.0.1:1" } }),
  );
  const { code, out, err } = await cli(["suite", "status", "suite"], { cwd });
  expect([code, out]).toEqual([0, expect.stringMatching(/2 runs: 2 waiting/)]);
  expect(err).toMatch(/^Warning: what waits is not known\. redis:\/\/127\.0\.0\.1:1: the queue cannot be reached/);
});

test("a suite's file that changed is refused, and says what differs", async () => {
  const { cwd } = await frozen();
  writeFileSync(join(cwd, "s.json"), JSON.stringify({ ...FILE, samples: 400 }));
  const changed = await cli(["suite", "run", "s.json", "--out", "suite", "--dry-run"], { cwd });
  expect([changed.code, changed.err]).toEqual([2, expect.stringContaining("have other settings now")]);
});

test("suite report writes what is there, and says what is missing", async () => {
  const { cwd } = await frozen();
  await work(cwd, 0);
  expect(await cli(["suite", "report", "suite", "--out", "r"], { cwd })).toMatchObject({ code: 0, err: "" });
  expect(readFileSync(join(cwd, "r/report.md"), "utf8")).toContain("What is missing: no runs of MAL.");
  expect(readFileSync(join(cwd, "r/report.html"), "utf8")).toContain("<svg");
  expect(existsSync(join(cwd, "r/s.svg"))).toBe(true);
});

test.each([
  [["suite", "run", "fig9"], /fig2, fig3, fig4, fig6/],
  [["suite", "run", "fig2"], /--budget: none was given.*smoke, laptop, paper/],
  [["suite", "run", "fig2", "--budget", "huge"], /--budget: there is no "huge"/],
  [["suite", "status", "nowhere"], /holds no suite\.json/],
  [["reproduce", "--only", "fgi2"], /Did you mean "fig2"\?/],
])("what cannot be is said: %j", async (line, message) => {
  const shown = await cli(line, { cwd: temporaryDirectory() });
  expect([shown.code, shown.err]).toEqual([2, expect.stringMatching(message)]);
});
