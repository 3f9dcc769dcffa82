import { describe, expect, test } from "vitest";
import { hopper } from "../../src/envs/hopper.js";
import { createTask, taskIds, taskOptions } from "../../src/envs/index.js";
import { ConfigError } from "../../src/errors/errors.js";
import { seeded } from "../../src/random/rng.js";

describe("the catalogue", () => {
  test.each(taskIds())("%s is made by its versioned and by its bare name, and says which it is", (id) => {
    expect(createTask(id).id).toBe(id);
    expect(createTask(id.replace(/-v\d+$/, "")).id).toBe(id);
  });

  test.each(taskIds())("%s takes every value of its options, the first by default", (id) => {
    for (const [option, values] of Object.entries(taskOptions(id))) {
      for (const value of values) expect(createTask(id, { [option]: value }).options[option]).toBe(value);
      expect(createTask(id).options[option]).toBe(values[0]);
    }
  });

  test("terms of a reward add up to it, where a task names them", () => {
    const rng = seeded(0);
    const named = taskIds()
      .map((id) => createTask(id))
      .filter(({ rewardTerms }) => rewardTerms !== undefined);
    expect(named.length).toBeGreaterThan(5);
    for (const task of named) {
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
  ])("refuses %s %o and names what would do", (name, options, message) => {
    expect(() => createTask(name, options as Record<string, string>)).toThrow(ConfigError);
    expect(() => createTask(name, options as Record<string, string>)).toThrow(message);
  });

  test("a task made without the catalogue refuses an unknown era too", () => {
    expect(() => hopper({ era: "exat" as "exact" })).toThrow(/Did you mean "exact"/);
  });
});
