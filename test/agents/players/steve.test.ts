import { describe, expect, test } from "vitest";
import { modelToOnnx, policyToOnnx } from "../../../src/agents/export.js";
import { resolveSettings } from "../../../src/agents/resolve-settings.js";
import { createTask } from "../../../src/envs/index.js";
import { ConfigError } from "../../../src/errors/errors.js";
import { lineTask } from "../../support/line-task.js";
import { CONTINUED, playAll, tinySetup } from "../../support/tiny-run.js";
import { useCompute } from "../../support/use-compute.js";

const compute = useCompute();
const task = createTask("inverted-pendulum");

test("a run says how far its targets go, and is resumed in the middle of an episode, bit for bit", {
  timeout: 120_000,
}, async () => {
  const setup = tinySetup("steve", task, compute(), CONTINUED);
  const unbroken = await playAll(setup);
  for (const { metrics } of unbroken) {
    expect(metrics.model!.return.perMember).toHaveLength(2);
    const { horizon, weights, spreads } = metrics.expansion!;
    expect([weights.length, spreads.length]).toEqual([4, 4]);
    expect(weights.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
    expect(horizon).toBeCloseTo(weights[1] + 2 * weights[2] + 3 * weights[3], 6);
    expect(metrics.actorCritic).toMatchObject({ updates: 4 });
    expect(metrics.actorCritic).not.toHaveProperty("entropy");
  }
  const { tensors, meta } = unbroken[1].snapshot;
  expect(unbroken[1].state.data.underWay).not.toBeNull();
  const resumed = await playAll({ ...setup, resume: { tensors, meta: JSON.parse(JSON.stringify(meta)) } });
  expect(resumed.map(({ state }) => state)).toEqual(unbroken.slice(2).map(({ state }) => state));
  expect(resumed.map(({ metrics }) => metrics)).toEqual(unbroken.slice(2).map(({ metrics }) => metrics));
  expect(policyToOnnx(unbroken[1].snapshot, setup.settings, task).length).toBeGreaterThan(100);
  expect(modelToOnnx(unbroken[1].snapshot, setup.settings, task)!.length).toBeGreaterThan(100);
});

describe("its settings", () => {
  const of = (preset: string, patch: object = {}, algorithm: "steve" | "pal" = "steve", own = createTask("hopper")) =>
    resolveSettings({ algorithm, task: own, preset, patches: [patch] });

  test("of the preset paper are its authors': 4 × 4 × 4 estimates, H = 3, a model of 7 × 512 in the world's units", () => {
    expect(of("paper")).toMatchObject({
      players: { policy: "steve", model: "outcome-ensemble" },
      data: { initialSamples: 10_000, bufferSize: 1_000_000 },
      steve: { critics: 4, horizon: 3, weighting: "variance", batchSize: 512, targetEvery: 500, updatesPerSample: 4 },
      outcomes: { hidden: new Array(7).fill(512), ensembleSize: 4, standardized: false, initialSteps: 10_000 },
    });
  });

  test("of the preset mve are one member, one critic and the longest target", () => {
    expect(of("mve")).toMatchObject({ steve: { weighting: "last", critics: 1 }, outcomes: { ensembleSize: 1 } });
  });

  test.each([
    [{ steve: { batchSize: 255 } }, /^steve\.batchSize: must be a multiple of steve\.critics \(4\), got 255/],
    [{ steve: { exploreChance: 0 } }, /^steve\.exploreChance: /],
    [{ outcomes: { hidden: [8000, 8000] } }, /^outcomes\.hidden: makes a network of/],
    [{ steve: { criticHidden: [8000, 8000] } }, /^steve\.criticHidden: makes a network of/],
    [{ players: { model: "ensemble" } }, /^players: steve is played by steve and outcome-ensemble/],
  ])("%o is refused", (patch, message) => {
    expect(() => of("default", patch)).toThrow(ConfigError);
    expect(() => of("default", patch)).toThrow(message);
  });

  test("a task without graphs is for a model that learns rewards and ends, and refused on others", () => {
    const { graphs: _, ...bare } = lineTask();
    expect(() => of("default", {}, "steve", bare)).not.toThrow();
    expect(() => of("default", { players: { policy: "steve", model: "ensemble" } }, "pal", bare)).toThrow(
      /does not say where episodes end as a graph/,
    );
  });
});
