import { describe, expect, test } from "vitest";
import { resolveSettings } from "../../src/agents/resolve-settings.js";
import { settingsSchema } from "../../src/agents/settings.js";
import { ConfigError } from "../../src/errors/errors.js";
import { lineTask } from "../support/line-task.js";

const task = lineTask();
const resolve = (...patches: readonly unknown[]) =>
  resolveSettings({ algorithm: "pal", task, preset: "paper", patches });

describe("refused, with the nearest that would do:", () => {
  test.each([
    [{ npgg: { steps: 3 } }, /^npgg: there is no such setting\. Did you mean "npg"\?/],
    [{ npg: { step: 3 } }, /^npg\.step: there is no such setting\. Did you mean "npg\.steps"\?/],
    [{ model: { epoch: 3 } }, /^model\.epoch: .*Did you mean "model\.epochs"\?/],
    [{ data: { buffersize: 3 } }, /^data\.buffersize: .*Did you mean "data\.bufferSize"\?/],
    [{ npg: { xyzzy: 1 } }, /^npg\.xyzzy: there is no such setting/],
    [{ npg: 4 }, /^npg: must be a group of settings, got 4\. Its settings are steps, discount,/],
    [[1], /^settings: must be a group of settings, got \[1\]/],
    [{ npg: { steps: 0 } }, /^npg\.steps: must be at least 1, got 0\. It is K: NPG steps per iteration\./],
    [{ npg: { steps: 2.5 } }, /^npg\.steps: must be a whole number, got 2\.5\./],
    [{ npg: { steps: "4" } }, /^npg\.steps: must be a number, got "4"\./],
    [{ npg: { steps: null } }, /^npg\.steps: must be a number, got null\./],
    [{ npg: { discount: 1 } }, /^npg\.discount: must be less than 1, got 1\. It is γ\./],
    [{ npg: { gaeLambda: -0.1 } }, /^npg\.gaeLambda: must be at least 0, got -0\.1\./],
    [{ npg: { normalizedStepSize: 0 } }, /^npg\.normalizedStepSize: must be more than 0, got 0\./],
    [{ npg: { maxKl: Number.NaN } }, /^npg\.maxKl: must be a number, got NaN\./],
    [{ model: { hidden: [] } }, /^model\.hidden: must have at least 1 entries, got \[\]\./],
    [{ model: { hidden: [32, 0] } }, /^model\.hidden\.1: must be at least 1, got 0\./],
    [{ model: { loss: "huber" } }, /^model\.loss: must be "raw" or "normalized", got "huber"\./],
    [{ constructor: 1 }, /^constructor: there is no such setting\./],
    [JSON.parse('{ "npg": { "__proto__": 1 } }'), /^npg\.__proto__: there is no such setting\./],
    [{ task: { changes: {} } }, /^task\.changes: .*It is a list such as/],
    [{ task: { changes: [{ options: {} }] } }, /^task\.changes\.0\.atSamples: /],
    [{ task: { changes: [{ atSamples: 5, option: {} }] } }, /^task\.changes\.0/],
    [
      { task: { changes: [9, 9].map((atSamples) => ({ atSamples, options: { a: "b" } })) } },
      /^task\.changes\.1\.atSamples: must be more than the 9 of the change before, got 9/,
    ],
  ])("%o", (patch, message) => {
    expect(() => resolve(patch)).toThrow(ConfigError);
    expect(() => resolve(patch)).toThrow(message);
  });

  test("a preset that the task does not have", () => {
    const asked = () => resolveSettings({ algorithm: "pal", task, preset: "papr" });
    expect(asked).toThrow(ConfigError);
    expect(asked).toThrow('preset: line-v0 has no preset "papr". Did you mean "paper"?');
    expect(() => resolveSettings({ algorithm: "pal", task, preset: "constructor" })).toThrow(ConfigError);
  });

  test("a buffer smaller than one iteration's samples", () => {
    expect(() => resolve({ data: { bufferSize: 10, samplesPerIteration: 20 } })).toThrow(
      /^data\.bufferSize: must be at least data\.samplesPerIteration \(20\), got 10\. Raise it/,
    );
    expect(() => resolve({ data: { bufferSize: 20, samplesPerIteration: 20 } })).not.toThrow();
  });

  test("episodes that go on, where they are played to their end or the bound meter reads them", () => {
    const whole = { data: { continueEpisodes: true } };
    expect(() => resolve(whole)).toThrow(/^data\.continueEpisodes: whole episodes leave nothing to go on with/);
    const continued = { data: { continueEpisodes: true, wholeEpisodes: false } };
    expect(() => resolve(continued)).not.toThrow();
    const metered = () => resolve(continued, { meter: { every: 1 } });
    expect(metered).toThrow(ConfigError);
    expect(metered).toThrow(/^meter\.every: reads the returns of episodes that one policy began and ended/);
  });

  test("tasks in turn that also change, and episodes that go on in another's turn", () => {
    const turns = { task: { turns: [{ a: 1 }, { a: 2 }] } };
    expect(resolve(turns).task).toEqual({ turns: [{ a: "1" }, { a: "2" }], turnIterations: 1, changes: [] });
    expect(() => resolve(turns, { task: { changes: [{ atSamples: 9, options: { a: "3" } }] } })).toThrow(
      /^task\.turns: tasks that come in turn cannot change as well/,
    );
    expect(() => resolve(turns, { data: { continueEpisodes: true, wholeEpisodes: false } })).toThrow(
      /^task\.turns: the next iteration is another task's/,
    );
    const { turns: _, turnIterations: __, ...task } = resolve().task;
    expect(settingsSchema.parse({ ...resolve(), task }).task).toEqual(resolve().task); // runs of before there were any
  });

  test("starts of which none come from ρ, which J(π, M) is measured on", () => {
    expect(() => resolve({ npg: { intermediateStarts: 1 } })).toThrow(
      /^npg\.intermediateStarts: leaves none of the 200 rollouts/,
    );
    expect(() => resolve({ npg: { intermediateStarts: 0.9, trajectoriesPerModel: 4 } })).toThrow(ConfigError);
    expect(() => resolve({ npg: { intermediateStarts: 0.8, trajectoriesPerModel: 4 } })).not.toThrow();
  });

  test("disagreement among one member", () => {
    const lone = { model: { ensembleSize: 1 } };
    expect(() => resolve(lone, { robust: { disagreementTo: 1 } })).toThrow(
      /^robust\.disagreementFrom: disagreement needs two members/,
    );
    expect(() => resolve(lone, { robust: { worstShare: 0 } })).not.toThrow();
  });

  test("the nearest goals first, of a task that does not say how far a goal is", () => {
    expect(() => resolve({ npg: { nearestFirst: 0.5 } })).toThrow(/^npg\.nearestFirst: needs a task that says how far/);
    const { startBalance: _, nearestFirst: __, nearestIterations: ___, ...npg } = resolve().npg;
    expect(settingsSchema.parse({ ...resolve(), npg }).npg).toMatchObject({ startBalance: 0, nearestFirst: 1 }); // runs of before
  });

  test("a σ that begins below its own floor", () => {
    expect(() => resolve({ policy: { initialLogStd: -2, minLogStd: -1 } })).toThrow(
      /^policy\.initialLogStd: must be at least policy\.minLogStd \(-1\), got -2\./,
    );
    expect(() => resolve({ policy: { initialLogStd: -1, minLogStd: -1 } })).not.toThrow();
  });

  test("the leader's total gradient where the policy does not lead, or without a known reward", () => {
    const patch = { npg: { stackelberg: "implicit" } };
    expect(resolve(patch).npg.stackelberg).toBe("implicit");
    const { stackelberg: _, ...npg } = resolve().npg;
    expect(settingsSchema.parse({ ...resolve(), npg }).npg.stackelberg).toBe("none"); // runs of before it was there
    expect(() => resolveSettings({ algorithm: "mal", task, patches: [patch] })).toThrow(
      "npg.stackelberg: is for PAL, whose leader is the policy; this is mal",
    );
    expect(() => resolve(patch, { model: { learnReward: true } })).toThrow("needs the task's own reward");
  });
});
