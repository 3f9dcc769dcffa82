import { describe, expect, test } from "vitest";
import { ALGORITHMS } from "../../src/agents/defaults.js";
import { presetNames } from "../../src/agents/presets.js";
import { resolveSettings } from "../../src/agents/resolve-settings.js";
import { paperSettings } from "../../src/agents/run-settings.js";
import { settingsSchema } from "../../src/agents/settings.js";
import { createTask, taskIds } from "../../src/envs/index.js";
import { lineTask } from "../support/line-task.js";

describe("every preset of every task", () => {
  test.each(taskIds())("%s: resolves for every algorithm", (id) => {
    const own = createTask(id);
    expect(presetNames(own)).toEqual(expect.arrayContaining(["default", "paper", "quick"]));
    for (const preset of presetNames(own)) {
      for (const algorithm of ALGORITHMS) {
        const settings = resolveSettings({ algorithm, task: own, preset });
        expect(settingsSchema.parse(settings)).toEqual(settings);
        expect(resolveSettings({ algorithm, task: own, patches: [settings] })).toEqual(settings); // a saved config is its own patch
      }
    }
  });

  test.each(taskIds())("%s: the preset paper is the tables to the letter", (id) => {
    const own = createTask(id);
    for (const algorithm of ALGORITHMS)
      expect(resolveSettings({ algorithm, task: own, preset: "paper" })).toEqual(paperSettings(algorithm, own));
  });

  test("a task of one's own has the general presets", () => {
    expect(presetNames(lineTask())).toEqual(["default", "paper", "quick"]);
    const task = lineTask();
    expect(resolveSettings({ algorithm: "mal", task })).toEqual(
      resolveSettings({ algorithm: "mal", task, preset: "default" }),
    );
  });
});
