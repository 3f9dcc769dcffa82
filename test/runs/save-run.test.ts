import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { evaluatePolicy } from "../../src/agents/evaluate.js";
import { policyToOnnx } from "../../src/agents/export.js";
import { readPolicyMetadata } from "../../src/agents/policy-metadata.js";
import { createTask } from "../../src/envs/index.js";
import { ConfigError, ShapeError, StorageError } from "../../src/errors/errors.js";
import { loadPolicy, openRun } from "../../src/runs/open-run.js";
import { type SaveRunSetup, saveRun } from "../../src/runs/save-run.js";

import { tinySettings } from "../support/tiny-run.js";
import { useCompute } from "../support/use-compute.js";
import { temporaryDirectory } from "./support/fake.js";

const compute = useCompute(1);
const task = createTask("point-mass");
const setup = (maxSamples: number, more: Partial<SaveRunSetup> = {}): SaveRunSetup => ({
  algorithm: "pal",
  task,
  settings: tinySettings("pal", task, { data: { maxSamples } }),
  seed: 3,
  compute: compute(),
  ...more,
});
const weights = (run: string) => {
  const [newest] = readdirSync(join(run, "checkpoints")).sort().reverse();
  return readFileSync(join(run, "checkpoints", newest, "policy.safetensors"));
};

describe("a run that is saved", () => {
  test("goes on by the same call, bit for bit, after it was stopped, and when it is made longer", async () => {
    const [whole, parts] = [join(temporaryDirectory(), "whole"), join(temporaryDirectory(), "parts")];
    const { samples, reason } = await saveRun(whole, setup(120));
    expect(reason).toBe("finished");
    const stop = new AbortController();
    const stopped = await saveRun(parts, setup(80, { signal: stop.signal, onIteration: () => stop.abort() }));
    expect(stopped).toMatchObject({ reason: "interrupted", iterations: 1 });
    const seen: number[] = [];
    const rest = await saveRun(parts, setup(120, { onIteration: ({ iteration }) => seen.push(iteration) }));
    expect(rest).toMatchObject({ reason: "finished", samples });
    expect(seen[0]).toBe(2);
    expect(weights(parts).equals(weights(whole))).toBe(true);
  });

  test("is kept from another run in its directory", async () => {
    const run = join(temporaryDirectory(), "run");
    await saveRun(run, setup(40));
    const others = [setup(40, { seed: 4 }), setup(40, { algorithm: "mal" }), setup(40, { task: { ...task, id: "x" } })];
    for (const other of others) await expect(saveRun(run, other)).rejects.toThrow(ConfigError);
    const settings = tinySettings("pal", task, { data: { maxSamples: 40 }, npg: { discount: 0.5 } });
    await expect(saveRun(run, setup(40, { settings }))).rejects.toThrow(/of which the settings is another/);
  });
});

describe("a run that is opened", () => {
  const run = join(temporaryDirectory(), "run");
  let saved: ReturnType<typeof saveRun> | undefined;
  const once = () => (saved ??= saveRun(run, setup(60, { keepEvery: 1 })));

  test("has its task, its lines and its newest policy, or one that was kept", async () => {
    const { iterations } = await once();
    const opened = await openRun(run);
    expect(opened.task.id).toBe(task.id);
    expect(opened.iterations.map(({ iteration }) => iteration)).toEqual(
      Array.from({ length: iterations }, (_, i) => i + 1),
    );
    expect(opened.snapshot.meta.iteration).toBe(iterations);
    expect((await openRun(run, { checkpoint: 1 })).snapshot.meta.iteration).toBe(1);
    const { evaluation } = opened.config.settings;
    const again = await evaluatePolicy({
      ...opened,
      ...evaluation,
      settings: opened.config.settings,
      compute: compute(),
    });
    expect(again.return).toEqual(opened.iterations.at(-1)!.evaluation!.return);
  });

  test("of somebody's own task needs that task, and no other", async () => {
    const own = join(temporaryDirectory(), "own");
    const mine = { ...task, id: "mine-v0" };
    await saveRun(own, setup(40, { task: mine }));
    expect((await openRun(own, { task: mine })).task).toBe(mine);
    await expect(openRun(own, { task })).rejects.toThrow(/the run is of mine-v0/);
    await expect(openRun(own)).rejects.toThrow(ConfigError);
  });

  test("acts as its network does, from the run, its directory, the file or its bytes", async () => {
    await once();
    const opened = await openRun(run);
    const sources = [opened, run, join(run, "policy.onnx"), readFileSync(join(run, "policy.onnx"))];
    const observation = Array.from({ length: task.observation.size }, (_, i) => 0.1 * i - 0.2);
    const actions = [];
    for (const source of sources) {
      const policy = await loadPolicy(source);
      const action = await policy.act(observation);
      const two = await policy.actBatch([...observation, ...observation]);
      expect(Array.from(two)).toEqual([...action, ...action]);
      actions.push(Array.from(action));
      await policy.close();
    }
    for (const action of actions) expect(action).toEqual(actions[0]);
    actions[0].forEach((x, i) => {
      expect(x).toBeGreaterThanOrEqual(task.action.low[i]);
      expect(x).toBeLessThanOrEqual(task.action.high[i]);
    });
  });

  test("says in its file for which task it is and what its numbers mean", async () => {
    await once();
    const { snapshot, config } = await openRun(run);
    const said = readPolicyMetadata(policyToOnnx(snapshot, config.settings, task))!;
    expect(said).toMatchObject({ task: task.id, controlStep: task.controlStep, iteration: snapshot.meta.iteration });
    expect(said.observation.names).toEqual(task.observation.names);
    expect(said.action.low).toEqual(task.action.low);
    const infinite = task.observation.low.map((x) => (Number.isFinite(x) ? x : null));
    expect(said.observation.low).toEqual(infinite);
  });

  test("refuses observations of another size, or that are no numbers, by name", async () => {
    await once();
    const policy = await loadPolicy(run);
    await expect(policy.act([1])).rejects.toThrow(ShapeError);
    const bad = new Array(task.observation.size).fill(0);
    bad[1] = Number.NaN;
    await expect(policy.act(bad)).rejects.toThrow(`entry 1 (${task.observation.names[1]}) is NaN`);
    await expect(policy.actBatch([])).rejects.toThrow(ShapeError);
    await policy.close();
  });

  test("is refused where it is none, has no checkpoint, or the file is no policy", async () => {
    await once();
    const empty = temporaryDirectory();
    await expect(openRun(empty)).rejects.toThrow(StorageError);
    await expect(loadPolicy(empty)).rejects.toThrow(/is no run/);
    await expect(loadPolicy(join(empty, "nothing.onnx"))).rejects.toThrow(/there is no such run or file/);
    const junk = join(empty, "junk.onnx");
    writeFileSync(junk, "this is text, not a network");
    await expect(loadPolicy(junk)).rejects.toThrow(StorageError);
    await expect(loadPolicy(readFileSync(join(run, "model.onnx")))).rejects.toThrow(/a policy takes observations/);
  });
});
