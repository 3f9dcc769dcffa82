import { describe, expect, test } from "vitest";
import { GAMES } from "../../src/agents/defaults.js";
import { presetNames } from "../../src/agents/presets.js";
import { resolveSettings } from "../../src/agents/resolve-settings.js";
import { paperSettings, schemaOf } from "../../src/agents/run-settings.js";
import { createTask, taskIds } from "../../src/envs/index.js";
import { lineTask } from "../support/line-task.js";

describe("every preset of every task", () => {
  test.each(taskIds())("%s: resolves for every algorithm", (id) => {
    const own = createTask(id);
    expect(presetNames(own)).toEqual(expect.arrayContaining(["default", "paper", "quick"]));
    for (const preset of presetNames(own)) {
      for (const algorithm of GAMES) {
        const settings = resolveSettings({ algorithm, task: own, preset });
        expect(schemaOf(settings.players).parse(settings)).toEqual(settings);
        expect(resolveSettings({ algorithm, task: own, patches: [settings] })).toEqual(settings); // a saved config is its own patch
      }
    }
  });

  test.each(taskIds())("%s: the preset paper is the tables to the letter", (id) => {
    const own = createTask(id);
    for (const algorithm of GAMES)
      expect(resolveSettings({ algorithm, task: own, preset: "paper" })).toEqual(paperSettings(algorithm, own));
  });

  test.each(["npg", "actor-critic"])(
    "%s is a preset of every task, which seats this player and takes its default",
    (policy) => {
      for (const id of ["point-mass", "hopper"]) {
        const task = createTask(id);
        for (const algorithm of GAMES)
          expect(resolveSettings({ algorithm, task, preset: policy })).toEqual(
            resolveSettings({ algorithm, task, patches: [{ players: { policy } }] }),
          );
      }
    },
  );

  test("a task of one's own has the general presets", () => {
    expect(presetNames(lineTask())).toEqual(["default", "paper", "quick", "npg", "actor-critic"]);
    const task = lineTask();
    expect(resolveSettings({ algorithm: "mal", task })).toEqual(
      resolveSettings({ algorithm: "mal", task, preset: "default" }),
    );
  });
});
