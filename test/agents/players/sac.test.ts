import { describe, expect, test } from "vitest";
import { modelToOnnx, policyToOnnx } from "../../../src/agents/export.js";
import { resolveSettings } from "../../../src/agents/resolve-settings.js";
import { createTask } from "../../../src/envs/index.js";
import { ConfigError } from "../../../src/errors/errors.js";
import { lineTask } from "../../support/line-task.js";
import { CONTINUED, playAll, tinySetup } from "../../support/tiny-run.js";
import { useCompute } from "../../support/use-compute.js";

const compute = useCompute();

describe("a run of sac", { timeout: 120_000 }, () => {
  const task = createTask("inverted-pendulum");
  const setup = tinySetup("sac", task, undefined as never, CONTINUED); // engines open later

  test("says what its updates saw, and nothing of a model; is resumed in the middle of an episode, bit for bit", async () => {
    const unbroken = await playAll({ ...setup, compute: compute() });
    expect(unbroken.map(({ metrics }) => metrics.samples)).toEqual([60, 80, 100, 120, 140]);
    for (const { metrics } of unbroken) {
      expect([metrics.model, metrics.gap, metrics.policy, metrics.meter]).toEqual([null, null, undefined, null]);
      const { updates, ...means } = metrics.actorCritic!;
      expect(updates).toBe(4);
      for (const value of Object.values(means)) expect(Number.isFinite(value)).toBe(true);
    }
    expect(unbroken.filter(({ state }) => state.data.underWay !== null).length).toBeGreaterThanOrEqual(3);
    const { tensors, meta } = unbroken[1].snapshot;
    const resume = { tensors, meta: JSON.parse(JSON.stringify(meta)) };
    const resumed = await playAll({ ...setup, compute: compute(), resume });
    expect(resumed.map(({ state }) => state)).toEqual(unbroken.slice(2).map(({ state }) => state));
    expect(resumed.map(({ metrics }) => metrics)).toEqual(unbroken.slice(2).map(({ metrics }) => metrics));
    expect(policyToOnnx(unbroken[1].snapshot, setup.settings, task).length).toBeGreaterThan(100);
    expect(modelToOnnx(unbroken[1].snapshot, setup.settings, task)).toBeNull();
  });
});

describe("its settings", () => {
  const of = (preset: string, patch: object = {}) =>
    resolveSettings({ algorithm: "sac", task: createTask("hopper"), preset, patches: [patch] });

  test("of the preset paper are its authors': ten episodes of chance, an update a sample, a million samples of replay", () => {
    expect(of("paper")).toMatchObject({
      players: { policy: "sac", model: "none" },
      data: { initialSamples: 10_000, samplesPerIteration: 1, bufferSize: 1_000_000, continueEpisodes: true },
      sac: { hidden: [256, 256], discount: 0.99, targetRate: 0.005, batchSize: 256, criticLearningRate: 3e-4 },
    });
  });

  test("of REDQ and DroQ are SAC's with other critics", () => {
    expect((of("redq") as never as { sac: object }).sac).toMatchObject({
      critics: 10,
      criticsInTarget: 2,
      updatesPerSample: 20,
    });
    expect((of("droq") as never as { sac: object }).sac).toMatchObject({ layerNorm: true, dropout: 0.01, critics: 2 });
  });

  test.each([
    [{ sac: { criticsInTarget: 3 } }, /^sac\.criticsInTarget: must be at most sac\.critics \(2\), got 3/],
    [{ sac: { updatesPerSample: 0 } }, /^sac\.updatesPerSample: /],
    [{ sac: { hidden: [8000, 8000] } }, /^sac\.hidden: makes a network of/],
    [{ players: { model: "ensemble" } }, /^players: sac is played by sac and none, not by sac and ensemble/],
  ])("%o is refused", (patch, message) => {
    expect(() => of("default", patch)).toThrow(ConfigError);
    expect(() => of("default", patch)).toThrow(message);
  });

  test("a task with an open action box is refused", () => {
    const open = { ...lineTask(), action: { ...lineTask().action, high: [Number.POSITIVE_INFINITY] } };
    expect(() => resolveSettings({ algorithm: "sac", task: open })).toThrow(
      /^players\.policy: entry 0 of the action box/,
    );
  });
});
