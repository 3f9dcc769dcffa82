import { describe, expect, test } from "vitest";
import { createTask, taskIds, taskOptions } from "../../src/envs/index.js";
import { defaultOf, isChoice } from "../../src/envs/options.js";
import { hopper } from "../../src/envs/tasks/hopper.js";
import { ConfigError } from "../../src/errors/errors.js";
import { seeded } from "../../src/random/rng.js";

describe("the catalogue", () => {
  test.each(taskIds())("%s is made by its versioned and by its bare name, and says which it is", (id) => {
    expect(createTask(id).id).toBe(id);
    expect(createTask(id.replace(/-v\d+$/, "")).id).toBe(id);
  });

  test.each(taskIds())("%s takes every value of its options, one of them by default", (id) => {
    for (const [option, kind] of Object.entries(taskOptions(id))) {
      const values = isChoice(kind) ? kind : [kind.low, kind.high].map((x) => kind.default.map(() => x).join(","));
      for (const value of values) expect(createTask(id, { [option]: value }).options[option]).toBe(value);
      expect(createTask(id).options[option]).toBe(defaultOf(kind));
    }
  });

  test("numbers are kept in one way of writing, and spaces do not matter", () => {
    const { options } = createTask("reacher-7dof", { forearm: "1.20", goals: " 0.1, 0 ,-0.05" });
    expect(options).toEqual({ forearm: "1.2", goals: "0.1,0,-0.05" });
  });

  test("the terms of each task's reward add up to it", () => {
    const rng = seeded(0);
    for (const task of taskIds().map((id) => createTask(id))) {
      const row = (size: number) => Float64Array.from({ length: size }, () => rng.normal());
      for (let i = 0; i < 20; i++) {
        const [s, a, next] = [row(task.observation.size), row(task.action.size), row(task.observation.size)];
        const total = Object.values(task.rewardTerms!(s, a, next)).reduce((sum, term) => sum + term, 0);
        expect(total, task.id).toBeCloseTo(task.reward(s, a, next), 10);
      }
    }
  });

  test("the thresholds are gym's", () => {
    const solved = Object.fromEntries(taskIds().map((id) => [id, createTask(id).solvedReturn]));
    expect(solved).toMatchObject({
      "point-mass-v0": undefined,
      "inverted-pendulum-v2": 950,
      "hopper-v2": 3800,
      "walker2d-v2": undefined,
      "half-cheetah-v2": 4800,
    });
  });

  test.each([
    ["hoper", {}, /Did you mean "hopper"/],
    ["hopper-v3", {}, /Did you mean "hopper-v2"/],
    ["constructor", {}, /Valid are/],
    ["hopper", { erra: "exact" }, /hopper-v2\.erra.*Did you mean "era"/],
    ["hopper", { era: "cilinder" }, /Did you mean "cylinder"/],
    ["hopper", { toString: "exact" }, /no such option/],
    ["point-mass", { era: "exact" }, /has no options/],
    ["reacher-7dof", { forearm: "long" }, /forearm: must be a number from 0\.5 to 2, got "long".*default is 1/],
    ["reacher-7dof", { forearm: "2.1" }, /from 0\.5 to 2, got "2\.1"/],
    ["reacher-7dof", { forearm: "" }, /must be a number/],
    ["reacher-7dof", { goals: "0,0.1" }, /goals: must be 3 numbers between commas, each from -0\.5 to 0\.5/],
    ["reacher-7dof", { forarm: "1" }, /Did you mean "forearm"/],
    ["dclaw-turn", { dynamics: "randm" }, /Did you mean "random"/],
  ])("refuses %s %o and names what would do", (name, options, message) => {
    expect(() => createTask(name, options as Record<string, string>)).toThrow(ConfigError);
    expect(() => createTask(name, options as Record<string, string>)).toThrow(message);
  });

  test("a task made without the catalogue refuses an unknown era too", () => {
    expect(() => hopper({ era: "exat" as "exact" })).toThrow(/Did you mean "exact"/);
  });
});
