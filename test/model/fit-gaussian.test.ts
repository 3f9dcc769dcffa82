import { describe, expect, test } from "vitest";
import { graph } from "../../src/compute/graph.js";
import { input } from "../../src/compute/operators.js";
import { DivergenceError } from "../../src/errors/errors.js";
import type { ModelData } from "../../src/model/ensemble.js";
import { fitGaussianEnsemble, type GaussianFitSettings } from "../../src/model/fit-gaussian.js";
import { gaussianScaling, initialGaussianEnsemble } from "../../src/model/gaussian-ensemble.js";
import { gaussianModel } from "../../src/model/gaussian-model.js";
import type { GaussianShape } from "../../src/model/gaussian-network.js";
import { seeded } from "../../src/random/rng.js";
import { recordedCompute } from "../support/recorded-compute.js";
import { firstEngine, useCompute } from "../support/use-compute.js";

const compute = useCompute(2);
const shape: GaussianShape = {
  observationSize: 2,
  actionSize: 1,
  hidden: [32, 32],
  activation: "silu",
  layerNorm: false,
  learnsReward: false,
  noise: "constant",
  minLogStd: -4.6,
  maxLogStd: 1,
};
const settings: GaussianFitSettings = {
  loss: "gaussian",
  huberThreshold: 0.3,
  batchSize: 128,
  learningRate: 3e-3,
  finalLearningRate: 1e-4,
  weightDecay: 1e-5,
  rangeMargin: 0.25,
  bootstrap: false,
};
const space = (low = -100, high = 100) => ({ size: 2, names: ["x", "goal"], low: [low, -100], high: [high, 100] });

/** x′ = x + 0.5 a + σ(x) · noise beside a goal that stays; R = x + a. */
function noisyLine(size: number, sigma: (x: number) => number, seed = 0): ModelData {
  const rng = seeded(seed);
  const rows = Array.from({ length: size }, () => {
    const [x, goal, a] = [rng.normal(), Math.fround(rng.normal()), rng.normal()];
    return { s: [x, goal], a, next: [x + 0.5 * a + sigma(x) * rng.normal(), goal], reward: x + a };
  });
  return {
    size,
    observations: Float32Array.from(rows.flatMap(({ s }) => s)),
    actions: Float32Array.from(rows, ({ a }) => a),
    next: Float32Array.from(rows.flatMap(({ next }) => next)),
    rewards: Float32Array.from(rows, ({ reward }) => reward),
  };
}

const fitted = (
  data: ModelData,
  of: Partial<GaussianShape> = {},
  using: Partial<GaussianFitSettings> = {},
  { steps = 600, members = 2, bounds = space() } = {},
) =>
  fitGaussianEnsemble(
    compute(),
    initialGaussianEnsemble({ ...shape, ...of }, members, seeded(0)),
    data,
    bounds,
    steps,
    { ...settings, ...using },
    seeded(1),
  ).then(({ ensemble }) => ensemble);

/** x′ (and r) that a member predicts of (x, goal 0.3, a) with some noise in x. */
async function step(ensemble: Awaited<ReturnType<typeof fitted>>, rows: readonly (readonly number[])[], member = 0) {
  const net = gaussianModel(ensemble).members[member];
  const nodes = net.nodes("m");
  const [s, a, noise] = [input("s", ["rows", 2]), input("a", ["rows", 1]), input("noise", ["rows", 2])];
  const noisy = net.noiseSize > 0;
  const { next, reward } = nodes.step(s, a, noisy ? noise : undefined);
  const built = graph("m", [...nodes.inputs, s, a, ...(noisy ? [noise] : [])], { next, ...(reward && { reward }) });
  const results = await (await firstEngine(compute()).load(built)).run({
    ...net.tensors("m"),
    s: { shape: [rows.length, 2], data: Float32Array.from(rows.flatMap(([x]) => [x, 0.3])) },
    a: { shape: [rows.length, 1], data: Float32Array.from(rows, ([, a]) => a) },
    ...(noisy && {
      noise: { shape: [rows.length, 2], data: Float32Array.from(rows.flatMap(([, , e]) => [e ?? 0, 1])) },
    }),
  });
  return {
    x: Array.from(results.next.data).filter((_, i) => i % 2 === 0),
    goal: Array.from(results.next.data).filter((_, i) => i % 2 === 1),
    reward: Array.from(results.reward?.data ?? []),
  };
}

describe("the likelihood", () => {
  test("finds the level of the noise, and the mean", async () => {
    const ensemble = await fitted(noisyLine(4000, () => 0.2));
    for (const member of [0, 1]) {
      const { x, goal } = await step(
        ensemble,
        [
          [0.5, 0.4, 0],
          [0.5, 0.4, 1],
          [-1, -0.6, 0],
        ],
        member,
      );
      expect(x[0]).toBeCloseTo(0.7, 1);
      expect(x[2]).toBeCloseTo(-1.3, 1);
      expect(x[1] - x[0]).toBeGreaterThan(0.185); // 4,000 samples know σ to 1.1 %; measured 0.199
      expect(x[1] - x[0]).toBeLessThan(0.215);
      expect(goal).toEqual([0.3, 0.3, 0.3].map(Math.fround)); // what never changes has no noise
    }
  });

  test("finds how it depends on where one is", async () => {
    const ensemble = await fitted(
      noisyLine(4000, (x) => (x > 0 ? 0.4 : 0.05)),
      { noise: "input" },
      {},
      { steps: 1500 },
    );
    const at = async (x: number) => {
      const [calm, moved] = (
        await step(ensemble, [
          [x, 0, 0],
          [x, 0, 1],
        ])
      ).x;
      return moved - calm;
    };
    expect(await at(1)).toBeGreaterThan(0.33);
    expect(await at(1)).toBeLessThan(0.47);
    expect(await at(-1)).toBeGreaterThan(0.035);
    expect(await at(-1)).toBeLessThan(0.08);
  });

  test("has σ between its bounds", async () => {
    const exact = await fitted(
      noisyLine(1000, () => 0),
      { minLogStd: -1 },
    );
    const [calm, moved] = (
      await step(exact, [
        [0, 0, 0],
        [0, 0, 1],
      ])
    ).x;
    expect(moved - calm).toBeGreaterThan(exact.scaling.deltaScale[0] * Math.exp(-1) * 0.999);
  });
});

test("outliers pull at a robust fit less than at least squares", async () => {
  const data = noisyLine(2000, () => 0.01);
  const wild = { ...data, next: data.next.map((x, i) => (i % 40 === 0 ? x + 10 : x)) }; // one sample of twenty
  const off = async (loss: "squared" | "huber") => {
    const ensemble = await fitted(wild, { noise: "none" }, { loss, huberThreshold: 0.02 });
    const { x } = await step(ensemble, [
      [0.5, 0.4],
      [-0.5, 0.2],
    ]);
    return (Math.abs(x[0] - 0.7) + Math.abs(x[1] + 0.4)) / 2;
  };
  expect(await off("squared")).toBeGreaterThan(0.3); // the mean of the outliers: 0.5
  expect(await off("huber")).toBeLessThan(0.1);
});

test("the reward is one more output of the same network", async () => {
  const ensemble = await fitted(
    noisyLine(2000, () => 0.05),
    { learnsReward: true },
  );
  const { reward } = await step(ensemble, [
    [0.5, 0.4],
    [-1, 0.2],
  ]);
  expect(reward[0]).toBeCloseTo(0.9, 1);
  expect(reward[1]).toBeCloseTo(-0.8, 1);
});

describe("predicted states", () => {
  test("stay in the range of the data, widened, and within the task's bounds", async () => {
    const data = noisyLine(500, () => 0.05);
    const seen = [data.observations, data.next].flatMap((states) => Array.from(states).filter((_, i) => i % 2 === 0));
    const [least, most] = [Math.min(...seen), Math.max(...seen)];
    const room = 0.25 * (most - least);
    const { low, high } = gaussianScaling(data, space(), 0.25);
    expect([low[0], high[0]]).toEqual([expect.closeTo(least - room, 5), expect.closeTo(most + room, 5)]);
    expect([low[1], high[1]]).toEqual([-100, 100]); // goals never change within an episode: others begin elsewhere
    const ensemble = await fitted(data, {}, {}, { steps: 5, bounds: space(-100, 2) });
    const { x } = await step(ensemble, [
      [0, 0, 1e4],
      [0, 0, -1e4],
    ]);
    expect(x).toEqual([2, low[0]]);
  });
});

test("a state outside of the data's range is not moved back at once, and goes no further out", async () => {
  const ensemble = await fitted(
    noisyLine(500, () => 0.05),
    {},
    {},
    { steps: 200 },
  );
  const { x } = await step(ensemble, [
    [20, 0, 1e4],
    [20, 0, -1000],
    [-20, 0, -1e4],
  ]);
  expect(x[0]).toBe(20);
  expect(x[1]).toBeLessThan(20);
  expect(x[2]).toBe(-20);
});

test("a fit goes on from where it was, and says where its numbers stop", async () => {
  const data = noisyLine(300, () => 0.1);
  const before = await fitted(data, {}, {}, { steps: 10 });
  const after = await fitGaussianEnsemble(compute(), before, data, space(), 5, settings, seeded(2));
  expect(after.ensemble.members.map(({ adam }) => adam.steps)).toEqual([15, 15]);
  const broken = { ...data, rewards: data.rewards, next: data.next.map((x, i) => (i === 4 ? Number.NaN : x)) };
  await expect(fitted(broken, {}, {}, { steps: 20 })).rejects.toThrow(DivergenceError);
});

test("members with a bootstrap see rows of their own, about 63 % of all, however long they are fitted", async () => {
  for (const bootstrap of [false, true]) {
    const { compute: listening, runs } = recordedCompute(compute());
    const start = initialGaussianEnsemble(shape, 1, seeded(1));
    await fitGaussianEnsemble(
      listening,
      start,
      noisyLine(200, () => 0.1),
      space(),
      40,
      { ...settings, bootstrap },
      seeded(2),
    );
    const rows = runs.flatMap(({ inputs }) => Array.from(inputs.order.data));
    const share = new Set(rows).size / 200;
    if (bootstrap) expect(Math.abs(share - 0.632)).toBeLessThan(0.1);
    else expect(share).toBeGreaterThan(0.99); // 5,120 draws of 200
  }
});

test("learned bounds close in on the σ that the data show, where nothing asked for room: 0.01 Σ (v_max − v_min)", async () => {
  const data = noisyLine(400, () => 0.1);
  const of = { noise: "input", minLogStd: -5, maxLogStd: 0.25, learnedBounds: true } as const;
  const width = async (steps: number, share: Partial<GaussianFitSettings> = {}) => {
    const { members } = await fitted(data, of, share, { steps, members: 1 });
    const [{ parameters }] = members;
    const n = 2;
    const [low, high] = [parameters.slice(-2 * n, -n), parameters.slice(-n)];
    return high.map((x, i) => x - low[i]);
  };
  const [before, after] = [await width(1), await width(600)];
  for (const x of before) expect(x).toBeCloseTo(10.5, 1);
  for (const x of after) expect(x).toBeLessThan(10.5 - 0.2);
  // Weight decay is for weights: bounds at −10 would be drawn to 0 by it.
  const decayed = await width(600, { weightDecay: 1 });
  for (const x of decayed) expect(x).toBeGreaterThan(8);
});
