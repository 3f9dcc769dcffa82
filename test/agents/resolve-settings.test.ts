import { describe, expect, test } from "vitest";
import { resolveSettings } from "../../src/agents/resolve-settings.js";
import { paperSettings } from "../../src/agents/run-settings.js";
import { createTask } from "../../src/envs/index.js";
import { lineTask } from "../support/line-task.js";

const task = lineTask();
const resolve = (...patches: readonly unknown[]) =>
  resolveSettings({ algorithm: "pal", task, preset: "paper", patches });

describe("settings of players who do not play", () => {
  const half = createTask("half-cheetah"); // whose default seats the actor-critic
  test.each([
    [
      { npg: { steps: 3 } },
      "npg: its settings are of the policy player npg, and actor-critic plays. Play with --policy npg",
    ],
    [{ model: { hidden: [8] } }, "model: its settings are of the model player ensemble, and gaussian-ensemble plays"],
    [{ nqg: { steps: 3 } }, "nqg: there is no such setting"],
  ])("are refused, with whose they are: %j", (patch, words) => {
    expect(() => resolveSettings({ algorithm: "pal", task: half, patches: [patch] })).toThrow(words);
  });
});

describe("patches", () => {
  test("go on top of the preset in turn, setting by setting", () => {
    const settings = resolve({ npg: { steps: 7, discount: 0.9 } }, { npg: { steps: 8 }, model: { hidden: [32] } });
    const paper = resolve();
    expect(settings).toEqual({
      ...paper,
      npg: { ...paper.npg, steps: 8, discount: 0.9 },
      model: { ...paper.model, hidden: [32] },
    });
  });

  test("can set what may be null, and to null", () => {
    expect(resolve({ npg: { maxKl: 0.1 }, data: { bufferSize: null } })).toMatchObject({
      npg: { maxKl: 0.1 },
      data: { bufferSize: null },
    });
    expect(resolve({ npg: { maxKl: 0.1 } }, { npg: { maxKl: null } }).npg.maxKl).toBeNull();
  });

  test("give options of a changing task as text, however they are written", () => {
    const changes = [{ atSamples: 100, options: { forearm: 1.2, goals: "0,0,0.1" } }];
    expect(resolve({ task: { changes } }).task.changes).toEqual([
      { atSamples: 100, options: { forearm: "1.2", goals: "0,0,0.1" } },
    ]);
  });

  test("are left as they were, and so are the tables", () => {
    const patch = { npg: { steps: 9 } };
    const paper = structuredClone(paperSettings("pal", task));
    resolve(patch);
    expect(patch).toEqual({ npg: { steps: 9 } });
    expect(paperSettings("pal", task)).toEqual(paper);
  });
});
