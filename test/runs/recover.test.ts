import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ConfigError, StorageError } from "../../src/errors/errors.js";
import { listCheckpoints, readCheckpoint } from "../../src/runs/checkpoint.js";
import { iterationsOf, metricsPath, readEvents } from "../../src/runs/metrics-log.js";
import { playRun } from "../../src/runs/play-run.js";
import { type ResumeOptions, RunStore } from "../../src/runs/store.js";
import { fakeCompute, fakeConfig, fakePlayer, fakeTask, temporaryDirectory } from "./support/fake.js";

async function play(store: RunStore): Promise<string> {
  await playRun({ store, task: fakeTask, compute: fakeCompute, player: fakePlayer });
  store.close();
  return store.directory;
}
const finished = (iterations: number, keepEvery: number | null = null) =>
  play(RunStore.create(join(temporaryDirectory(), "run"), { ...fakeConfig(100 * iterations), keepEvery }));

/** Goes on for two more iterations. @returns what was warned of */
async function goOn(run: string, options: ResumeOptions = {}): Promise<string[]> {
  const warnings: string[] = [];
  await play(RunStore.resume(run, { maxSamples: 700, warn: (message) => warnings.push(message), ...options }));
  return warnings;
}
const linesOf = (run: string) => readFileSync(metricsPath(run), "utf8").split("\n");
/** The log with another text in the place of a line, by its number from 0. */
const withLine = (run: string, n: number, text: string) =>
  linesOf(run)
    .map((line, i) => (i === n ? text : line))
    .join("\n");
const logged = (run: string) => iterationsOf(readEvents(run)).map(({ iteration }) => iteration);

describe("a run whose log has a bad line in the middle", () => {
  test.each(["null", "{", '{"type":"iteration"}', "x".repeat(100_000)])(
    "(%.20s) goes on from its newest checkpoint and keeps the log as it was",
    async (bad) => {
      const run = await finished(5);
      const damaged = withLine(run, 2, bad); // iteration 2
      writeFileSync(metricsPath(run), damaged);
      const warnings = await goOn(run);
      expect(warnings[0]).toMatch(/metrics\.jsonl, line 3: is not an event .*kept as metrics\.damaged-1\.jsonl\.$/);
      expect(warnings[1]).toContain("iteration 2 has no line. The run goes on from its checkpoint of iteration 5");
      expect(warnings).toHaveLength(2);
      expect(readFileSync(join(run, "metrics.damaged-1.jsonl"), "utf8")).toBe(damaged);
      expect(readFileSync(join(run, "metrics.damaged-1.csv"), "utf8")).toContain("\n2,200,");
      expect(logged(run)).toEqual([1, 3, 4, 5, 6, 7]);
      expect(readCheckpoint(run, 7)).toEqual(readCheckpoint(await finished(7), 7));
      expect(JSON.parse(readFileSync(join(run, "summary.json"), "utf8"))).toMatchObject({
        iterations: 7,
        samples: 700,
      });
      // Later on nothing is damaged any more; that a line is missing stays true.
      expect(await goOn(run, { maxSamples: 800 })).toEqual([expect.stringContaining("iteration 2 has no line")]);
      expect(readdirSync(run).filter((name) => name.includes("damaged"))).toHaveLength(2);
    },
  );

  test("after its newest checkpoint loses nothing", async () => {
    const run = await finished(5);
    truncateSync(join(run, "checkpoints", "0005", "model.safetensors"), 10);
    writeFileSync(metricsPath(run), withLine(run, 5, "null")); // iteration 5
    const warnings = await goOn(run);
    expect(warnings).toHaveLength(2);
    expect(logged(run)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(readCheckpoint(run, 7)).toEqual(readCheckpoint(await finished(7), 7));
  });
});

test("a run without a log, or with a directory in its place, goes on from its newest checkpoint", async () => {
  for (const isDirectory of [false, true]) {
    const run = await finished(5);
    rmSync(metricsPath(run));
    if (isDirectory) mkdirSync(metricsPath(run));
    const warnings = await goOn(run);
    expect(warnings.at(-1)).toContain("iterations 1–5 have no line");
    expect(logged(run)).toEqual([6, 7]);
    expect(readCheckpoint(run, 7)).toEqual(readCheckpoint(await finished(7), 7));
    expect(readFileSync(join(run, "metrics.damaged-1.csv"), "utf8").split("\n")).toHaveLength(7);
  }
});

test("a run that lost its log's last lines goes on from its newest checkpoint: what is whole is not made again", async () => {
  const run = await finished(5);
  writeFileSync(metricsPath(run), `${linesOf(run).slice(0, 5).join("\n")}\n`); // start and iterations 1 to 4
  expect(await goOn(run)).toEqual([expect.stringContaining("iteration 5 has no line")]);
  expect(logged(run)).toEqual([1, 2, 3, 4, 6, 7]);
});

test("damaged checkpoints that are newer than the one it goes on from keep their content under another name", async () => {
  const run = await finished(5, 1);
  truncateSync(join(run, "checkpoints", "0005", "model.safetensors"), 10);
  rmSync(join(run, "checkpoints", "0004", "state.json"));
  writeFileSync(join(run, "checkpoints", "0006"), "");
  cpSync(join(run, "checkpoints", "0003"), join(run, "checkpoints", "0009"), { recursive: true });
  const warnings = await goOn(run);
  expect(warnings).toHaveLength(4);
  expect(warnings[2]).toMatch(/model\.safetensors: has 10 bytes .* Its name is checkpoints.0005\.damaged now\.$/);
  expect(readdirSync(join(run, "checkpoints", "0005.damaged"))).toHaveLength(5);
  expect(readdirSync(join(run, "checkpoints", "0004.damaged"))).toHaveLength(4);
  expect(readdirSync(join(run, "checkpoints")).filter((name) => name.endsWith("damaged"))).toHaveLength(4);
  expect(listCheckpoints(run)).toEqual([7, 6, 5, 4, 3, 2, 1]);
  expect(logged(run)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(readCheckpoint(run, 7)).toEqual(readCheckpoint(await finished(7), 7));
});

describe("a run of which no checkpoint can be used", () => {
  const DAMAGES: Readonly<Record<string, (run: string) => void>> = {
    "because they are gone": (run) => rmSync(join(run, "checkpoints"), { recursive: true }),
    "because they are damaged": (run) => {
      for (const k of ["0004", "0005"]) truncateSync(join(run, "checkpoints", k, "state.json"), 10);
    },
    "because `checkpoints` is a file": (run) => {
      rmSync(join(run, "checkpoints"), { recursive: true });
      writeFileSync(join(run, "checkpoints"), "");
    },
    "and whose log is gone too": (run) => {
      rmSync(join(run, "checkpoints"), { recursive: true });
      rmSync(metricsPath(run));
    },
    "and whose log is garbled": (run) => {
      for (const name of ["checkpoints", "policy.onnx", "model.onnx"]) rmSync(join(run, name), { recursive: true });
      writeFileSync(metricsPath(run), "garbled\n".repeat(7));
    },
  };
  test.each(Object.keys(DAMAGES))("%s, is refused as it is, and begun again where asked", async (how) => {
    const run = await finished(5);
    DAMAGES[how](run);
    const all = () => readdirSync(run, { recursive: true }).sort();
    const before = all();
    expect(() => RunStore.resume(run)).toThrow(StorageError);
    expect(() => RunStore.resume(run)).toThrow(/none of its checkpoints can be used.* would lose \S.*--from-scratch/);
    expect(all()).toEqual(before);
    const warnings = await goOn(run, { fromScratch: true });
    expect(warnings.at(-1)).toContain("is in set-aside-1");
    const kept = before
      .filter((path) => !path.includes("config.json"))
      .map((path) => join("set-aside-1", String(path)));
    expect(all()).toEqual(expect.arrayContaining(kept));
    expect(logged(run)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(readCheckpoint(run, 7)).toEqual(readCheckpoint(await finished(7), 7));
  });

  test("but that was killed before its first, just begins", async () => {
    const run = await finished(1);
    for (const name of ["checkpoints", "policy.onnx", "model.onnx", "summary.json"])
      rmSync(join(run, name), { recursive: true });
    expect(await goOn(run)).toEqual([]);
    expect(logged(run)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  test("is the only one that can begin again", async () => {
    const run = await finished(5);
    expect(() => RunStore.resume(run, { fromScratch: true })).toThrow(ConfigError);
    expect(() => RunStore.resume(run, { fromScratch: true })).toThrow("checkpoint of iteration 5 can be used");
    expect(readdirSync(run)).not.toContain("set-aside-1");
  });
});

test("a run that is refused for its number of samples is left as it was, damaged as it is", async () => {
  const run = await finished(5);
  truncateSync(join(run, "checkpoints", "0005", "model.safetensors"), 10);
  writeFileSync(metricsPath(run), withLine(run, 2, "null"));
  const all = () => readdirSync(run, { recursive: true }).sort();
  const [before, log] = [all(), readFileSync(metricsPath(run), "utf8")];
  expect(() => RunStore.resume(run, { maxSamples: 300 })).toThrow("has 400 samples already");
  expect(all()).toEqual(before);
  expect(readFileSync(metricsPath(run), "utf8")).toBe(log);
});
