import { describe, expect, test } from "vitest";
import { modelToOnnx, policyToOnnx } from "../../../src/agents/export.js";
import type { ModelFreeState } from "../../../src/agents/players/model-free.js";
import { resolveSettings } from "../../../src/agents/resolve-settings.js";
import { SnapshotReader } from "../../../src/agents/snapshot-reader.js";
import { recallState } from "../../../src/agents/state.js";
import { openPlayers } from "../../../src/agents/ways.js";
import { createTask } from "../../../src/envs/index.js";
import { ConfigError, StorageError } from "../../../src/errors/errors.js";
import { standardized } from "../../../src/policy/input-scaling.js";
import { seeded } from "../../../src/random/rng.js";
import { lineTask } from "../../support/line-task.js";
import { plainMean } from "../../support/plain-networks.js";
import { rowOf } from "../../support/some-policy.js";
import { type AnyPatch, type Played, playAll, tinySetup } from "../../support/tiny-run.js";
import { only, useCompute } from "../../support/use-compute.js";

const compute = useCompute(2);
const WAYS = ["model-free-npg", "model-free-trpo", "model-free-ppo"] as const;
const BATCH = { data: { initialSamples: 20, samplesPerIteration: 20, bufferSize: 20 } };
const stateOf = ({ state }: Played) => state.policy as ModelFreeState<unknown>;

describe.each(WAYS)("a run of %s", { timeout: 120_000 }, (way) => {
  const task = createTask("inverted-pendulum");
  const setup = (patch: AnyPatch = {}) => tinySetup(way, task, compute(), BATCH, patch);

  test("says what its steps did and nothing of a model, on batches of N samples, which are all that D holds", async () => {
    const run = await playAll(setup());
    expect(run.map(({ metrics }) => metrics.samples)).toEqual([40, 60, 80, 100, 120, 140]);
    for (const { metrics, state } of run) {
      expect([metrics.model, metrics.gap, metrics.actorCritic, metrics.meter]).toEqual([null, null, undefined, null]);
      for (const [name, list] of Object.entries(metrics.policy!))
        expect([name, list]).toEqual([name, [expect.any(Number)]]);
      expect(metrics.policy).not.toHaveProperty("modelReturn");
      expect(metrics.value!.explainedVariance).toHaveLength(1);
      expect([state.data.size, state.data.drawn!.length]).toEqual([20, 20]);
    }
  });

  test("goes on bit for bit from a snapshot, in the middle of an episode too, on one engine as on two", async () => {
    const unbroken = await playAll(setup());
    const at = unbroken.findIndex(({ state }) => state.data.underWay !== null);
    const { tensors, meta } = unbroken[at].snapshot;
    const resume = { tensors, meta: JSON.parse(JSON.stringify(meta)) };
    const resumed = await playAll({ ...setup(), compute: only(compute(), 1), resume });
    expect(resumed.map(({ state }) => state)).toEqual(unbroken.slice(at + 1).map(({ state }) => state));
    expect(resumed.map(({ metrics }) => metrics)).toEqual(unbroken.slice(at + 1).map(({ metrics }) => metrics));
    expect(policyToOnnx(unbroken[at].snapshot, setup().settings, task).length).toBeGreaterThan(100);
    expect(modelToOnnx(unbroken[at].snapshot, setup().settings, task)).toBeNull();
  });

  test("refuses a checkpoint without what the policy drew", async () => {
    const [{ snapshot }] = await playAll(setup(), 1);
    const { "buffer/drawn": _, ...tensors } = snapshot.tensors;
    const players = openPlayers(task, setup().settings);
    expect(() => recallState(players, task, { ...snapshot, tensors })).toThrow(StorageError);
    expect(() => new SnapshotReader({ ...snapshot, tensors }).tensor("buffer/drawn", Float32Array)).toThrow(
      /is missing/,
    );
  });

  test("takes each step on all samples of the policy before, and on no others", async () => {
    const whole = { data: { wholeEpisodes: true, continueEpisodes: false, bufferSize: null } };
    const run = await playAll(setup(whole), 4);
    expect(run.map((played) => stateOf(played).batch.to).slice(1)).toEqual(
      run.slice(0, -1).map(({ metrics }) => metrics.samples),
    );
    run.slice(1).forEach((played, i) => {
      expect(stateOf(played).batch.from).toBe(stateOf(run[i]).batch.to);
    });
  });
});

describe("inputs that are standardised as samples come", () => {
  const moved = async (inputs: string) => {
    const task = lineTask();
    const setup = tinySetup("model-free-ppo", task, compute(), BATCH, {
      policy: { inputs: inputs as never },
      ppo: { learningRate: 1e-30 },
    });
    return { task, players: openPlayers(task, setup.settings), run: await playAll(setup, 3) };
  };

  test("are those of the initial samples first, before which the mean action is 0: the first batch is on-policy in its units", async () => {
    const { run, players } = await moved("running");
    const start = players.policy.initial(seeded(0)) as ModelFreeState<unknown>;
    expect(Array.from(plainMean(start.policy, [0.7, -0.4]), Math.abs)).toEqual([0]);
    const { policy, observed, value } = stateOf(run[0]);
    expect(observed.rows).toBe(20);
    expect(policy.inputs).toEqual(value.inputs);
    expect(policy.inputs.factor).not.toEqual(start.policy.inputs.factor);
  });

  test("move on with every batch, and leave π as the function that it was", async () => {
    const { run } = await moved("running");
    const [before, after] = [stateOf(run[1]), stateOf(run[2])]; // steps of 1e-30 change nothing
    expect(after.observed.rows).toBe(60);
    expect(after.policy.inputs).not.toEqual(before.policy.inputs);
    const states = run[2].state.data.observations;
    for (let i = 0; i < 20; i++) {
      const s = rowOf(states, 2, i);
      expect(plainMean(after.policy, s)[0]).toBeCloseTo(plainMean(before.policy, s)[0], 5);
    }
  });

  test("stay as they are where they are not asked for", async () => {
    const { run } = await moved("raw");
    const { policy, observed } = stateOf(run[2]);
    expect([observed.rows, Array.from(policy.inputs.factor)]).toEqual([0, [1, 1]]);
    expect(standardized(run[2].state.data)).not.toEqual(policy.inputs);
  });
});

describe("a step of TRPO on real samples", () => {
  test("keeps its KL divergence within δ, whichever it is", async () => {
    for (const maxKl of [1e-4, 0.05]) {
      const run = await playAll(tinySetup("model-free-trpo", lineTask(), compute(), { trpo: { maxKl } }));
      const kl = run.flatMap(({ metrics }) => metrics.policy!.kl);
      expect(kl.every((each) => each <= maxKl)).toBe(true);
      expect(Math.max(...kl)).toBeGreaterThan(maxKl / 10);
    }
  });
});

describe("their settings", () => {
  const of = (algorithm: (typeof WAYS)[number], preset = "default", patch: object = {}, task = createTask("hopper")) =>
    resolveSettings({ algorithm, task, preset, patches: [patch] }) as unknown as Record<string, object>;

  test("of the preset paper are their authors'", () => {
    expect(of("model-free-npg", "paper")).toMatchObject({
      data: { samplesPerIteration: 10_000, wholeEpisodes: true },
      policy: { hidden: [32, 32], initialLogStd: -0.5, inputs: "raw" },
      onPolicy: { discount: 0.995, gaeLambda: 0.97, targets: "discounted" },
      naturalStep: { normalizedStepSize: 0.05, cgIterations: 10 },
    });
    expect(of("model-free-trpo", "paper")).toMatchObject({
      data: { samplesPerIteration: 1024 },
      onPolicy: { discount: 0.99, gaeLambda: 0.98 },
      trpo: { maxKl: 0.01 },
      naturalStep: { fisherDamping: 0.1 },
    });
    expect(of("model-free-ppo", "paper")).toMatchObject({
      data: { samplesPerIteration: 2048, bufferSize: 2048 },
      onPolicy: { discount: 0.99, gaeLambda: 0.95, entropyCoefficient: 0 },
      ppo: { clipRange: 0.2, epochs: 10, batchSize: 64, learningRate: 3e-4, targetKl: null },
    });
  });

  test.each(WAYS)("of %s fit tasks of any horizon and size by default, and on each preset", (way) => {
    for (const task of [lineTask(), createTask("ant"), createTask("inverted-pendulum"), createTask("reacher-7dof")])
      for (const preset of ["default", "paper", "quick"]) expect(() => of(way, preset, {}, task)).not.toThrow();
  });

  test.each([
    [
      { data: { bufferSize: 3000, wholeEpisodes: true, continueEpisodes: false } },
      /^data\.bufferSize: must hold a whole batch, 3047 samples/,
    ],
    [{ data: { initialSamples: 5000 } }, /^data\.bufferSize: must hold a whole batch, 5000 samples, got 2048/],
    [{ policy: { minLogStd: 0.5 } }, /^policy\.initialLogStd: must be at least policy\.minLogStd/],
    [{ policy: { inputs: "standardized" } }, /^policy\.inputs: /],
    [
      { npg: { steps: 3 } },
      /^npg: its settings are of the policy player npg, and model-free-ppo plays\. Leave them out/,
    ],
    [{ players: { model: "ensemble" } }, /^players: model-free-ppo is played by model-free-ppo and none/],
  ])("%o is refused", (patch, message) => {
    expect(() => of("model-free-ppo", "default", patch)).toThrow(ConfigError);
    expect(() => of("model-free-ppo", "default", patch)).toThrow(message);
  });
});
