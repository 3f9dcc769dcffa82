import { describe, expect, test } from "vitest";
import { resolveSettings } from "../../../src/agents/resolve-settings.js";
import { createTask } from "../../../src/envs/index.js";
import { playAll, tinySetup } from "../../support/tiny-run.js";
import { useCompute } from "../../support/use-compute.js";

const compute = useCompute();
const task = createTask("inverted-pendulum");

describe("a run of slbo", { timeout: 120_000 }, () => {
  const setup = () => tinySetup("slbo", task, compute());

  test("has a step of the policy for each of its rounds' steps, and one fit of all rounds", async () => {
    const [{ metrics }] = await playAll(setup(), 1);
    expect(metrics.policy!.kl).toHaveLength(2 * 2); // rounds × npg.steps
    expect(metrics.model!.gradientSteps).toBe(2 * 6);
    expect(metrics.model!.freshLoss.before).toBeGreaterThan(metrics.model!.freshLoss.after);
  });

  test("is resumed bit for bit", async () => {
    const unbroken = await playAll(setup(), 3);
    const { tensors, meta } = unbroken[0].snapshot;
    const resumed = await playAll({ ...setup(), resume: { tensors, meta: JSON.parse(JSON.stringify(meta)) } }, 2);
    expect(resumed.map(({ state }) => state)).toEqual(unbroken.slice(1).map(({ state }) => state));
    expect(resumed.map(({ metrics }) => metrics)).toEqual(unbroken.slice(1).map(({ metrics }) => metrics));
  });

  test("gathers with noise that wanders, unless its σ is 0", async () => {
    const run = (noiseSigma: number) => playAll(tinySetup("slbo", task, compute(), { slbo: { noiseSigma } }), 1);
    const [[wandering], [still]] = [await run(0.3), await run(0)];
    expect(wandering.state.data.actions[0]).toBe(still.state.data.actions[0]); // an episode begins without any
    expect(wandering.state.data.actions).not.toEqual(still.state.data.actions);
  });

  test("in another game it moves once: PAL has no rounds", async () => {
    const setup = tinySetup("pal", task, compute(), { players: { policy: "slbo" } });
    const [{ metrics }] = await playAll(setup, 1);
    expect(metrics.policy!.kl).toHaveLength(2);
  });
});

test("the preset paper has its authors' values", () => {
  expect(resolveSettings({ algorithm: "slbo", task: createTask("hopper"), preset: "paper" })).toMatchObject({
    players: { policy: "slbo", model: "multistep-ensemble" },
    data: { initialSamples: 10_000, samplesPerIteration: 10_000, bufferSize: 200_000 },
    policy: { hidden: [32, 32], initialLogStd: 0 },
    npg: { steps: 40, discount: 0.99, gaeLambda: 0.95, entropyCoefficient: 0.005, intermediateStarts: 0 },
    trpo: { maxKl: 0.01 },
    slbo: { rounds: 20, klSlack: 1.5, noiseTheta: 0.15, noiseSigma: 0.3 },
    multistep: { hidden: [500, 500], horizon: 2, loss: "norm", gradientSteps: 100, clipNorm: 2 },
  });
});
