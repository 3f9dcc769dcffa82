import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { z } from "zod";
import { checkMemory } from "../../src/agents/check-memory.js";
import { BASELINES, GAMES } from "../../src/agents/defaults.js";
import { mergeSettings } from "../../src/agents/merge-settings.js";
import { presetsOf } from "../../src/agents/presets.js";
import { resolveSettings } from "../../src/agents/resolve-settings.js";
import { schemaOf, withLaterSettings } from "../../src/agents/run-settings.js";
import { type Settings, settingsSchema } from "../../src/agents/settings.js";
import { MODEL_NAMES, POLICY_NAMES, sitTogether, WAYS } from "../../src/agents/ways.js";
import { parts } from "../../src/cli/parts.js";
import { recallTask } from "../../src/cli/task-source.js";
import { createTask, taskIds } from "../../src/envs/index.js";
import { ConfigError } from "../../src/errors/errors.js";
import { readConfig } from "../../src/runs/config.js";
import { lineTask } from "../support/line-task.js";

test("every setting says what it is", () => {
  for (const group of Object.values(settingsSchema.shape)) {
    for (const [name, field] of Object.entries(group.shape))
      expect([name, field.description]).toEqual([name, expect.stringMatching(/\w{3}|γ|λ/)]);
  }
});

const seatings = POLICY_NAMES.flatMap((policy) =>
  MODEL_NAMES.filter((model) => sitTogether(policy, model)).map((model) => ({ policy, model })),
);

/** Every setting of every player, by its path, with its schema: once, with the first two players that have it. */
const fields = seatings
  .flatMap((players) =>
    Object.entries(schemaOf(players).shape).flatMap(([group, { shape }]) =>
      Object.entries(shape).map(([key, field]) => ({ players, group, key, field: field as z.ZodType })),
    ),
  )
  .filter(
    ({ group, key, field }, at, all) =>
      all.findIndex((each) => each.field === field && each.group === group && each.key === key) === at,
  );

describe("no setting is without an end:", () => {
  test.each(fields)("$players.policy: $group.$key", ({ players, group, key, field }) => {
    const settings = resolveSettings({ algorithm: "pal", task: lineTask(), patches: [{ players }] });
    const value = (settings as never)[group][key];
    const absurd = [1e15 + 2, -1e15, Number.MAX_VALUE, "x".repeat(10_000), Array(10_000).fill(1)];
    for (const each of absurd) {
      if (group !== "players") expect(field.safeParse(each).success).toBe(false); // who plays is looked up by name
      if (Array.isArray(value)) expect(field.safeParse([each]).success).toBe(false);
      const patches = [{ players }, { [group]: { [key]: each } }];
      expect(() => resolveSettings({ algorithm: "pal", task: lineTask(), patches })).toThrow(ConfigError);
    }
  });
});

describe("what anybody plays with is taken:", () => {
  test.each(taskIds())("%s: every preset with every player, in every way", (id) => {
    const task = createTask(id);
    for (const players of seatings) {
      for (const preset of Object.keys(presetsOf(task, players.policy))) {
        for (const algorithm of GAMES)
          expect(() => resolveSettings({ algorithm, task, preset, patches: [{ players }] })).not.toThrow();
      }
    }
  });

  test.each(BASELINES)("%s: each of its presets on every task", (algorithm) => {
    for (const id of taskIds()) {
      const task = createTask(id);
      for (const preset of Object.keys(presetsOf(task, WAYS[algorithm].seats.policy)))
        expect(() => resolveSettings({ algorithm, task, preset })).not.toThrow();
    }
  });

  test("every recorded run", async () => {
    const configs = readdirSync("results", { recursive: true, encoding: "utf8" }).filter((path) =>
      /[\\/]config\.json$/.test(path),
    );
    expect(configs.length).toBeGreaterThan(50);
    for (const path of configs) {
      const run = join("results", path, "..");
      const config = readConfig(run);
      const task = await recallTask(run, config, process.cwd(), parts, () => undefined);
      expect(() => checkMemory(config.settings, task)).not.toThrow();
    }
  });
});

describe("sizes that are fine one by one, but impossible together", () => {
  const task = lineTask();
  const base = resolveSettings({ algorithm: "pal", task, preset: "paper" });
  const check =
    (...patches: readonly object[]) =>
    () =>
      checkMemory(mergeSettings(base, ...patches) as Settings, task);

  test.each([
    [
      { model: { hidden: [8000, 8000] } },
      /^model\.hidden: makes a network of 64,0\d\d,\d{3} weights, more than 50,000,000; got \[8000,8000\]\./,
    ],
    [{ policy: { hidden: [8000, 8000] } }, /^policy\.hidden: makes/],
    [{ value: { hidden: [8000, 8000] } }, /^value\.hidden: makes/],
    [{ model: { learnReward: true, rewardHidden: [8000, 8000] } }, /^model\.rewardHidden: makes/],
    [
      { model: { hidden: [6000, 6000], ensembleSize: 100 } },
      /^settings: need 40\.\d GiB in each checkpoint, more than 2 GiB: 40\.\d GiB for 100 × model\.hidden with Adam's moments\. Lower/,
    ],
    [{ model: { hidden: [7000, 7000] } }, /^settings: need 2\.2 GiB in each checkpoint/], // such a run could not keep its first iteration
    [
      { npg: { trajectoriesPerModel: 1e6 }, model: { ensembleSize: 500, hidden: [8] } },
      /^settings: need [\d,.]+ GiB of memory, more than 16 GiB: [\d,.]+ GiB for [\d,]+ imagined steps \(npg\.trajectoriesPerModel × model\.ensembleSize × npg\.rolloutHorizon\)\. Lower/,
    ],
    [
      { data: { initialSamples: 1e8, samplesPerIteration: 1e8, bufferSize: null } },
      /in each checkpoint.*: \d\.\d GiB for 200,000,000 real samples \(.*\)\. Lower/,
    ],
    [{ data: { initialSamples: 1e8, samplesPerIteration: 1000, bufferSize: 1000 } }, undefined], // the buffer keeps few
    [{ model: { hidden: [50_000], batchSize: 1e6 } }, /GiB for 4 × model\.hidden/],
    [
      { model: { epochs: 1e6, maxGradientSteps: 1e9 } }, // 2.5 · 10⁹ draws of 4 bytes and 12.5 · 10⁶ steps of 16, by 4 members
      /^settings: need 38\.1 GiB of memory, more than 16 GiB: 38 GiB for 4 × 2,500,000,000 draws of minibatches \(model\.epochs × 2,500 real samples, or .*\)\. Lower/,
    ],
    [
      { model: { batchSize: 1000, minGradientSteps: 1e7, maxGradientSteps: 1e8 } },
      /GiB for 4 × 10,000,000,000 draws of minibatches \(.*model\.minGradientSteps and/,
    ],
    [
      { value: { epochs: 1e6 } },
      /GiB for 1 × [\d,]+,000,000 draws of minibatches \(value\.epochs × [\d,]+ imagined steps\)\. Lower/,
    ],
    [{ model: { epochs: 1e6 } }, undefined], // the paper's 10⁵ steps are the most, whatever the epochs
    [{ model: { hidden: [4096, 4096], rewardHidden: [9000, 9000] } }, undefined], // no reward is learned
    [{ model: { hidden: [2048, 2048], ensembleSize: 20 } }, undefined],
  ])("%#: %o", (patch, message) => {
    if (message === undefined) expect(check(patch)).not.toThrow();
    else expect(check(patch)).toThrow(message);
    if (message !== undefined) expect(check(patch)).toThrow(ConfigError);
  });
});

test.each([null, 5, [], "x", new Date(0)])("stored settings that are none: %s", (stored) => {
  const filled = withLaterSettings(stored) as Settings;
  expect(schemaOf(filled.players).safeParse(filled).success).toBe(false);
});
