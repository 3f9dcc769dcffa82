import { expect, test } from "vitest";
import { resolveSettings } from "../../../src/agents/resolve-settings.js";
import { createTask } from "../../../src/envs/index.js";
import { ConfigError } from "../../../src/errors/errors.js";
import { CONTINUED, playAll, tinySetup } from "../../support/tiny-run.js";
import { useCompute } from "../../support/use-compute.js";

const compute = useCompute();
const task = createTask("inverted-pendulum");

test("a run promises and delivers, and is resumed in the middle of an episode, bit for bit", {
  timeout: 120_000,
}, async () => {
  const setup = tinySetup("mbpo", task, compute(), CONTINUED);
  const unbroken = await playAll(setup);
  for (const { metrics } of unbroken) {
    expect(metrics.model!.return.perMember).toHaveLength(2); // the elites
    expect(Number.isFinite(metrics.gap)).toBe(true);
    expect(metrics.model!.gradientSteps).toBeGreaterThan(0);
  }
  const { tensors, meta } = unbroken[1].snapshot;
  expect(unbroken[1].state.data.underWay).not.toBeNull();
  const resumed = await playAll({ ...setup, resume: { tensors, meta: JSON.parse(JSON.stringify(meta)) } });
  expect(resumed.map(({ state }) => state)).toEqual(unbroken.slice(2).map(({ state }) => state));
  expect(resumed.map(({ metrics }) => metrics)).toEqual(unbroken.slice(2).map(({ metrics }) => metrics));
});

const of = (patch: object, id = "hopper") =>
  resolveSettings({ algorithm: "mbpo", task: createTask(id), preset: "paper", patches: [patch] });

test("its authors' settings, task by task", () => {
  expect(of({})).toMatchObject({
    players: { policy: "mbpo", model: "elite-ensemble" },
    data: { initialSamples: 5000, maxSamples: 125_000 },
    sac: { updatesPerSample: 20, targetEntropy: -1, hidden: [256, 256] },
    mbpo: { realShare: 0.05, rolloutsPerSample: 400, rolloutFrom: 20_000, rolloutTo: 150_000, rolloutMax: 15 },
    elites: { ensembleSize: 7, elites: 5, hidden: [200, 200, 200, 200] },
  });
  expect(of({}, "half-cheetah")).toMatchObject({ sac: { updatesPerSample: 40, targetEntropy: -3 } });
  expect(of({}, "inverted-pendulum")).toMatchObject({
    data: { initialSamples: 500 },
    sac: { updatesPerSample: 10, targetEntropy: -0.05 },
    mbpo: { retainSamples: 250 },
    record: { every: 10 },
  });
});

test.each([
  [{ mbpo: { rolloutTo: 10_000 } }, /^mbpo\.rolloutTo: must be at least mbpo\.rolloutFrom \(20000\), got 10000/],
  [{ mbpo: { rolloutMin: 20 } }, /^mbpo\.rolloutMax: must be at least mbpo\.rolloutMin \(20\), got 15/],
  [{ mbpo: { rolloutMin: 0 } }, /^mbpo\.rolloutMin: /],
  [{ elites: { elites: 8 } }, /^elites\.elites: must be at most elites\.ensembleSize \(7\), got 8/],
  [{ elites: { weightDecay: [0, 0, 0, 0, 0, 0] } }, /^elites\.weightDecay: has 6 numbers for 5 layers/],
  [{ mbpo: { poolSize: 1e9 } }, /^settings: need .* in each checkpoint/],
])("%o is refused", (patch, message) => {
  expect(() => of(patch)).toThrow(ConfigError);
  expect(() => of(patch)).toThrow(message);
});
