import { describe, expect, test } from "vitest";
import { type Ensemble, initialEnsemble, type ModelData } from "../../src/model/ensemble.js";
import { ensembleModel } from "../../src/model/ensemble-model.js";
import { type FitSettings, fitEnsemble } from "../../src/model/fit-ensemble.js";
import { mirrored } from "../../src/model/mirror-step.js";
import { seeded } from "../../src/random/rng.js";
import { gliderData, predict } from "../support/predict.js";
import { firstEngine, useCompute } from "../support/use-compute.js";

const compute = useCompute(1);
const space = { size: 3, names: ["x", "v", "g"], low: [-1e9, -1e9, -1e9], high: [1e9, 1e9, 1e9] };
/** Long enough, on the whole of the data, for a linear model to be where its minimum is. */
const settings: FitSettings = {
  epochs: 1500,
  batchSize: 200,
  learningRate: 1e-2,
  minGradientSteps: 1,
  maxGradientSteps: 100_000,
  loss: "normalized",
  centerDelta: false,
  scale: "std",
  bootstrap: false,
  warmStart: true,
};
const linear = { observationSize: 3, actionSize: 1, hidden: [], rewardHidden: null };
const fitTo = async (from: Ensemble, data: ModelData, using: Partial<FitSettings> = {}) =>
  (await fitEnsemble(compute(), from, data, space, { ...settings, ...using }, seeded(1))).ensemble;
const said = (ensemble: Ensemble, { observations, actions }: ModelData) => predict(ensemble, 0, observations, actions);

/** A model that has seen other dynamics, and data that it has not seen. */
async function seenModel() {
  const other = gliderData(200);
  for (let i = 0; i < 200; i++) other.next[3 * i + 1] -= 0.5 * other.observations[3 * i + 1];
  const fitted = await fitTo(initialEnsemble(linear, 1, seeded(0)), other, { stepSize: 0.01 });
  return { seen: { ...fitted, seenSamples: 200 }, other, data: gliderData(200, 7) };
}

describe("a mirror step in the space of predictions", () => {
  test.each([0.25, 1, 9])("with β = %d fits to states that are β/(1 + β) of the way to what happened", async (beta) => {
    const { seen, data } = await seenModel();
    const { next } = await mirrored(firstEngine(compute()), ensembleModel(seen).members[0], data, beta);
    const old = said(seen, data);
    const expected = old.map((x, i) => x + (beta / (1 + beta)) * (data.next[i] - x));
    for (let i = 0; i < next.length; i++) expect(next[i]).toBeCloseTo(expected[i], 5); // float32
  });

  test("takes a linear model β/(1 + β) of the way to where a plain fit goes", async () => {
    const { seen, data } = await seenModel();
    const [plain, near] = [await fitTo(seen, data), await fitTo(seen, data, { stepSize: 0.5 })];
    const [old, whole, some] = [seen, plain, near].map((each) => said(each, data));
    const apart = whole.reduce((most, x, i) => Math.max(most, Math.abs(x - old[i])), 0);
    const off = some.reduce((most, x, i) => Math.max(most, Math.abs(x - old[i] - (whole[i] - old[i]) / 3)), 0);
    expect(apart).toBeGreaterThan(0.5);
    expect(off).toBeLessThan(0.02 * apart); // where Adam's steps still swing; measured 2e-3
  });
});

describe("near in weights", () => {
  test("the smaller β, the less the weights move; the limits are no move and a plain fit", async () => {
    const { seen, data } = await seenModel();
    const [from] = seen.members;
    const moved = async (using: Partial<FitSettings>) => {
      const { parameters } = (await fitTo(seen, data, { epochs: 400, ...using })).members[0].dynamics;
      return Math.hypot(...parameters.map((x, i) => x - from.dynamics.parameters[i]));
    };
    const plain = await moved({});
    const [tiny, small, large, huge] = await Promise.all(
      [1e-4, 0.3, 3, 1e6].map((stepSize) => moved({ stepSize, near: "weights" })),
    );
    expect(tiny).toBeLessThan(0.01 * plain);
    expect(small).toBeGreaterThan(tiny);
    expect(large).toBeGreaterThan(small);
    expect(huge).toBeCloseTo(plain, 3);
  });
});

test("the first fit has nothing to stay near: it is a plain one, bit for bit", async () => {
  const [start, data] = [initialEnsemble(linear, 1, seeded(0)), gliderData(200)];
  const few = { epochs: 3 };
  const plain = await fitTo(start, data, few);
  expect(await fitTo(start, data, { ...few, stepSize: 0.1 })).toEqual(plain);
  expect(await fitTo(start, data, { ...few, stepSize: 0.1, near: "weights" })).toEqual(plain);
  expect(await fitTo({ ...start, seenSamples: 200 }, data, { ...few, stepSize: null })).toEqual({
    ...plain,
    seenSamples: 200,
  });
});
