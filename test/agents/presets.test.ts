import { describe, expect, test } from "vitest";
import { GAMES, type Game } from "../../src/agents/defaults.js";
import { presetNames } from "../../src/agents/presets.js";
import { resolveSettings } from "../../src/agents/resolve-settings.js";
import { paperSettings, schemaOf } from "../../src/agents/run-settings.js";
import { createTask, taskIds } from "../../src/envs/index.js";
import type { Task } from "../../src/mdp/task.js";
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

  describe("a task of one's own that says how far its goal is", () => {
    const away = { name: "distance [m]", of: (s: ArrayLike<number>) => Math.abs(s[0] - s[1]) };
    const withGoal = (horizon: number) => lineTask({ horizon, goalError: away });

    test("and where episodes end as a graph is played by the actor-critic in PAL, as the paper has it and elsewhere by NPG", () => {
      const playerOf = (algorithm: Game, task: Task, preset = "default") =>
        resolveSettings({ algorithm, task, preset }).players.policy;
      expect(playerOf("pal", withGoal(50))).toBe("actor-critic");
      expect(playerOf("pal", withGoal(50), "npg")).toBe("npg");
      expect(playerOf("pal", withGoal(50), "paper")).toBe("npg");
      expect(playerOf("mal", withGoal(50))).toBe("npg");
      const { graphs: _, ...withoutGraphs } = withGoal(50);
      expect(playerOf("pal", withoutGraphs)).toBe("npg");
      expect(playerOf("pal", lineTask())).toBe("npg");
    });

    test("looks as far ahead as its episodes are long, and starts where rollouts do not come to", () => {
      const of = (horizon: number) => resolveSettings({ algorithm: "pal", task: withGoal(horizon), preset: "npg" });
      expect(of(50).npg).toMatchObject({ discount: 0.95, gaeLambda: 0.9, rolloutHorizon: 50, intermediateStarts: 0 });
      expect(of(100).npg).toMatchObject({ discount: 0.975, rolloutHorizon: 50, intermediateStarts: 0.5 });
      expect(of(50).policy.inputs).toBe("standardized");
      for (const { npg } of [1000, 1e6].map(of)) expect([npg.discount, npg.gaeLambda]).toEqual([0.995, 0.97]);
    });

    test.each([1, 2, 7, 12, 1e6])("has settings for every algorithm at a horizon of %s", (horizon) => {
      for (const algorithm of GAMES)
        for (const preset of ["default", "npg"])
          expect(() => resolveSettings({ algorithm, task: withGoal(horizon), preset })).not.toThrow();
    });

    test("is another's in none of the catalogue's presets, nor in the paper's", () => {
      const own = createTask("reacher-7dof");
      expect(resolveSettings({ algorithm: "pal", task: own }).npg.trajectoriesPerModel).toBe(250);
      expect(resolveSettings({ algorithm: "pal", task: withGoal(50), preset: "paper" })).toEqual(
        paperSettings("pal", withGoal(50)),
      );
    });
  });

  test("a task of one's own has the general presets", () => {
    expect(presetNames(lineTask())).toEqual(["default", "paper", "quick", "npg", "actor-critic"]);
    const task = lineTask();
    expect(resolveSettings({ algorithm: "mal", task })).toEqual(
      resolveSettings({ algorithm: "mal", task, preset: "default" }),
    );
  });
});
