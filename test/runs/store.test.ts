import { existsSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { LATER_GROUPS } from "../../src/agents/defaults.js";
import { DivergenceError } from "../../src/errors/errors.js";
import { listCheckpoints, readCheckpoint } from "../../src/runs/checkpoint.js";
import { readConfig, readHead } from "../../src/runs/config.js";
import type { RunSummary } from "../../src/runs/events.js";
import { metricsPath, readEvents } from "../../src/runs/metrics-log.js";
import { playRun, type Stops } from "../../src/runs/play-run.js";
import { type ResumeOptions, RunStore } from "../../src/runs/store.js";
import { fakeCompute, fakeConfig, fakePlayer, fakeSettings, fakeTask, temporaryDirectory } from "./support/fake.js";

async function play(store: RunStore, player = fakePlayer, stops?: Stops): Promise<RunSummary> {
  try {
    return await playRun({ store, task: fakeTask, compute: fakeCompute, player, ...(stops && { stops }) });
  } finally {
    store.close();
  }
}
const begin = (samples: number) => RunStore.create(join(temporaryDirectory(), "run"), fakeConfig(samples));
const resume = (run: string, options?: ResumeOptions) => play(RunStore.resume(run, options));
const iterationLines = (run: string) =>
  readFileSync(metricsPath(run), "utf8")
    .split("\n")
    .filter((line) => line.includes('"type":"iteration"'));

/** Aborts `soon` after so many iterations. */
function stopAfter(count: number): { stops: Stops; player: typeof fakePlayer } {
  const [soon, now] = [new AbortController(), new AbortController()];
  const train: typeof fakePlayer.train = async function* (setup) {
    let seen = 0;
    for await (const iteration of fakePlayer.train(setup)) {
      if (++seen === count) soon.abort();
      yield iteration;
    }
  };
  return { stops: { soon: soon.signal, now: now.signal }, player: { ...fakePlayer, train } };
}

describe("a run", () => {
  test("leaves config, metrics, two checkpoints, networks, curve and summary", async () => {
    const store = begin(500);
    const summary = await play(store);
    const names = readdirSync(store.directory).map((name) => name.replace(/\.\d+\.stackelberg$/, ""));
    expect(names.sort()).toEqual([
      "checkpoints",
      "config.json",
      "events.out.tfevents",
      "learning-curve.svg",
      "metrics.csv",
      "metrics.jsonl",
      "model.onnx",
      "policy.onnx",
      "summary.json",
    ]);
    expect(readEvents(store.directory).map(({ type }) => type)).toEqual([
      "start",
      ...Array(5).fill("iteration"),
      "end",
    ]);
    expect(listCheckpoints(store.directory)).toEqual([5, 4]);
    expect(summary).toEqual({
      run: "run",
      algorithm: "pal",
      task: "fake-v0",
      seed: 3,
      reason: "finished",
      iterations: 5,
      samples: 500,
      seconds: 5,
      evaluation: store.iterations[4].evaluation,
    });
    expect(JSON.parse(readFileSync(join(store.directory, "summary.json"), "utf8"))).toEqual(summary);
    expect(readFileSync(join(store.directory, "policy.onnx"))).toEqual(
      Buffer.from(readCheckpoint(store.directory, 5).tensors["policy/w"].data.slice().buffer),
    );
  });

  test("has a line for a change of its task before the iteration that was first played with it, resumed or not", async () => {
    const change = { atSamples: 250, options: { forearm: "1.2" } };
    const changing: typeof fakePlayer = {
      ...fakePlayer,
      async *train(setup) {
        for await (const iteration of fakePlayer.train(setup))
          yield { ...iteration, taskChanges: iteration.metrics.iteration === 4 ? [change] : [] };
      },
    };
    const lines = (run: string) => readEvents(run).filter(({ type }) => type === "task-change" || type === "iteration");
    const heard: unknown[] = [];
    const whole = begin(500);
    await playRun({
      ...{ store: whole, task: fakeTask, compute: fakeCompute, player: changing },
      onTaskChange: (event) => heard.push(event),
    });
    whole.close();
    const line = { type: "task-change", iteration: 4, samples: 300, ...change };
    expect(lines(whole.directory).map(({ type }) => type)).toEqual([
      ...new Array(3).fill("iteration"),
      "task-change",
      ...new Array(2).fill("iteration"),
    ]);
    expect(lines(whole.directory)[3]).toEqual(line);
    expect(heard).toEqual([line]);
    for (const stop of [3, 4]) {
      const parted = begin(100 * stop);
      await play(parted, changing);
      await play(RunStore.resume(parted.directory, { maxSamples: 500 }), changing);
      expect(lines(parted.directory)).toEqual(lines(whole.directory));
    }
  });

  test("of a version that knew no changes of the task can be read and resumed", async () => {
    const store = begin(200);
    await play(store);
    const path = join(store.directory, "config.json");
    const config = JSON.parse(readFileSync(path, "utf8"));
    delete config.settings.task;
    writeFileSync(path, JSON.stringify(config));
    expect(readHead(store.directory).settings.task).toBeUndefined();
    expect(RunStore.resume(store.directory).config.settings.task).toEqual({
      turns: [],
      turnIterations: 1,
      changes: [],
    });
  });

  test("that was stopped and resumed equals one that was not", async () => {
    const [whole, parted] = [begin(1000), begin(1000)];
    await play(whole);
    const { stops, player } = stopAfter(4);
    expect((await play(parted, player, stops)).reason).toBe("interrupted");
    expect(listCheckpoints(parted.directory)).toEqual([4, 3]);
    expect((await resume(parted.directory)).reason).toBe("finished");
    expect(iterationLines(parted.directory)).toEqual(iterationLines(whole.directory));
    expect(readCheckpoint(parted.directory, 10)).toEqual(readCheckpoint(whole.directory, 10));
    expect(
      readEvents(parted.directory)
        .filter(({ type }) => type === "start")
        .map(({ iteration }) => iteration),
    ).toEqual([0, 4]);
  });

  test("that is finished can be made longer, and then equals one that was long from the start", async () => {
    const [long, short] = [begin(800), begin(500)];
    await play(long);
    await play(short);
    await resume(short.directory, { maxSamples: 800 });
    expect(iterationLines(short.directory)).toEqual(iterationLines(long.directory));
    expect(readFileSync(join(short.directory, "config.json"), "utf8")).toBe(
      readFileSync(join(long.directory, "config.json"), "utf8"),
    );
    expect(() => RunStore.resume(short.directory, { maxSamples: 300 })).toThrow("has 800 samples already, got 300");
    expect((await resume(short.directory)).iterations).toBe(8); // nothing left to do, and nothing lost
  });

  test("goes on from the checkpoint before a damaged one, with a warning, and ends the same", async () => {
    const [whole, damaged] = [begin(600), begin(600)];
    await play(whole);
    const { stops, player } = stopAfter(5);
    await play(damaged, player, stops);
    truncateSync(join(damaged.directory, "checkpoints", "0005", "model.safetensors"), 10);
    const warnings: string[] = [];
    await resume(damaged.directory, { warn: (message) => warnings.push(message) });
    expect(warnings).toEqual([expect.stringContaining("model.safetensors")]);
    expect(iterationLines(damaged.directory)).toEqual(iterationLines(whole.directory));
    expect(readCheckpoint(damaged.directory, 6)).toEqual(readCheckpoint(whole.directory, 6));
  });

  test("of which no checkpoint can be used is refused, not begun again", async () => {
    const store = begin(500);
    await play(store);
    for (const k of ["0004", "0005"]) rmSync(join(store.directory, "checkpoints", k, "state.json"));
    expect(() => RunStore.resume(store.directory)).toThrow("none of its checkpoints can be used");
    rmSync(join(store.directory, "checkpoints"), { recursive: true });
    expect(() => RunStore.resume(store.directory)).toThrow("none of its checkpoints can be used");
    expect(() => RunStore.resume(store.directory)).toThrow("--from-scratch");
    expect(iterationLines(store.directory)).toHaveLength(5);
    expect(existsSync(join(store.directory, "run.lock"))).toBe(false);
  });

  test("that diverges says so in its log, keeps its last good checkpoint and can be resumed", async () => {
    const store = begin(500);
    const train: typeof fakePlayer.train = async function* (setup) {
      let seen = 0;
      for await (const iteration of fakePlayer.train(setup)) {
        if (++seen > 3)
          throw new DivergenceError("model player, iteration 4", "the loss is NaN", "Lower model.learningRate");
        yield iteration;
      }
    };
    await expect(play(store, { ...fakePlayer, train })).rejects.toThrow(DivergenceError);
    expect(readEvents(store.directory).at(-1)).toEqual({
      type: "end",
      reason: "failed",
      iteration: 3,
      message: "model player, iteration 4: the loss is NaN. Lower model.learningRate.",
    });
    expect(JSON.parse(readFileSync(join(store.directory, "summary.json"), "utf8")).reason).toBe("failed");
    expect((await resume(store.directory)).iterations).toBe(5);
  });

  test("whose checkpoint cannot be written has not completed that iteration", async () => {
    const store = begin(500);
    const train: typeof fakePlayer.train = async function* (setup) {
      for await (const iteration of fakePlayer.train(setup)) {
        const { metrics, snapshot } = iteration;
        yield metrics.iteration < 3
          ? iteration
          : { metrics, snapshot: () => ({ ...snapshot(), tensors: { bad: {} } }) as never };
      }
    };
    await expect(play(store, { ...fakePlayer, train })).rejects.toThrow();
    expect(readEvents(store.directory).at(-1)).toMatchObject({ type: "end", reason: "failed", iteration: 2 });
    expect((await resume(store.directory)).iterations).toBe(5);
  });

  test("that is told to stop at once does not wait for the iteration under way", async () => {
    const store = begin(1000);
    const [soon, now] = [new AbortController(), new AbortController()];
    const train: typeof fakePlayer.train = async function* (setup) {
      let seen = 0;
      for await (const iteration of fakePlayer.train(setup)) {
        if (++seen === 3) {
          soon.abort();
          now.abort();
          await new Promise(() => {}); // for ever
        }
        yield iteration;
      }
    };
    const summary = await play(store, { ...fakePlayer, train }, { soon: soon.signal, now: now.signal });
    expect(summary).toMatchObject({ reason: "interrupted", iterations: 2 });
    expect((await resume(store.directory)).iterations).toBe(10);
  });
});

describe("a directory", () => {
  test("that holds a run or anything else is refused for a new run", async () => {
    const store = begin(100);
    await play(store);
    expect(() => RunStore.create(store.directory, fakeConfig())).toThrow("holds a run already");
    const other = temporaryDirectory();
    writeFileSync(join(other, "thesis.tex"), "");
    expect(() => RunStore.create(other, fakeConfig())).toThrow("is not empty");
  });

  test("that a live process writes to is refused", () => {
    const store = begin(100);
    expect(() => RunStore.resume(store.directory)).toThrow("is in use by process");
    store.close();
  });

  test("made before a group of settings was there plays on without what is new in it", () => {
    const store = begin(100);
    store.close();
    const path = join(store.directory, "config.json");
    const config = JSON.parse(readFileSync(path, "utf8")) as { settings: Record<string, unknown> };
    const { robust: _, meter: __, ...older } = config.settings;
    writeFileSync(path, JSON.stringify({ ...config, settings: older }));
    expect(readConfig(store.directory).settings).toEqual({ ...fakeSettings(100), ...LATER_GROUPS });
    expect(LATER_GROUPS).toMatchObject({ robust: { worstShare: 1, disagreementFrom: 0, disagreementTo: 0 } });
    expect(LATER_GROUPS).toMatchObject({ meter: { every: null } });
    writeFileSync(path, JSON.stringify({ ...config, settings: { ...older, robust: { worstShare: 2 } } }));
    expect(() => readConfig(store.directory)).toThrow(/settings\.robust\.worstShare/);
  });

  test("that is no run, or whose config.json is wrong, is named with the entry", () => {
    expect(() => RunStore.resume(temporaryDirectory())).toThrow(
      /config\.json: cannot be read .* Give the directory of a run/,
    );
    const store = begin(100);
    store.close();
    const path = join(store.directory, "config.json");
    const config = readFileSync(path, "utf8");
    writeFileSync(path, config.replace('"seed": 3', '"seed": -3'));
    expect(() => RunStore.resume(store.directory)).toThrow(/config\.json: seed: /);
    writeFileSync(path, config.replace('"cgIterations"', '"cgRounds"'));
    expect(() => RunStore.resume(store.directory)).toThrow(/settings\.npg.*made by stackelberg/);
    expect(readHead(store.directory).settings.data.maxSamples).toBe(100); // but it can be looked at
    writeFileSync(path, config.replace("stackelberg-run/1", "stackelberg-run/9"));
    expect(() => RunStore.resume(store.directory)).toThrow("another version");
  });
});
