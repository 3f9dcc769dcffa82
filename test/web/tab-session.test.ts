import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { createTask } from "../../src/envs/index.js";
import { ConfigError, StorageError } from "../../src/errors/errors.js";
import type { RunEvent } from "../../src/runs/events.js";
import { crossed, recalled } from "../../src/web/crossing.js";
import type { BeginRun, FromWorker, ResumeRun } from "../../src/web/protocol.js";
import { openSealed } from "../../src/web/sealed-run.js";
import type { TabFiles } from "../../src/web/tab-files.js";
import { type TabParts, TabSession } from "../../src/web/tab-session.js";
import { VERSION } from "../../src/web/version.js";
import { tinySettings } from "../support/tiny-run.js";
import { useCompute } from "../support/use-compute.js";

const compute = useCompute(2);

/** Files in memory, as long as the test lasts. */
class MemoryFiles implements TabFiles {
  readonly all = new Map<string, Map<string, Uint8Array<ArrayBuffer>>>();
  async runs() {
    return [...this.all.keys()];
  }
  async list(run: string) {
    return [...(this.all.get(run)?.keys() ?? [])].sort();
  }
  async read(run: string, name: string) {
    return this.all.get(run)!.get(name)!;
  }
  async write(run: string, name: string, bytes: Uint8Array) {
    this.all.set(run, new Map([...(this.all.get(run) ?? []), [name, Uint8Array.from(bytes)]]));
  }
  async remove(run: string, name: string) {
    this.all.get(run)!.delete(name);
  }
}

const parts = (files: TabFiles, workers = 1): TabParts => ({
  openCompute: async () => ({ ...compute(), engines: compute().engines.slice(0, workers), close: async () => {} }),
  openFiles: async () => files,
  lock: async () => {},
  importModule: (address) => import(address),
  clock: () => 0, // runs are compared, metrics and all
  date: () => "2000-01-01T00:00:00.000Z",
  versions: { browser: "a test" },
});

const begin = (patch: Partial<BeginRun> = {}): BeginRun => ({
  kind: "begin",
  task: { name: "point-mass", isModule: false, options: {} },
  algorithm: "pal",
  preset: "default",
  settings: [tinySettings("pal", createTask("point-mass"))],
  seed: 1,
  keep: "a run",
  keepEvery: 1,
  engines: 1,
  ...patch,
});
const resume = (patch: Partial<ResumeRun> = {}): ResumeRun => ({
  kind: "resume",
  from: "a run",
  keep: "a run",
  keepEvery: 1,
  engines: 1,
  ...patch,
});

/** Plays a run; `watch` sees each message as it comes. */
async function played(
  request: BeginRun | ResumeRun,
  files: TabFiles = new MemoryFiles(),
  watch: (message: FromWorker, session: TabSession) => void = () => {},
  workers = 1,
) {
  const said: FromWorker[] = [];
  const session: TabSession = new TabSession(parts(files, workers), (message) => {
    said.push(message);
    watch(message, session);
  });
  await session.play(request);
  const text = said.flatMap((message) => (message.kind === "lines" ? [message.text] : [])).join("");
  const events = text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as RunEvent);
  return {
    session,
    said,
    text,
    events,
    iterations: events.filter(({ type }) => type === "iteration"),
    last: said.at(-1)!,
  };
}

test("says config, then the lines of metrics.jsonl, and keeps the two newest snapshots", async () => {
  const files = new MemoryFiles();
  const { said, events, last } = await played(begin(), files);
  expect(said[0]).toMatchObject({
    kind: "config",
    config: { algorithm: "pal", seed: 1, versions: { stackelberg: VERSION } },
  });
  expect(events.map(({ type }) => type)).toEqual(["start", ...Array(4).fill("iteration"), "end"]);
  expect(last).toEqual({ kind: "ended", reason: "finished" });
  expect((await files.list("a run")).map((name) => name.slice(0, 6))).toEqual(["000003", "000004"]);
});

test("killed after any iteration and resumed, it is the unbroken run, bit for bit; on one engine as on two", async () => {
  const whole = await played(begin(), new MemoryFiles(), () => {}, 2);
  const final = openSealed("whole", whole.session.snapshot()).snapshot;
  for (const k of [1, 2, 3]) {
    const files = new MemoryFiles();
    await played(begin(), files, (message, session) => {
      if (message.kind === "kept" && message.iteration === k) session.stop();
    });
    const again = await played(resume(), files);
    expect(again.iterations).toEqual(whole.iterations);
    expect(again.events.filter(({ type }) => type === "start")).toHaveLength(2);
    expect(openSealed("resumed", again.session.snapshot()).snapshot).toEqual(final);
  }
});

test("goes on from a snapshot's bytes, and for longer", async () => {
  const whole = await played(begin({ keep: null }));
  const { iterations } = await played(resume({ from: whole.session.snapshot(), keep: null, maxSamples: 165 }));
  expect(iterations.slice(0, 4)).toEqual(whole.iterations);
  expect(iterations.at(-1)).toMatchObject({ iteration: 5, samples: 175 });
});

test("a pause holds it and changes nothing", async () => {
  const whole = await played(begin({ keep: null }));
  let pauses = 0;
  const held = await played(begin({ keep: null }), new MemoryFiles(), (message, session) => {
    if (message.kind !== "progress" || pauses >= 3) return;
    pauses++;
    session.pause();
    setTimeout(() => session.goOn(), 5);
  });
  expect(pauses).toBe(3);
  expect(held.text).toBe(whole.text);
});

test("a snapshot that has changed is passed over with a warning, and the one before it taken", async () => {
  const files = new MemoryFiles();
  const whole = await played(begin(), files);
  const newest = (await files.list("a run")).at(-1)!;
  files.all.get("a run")!.get(newest)![5000] ^= 1;
  const { said, iterations, last } = await played(resume(), files);
  expect(said.find(({ kind }) => kind === "warning")).toMatchObject({
    text: expect.stringMatching(/checksum differs/),
  });
  expect(iterations).toEqual(whole.iterations);
  expect(last).toEqual({ kind: "ended", reason: "finished" });
});

const failure = async (request: BeginRun | ResumeRun, files?: TabFiles): Promise<Error> => {
  const { last } = await played(request, files);
  expect(last.kind).toBe("failed");
  return recalled((last as Extract<FromWorker, { kind: "failed" }>).error);
};

test("what is wrong is said in errors of the classes that train throws", async () => {
  const unknown = await failure(begin({ task: { name: "pointmass", isModule: false, options: {} } }));
  expect(unknown).toBeInstanceOf(ConfigError);
  expect(unknown.message).toMatch(/pointmass.*point-mass/s);
  expect(await failure(begin({ settings: [{ npg: { stepz: 1 } }] }))).toBeInstanceOf(ConfigError);
  const gone = await failure(resume());
  expect(gone).toBeInstanceOf(StorageError);
  expect(gone.message).toBe('run "a run": is not kept in this browser. Begin it, or resume one of keptRuns().');
  const files = new MemoryFiles();
  await played(begin(), files);
  expect((await failure(begin(), files)).message).toMatch(/is kept in this browser already/);
  expect(await failure(resume({ from: Uint8Array.of(1, 2, 3), keep: null }))).toBeInstanceOf(StorageError);
  const planned = new TabSession(parts(files), () => {});
  expect(() => planned.snapshot()).toThrow(/has no snapshot yet/);
});

test("a task may be a module's default export", async () => {
  const name = new URL("../../examples/my-task.mjs", import.meta.url).href;
  const missing = await failure(begin({ task: { name: `${name}x`, isModule: true, options: {} } }));
  expect(missing).toBeInstanceOf(ConfigError);
  expect(missing.message).toMatch(/its module cannot be loaded/);
});

test("an error crosses the border as what it was", () => {
  const there = new ConfigError("a.b", "is 3", "Give 4");
  const here = recalled(structuredClone(crossed(there)));
  expect(here).toBeInstanceOf(ConfigError);
  expect([here.message, (here as ConfigError).code, (here as ConfigError).mend]).toEqual([
    there.message,
    "E_CONFIG",
    "Give 4",
  ]);
  expect(recalled(structuredClone(crossed(new RangeError("too far"))))).toMatchObject({
    name: "RangeError",
    message: "too far",
  });
});

test("the version is package.json's", () => {
  expect(VERSION).toBe(JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")).version);
});
