import { describe, expect, test } from "vitest";
import { input } from "../../src/compute/operators.js";
import { type EliteEnsemble, type EliteFitSettings, eliteLoss, fitElites } from "../../src/model/fit-elites.js";
import { initialGaussianEnsemble } from "../../src/model/gaussian-ensemble.js";
import { gaussianModel } from "../../src/model/gaussian-model.js";
import { type GaussianShape, gaussianLayout } from "../../src/model/gaussian-network.js";
import { layoutInputs, unflatten } from "../../src/nn/layout.js";
import { seeded } from "../../src/random/rng.js";
import { evaluate, feedsOf, type Values, value } from "../support/interpreter.js";
import { plainMlp } from "../support/plain-networks.js";
import { normals } from "../support/some-policy.js";
import { useCompute } from "../support/use-compute.js";

const compute = useCompute();
const shape: GaussianShape = {
  observationSize: 2,
  actionSize: 1,
  hidden: [4],
  activation: "silu",
  layerNorm: false,
  learnsReward: true,
  noise: "input",
  minLogStd: -5,
  maxLogStd: 0.25,
  learnedBounds: true,
  noisyReward: true,
};
const settings: EliteFitSettings = {
  elites: 2,
  batchSize: 16,
  learningRate: 3e-3,
  weightDecay: [1e-3, 2e-3],
  holdoutShare: 0.2,
  maxHoldout: 5000,
  patience: 3,
  maxEpochs: 40,
};
const space = { size: 2, names: ["x", "goal"], low: [-Infinity, -Infinity], high: [Infinity, Infinity] };

test("bounds of log σ² begin at −10 and ½, biases at 0, weights within two standard deviations", () => {
  const { parameters } = initialGaussianEnsemble(shape, 1, seeded(1)).members[0];
  const tensors = unflatten(gaussianLayout(shape), "p", parameters);
  expect([...tensors["p.minLogVariance"].data, ...tensors["p.maxLogVariance"].data]).toEqual([
    -10, -10, -10, 0.5, 0.5, 0.5,
  ]);
  expect(tensors["p.bias0"].data.every((x) => x === 0)).toBe(true);
  expect(tensors["p.weight0"].data.every((w) => w !== 0 && Math.abs(w) <= 1 / Math.sqrt(3))).toBe(true);
});

test("the loss is E[(y − mean)² e^(−v) + v] + 0.01 Σ (v_max − v_min) + Σ ½ λ ‖W‖², by hand", () => {
  const layout = gaussianLayout(shape);
  const parameters = normals(layout.size, 2).map((w) => 0.7 * w);
  const [x, y] = [normals(5 * 3, 3), normals(5 * 3, 4)];
  const nodes = layoutInputs(layout, "p");
  const [inputs, targets, weights] = [input("x", [5, 3]), input("y", [5, 3]), input("w", [3])];
  const loss = eliteLoss(shape, nodes, inputs, targets, weights, settings.weightDecay);
  const tensors = unflatten(layout, "p", parameters);
  const feeds: Values = {
    ...Object.fromEntries(Object.entries(tensors).map(([name, t]) => [name, value(t.shape, t.data)])),
    x: value([5, 3], x),
    y: value([5, 3], y),
    w: value([3], [1, 1, 1]),
  };
  const [got] = evaluate([loss], feedsOf([...nodes, inputs, targets, weights], feeds));
  const softplus = (z: number) => Math.log1p(Math.exp(z));
  const [low, high] = [tensors["p.minLogVariance"].data, tensors["p.maxLogVariance"].data];
  let total = 0;
  for (let row = 0; row < 5; row++) {
    const out = plainMlp(
      { inputSize: 3, hidden: [4], outputSize: 6, activation: "silu" },
      parameters,
      x.subarray(3 * row, 3 * row + 3),
    );
    for (let i = 0; i < 3; i++) {
      const below = high[i] - softplus(high[i] - out[3 + i]);
      const v = low[i] + softplus(below - low[i]);
      total += ((y[3 * row + i] - out[i]) ** 2 * Math.exp(-v) + v) / 15;
    }
  }
  for (let i = 0; i < 3; i++) total += 0.01 * (high[i] - low[i]);
  const squares = (name: string) => (tensors[name].data as Float32Array).reduce((sum, w) => sum + w * w, 0);
  total += 0.5 * (1e-3 * squares("p.weight0") + 2e-3 * squares("p.weight1"));
  expect(got.data[0]).toBeCloseTo(total, 6);
});

describe("a fit", { timeout: 60_000 }, () => {
  /** x′ = x + 0.3 a, a goal that stays within an episode, r = x. */
  const size = 200;
  const [states, actions] = [normals(2 * size, 5), normals(size, 6)];
  const next = states.map((x, i) => (i % 2 === 0 ? x + 0.3 * actions[i / 2] : x));
  const data = { size, observations: states, actions, next, rewards: states.filter((_, i) => i % 2 === 0) };
  const start: EliteEnsemble = { ...initialGaussianEnsemble(shape, 3, seeded(1)), elites: [0, 1] };
  const fitted = (patch: Partial<EliteFitSettings> = {}, seed = 7) =>
    fitElites(compute(), start, data, space as never, { ...settings, ...patch }, seeded(seed));

  test("learns, ends where nobody improves any more, and shows the members with the least held-out errors", async () => {
    const { ensemble, steps } = await fitted({ maxEpochs: 400, patience: 1 });
    expect(steps).toBeLessThan(400 * 10);
    expect(steps % 10).toBe(0); // 160 rows in minibatches of 16
    expect(new Set(ensemble.elites).size).toBe(2);
    expect(ensemble.members.every(({ parameters }, i) => parameters !== start.members[i].parameters)).toBe(true);
    expect(gaussianModel(ensemble).deltaScale).toEqual(Float32Array.of(1, 0));
  });

  test("goes back to where a member was best: with a step size that only does harm, to where it began", async () => {
    const { ensemble } = await fitted({ learningRate: 9, maxEpochs: 2, patience: 5 });
    for (const [i, { parameters }] of ensemble.members.entries())
      expect(parameters).toEqual(start.members[i].parameters);
  });

  test("is a function of its stream alone, and leaves what it was given as it was", async () => {
    const before = structuredClone(start);
    const once = await fitted({ maxEpochs: 2 });
    expect(await fitted({ maxEpochs: 2 })).toEqual(once);
    expect((await fitted({ maxEpochs: 2 }, 8)).ensemble).not.toEqual(once.ensemble);
    expect(start).toEqual(before);
  });
});
