import { expect, test } from "vitest";
import { explainedVariance } from "../../src/math/statistics.js";
import { initialEnsemble, type ModelShape, modelScaling } from "../../src/model/ensemble.js";
import { type FitSettings, fitEnsemble } from "../../src/model/fit-ensemble.js";
import { rewardRegressionData } from "../../src/model/learned-reward.js";
import { seeded } from "../../src/random/rng.js";
import { plainMlp } from "../support/plain-networks.js";
import { gliderData, predictReward } from "../support/predict.js";
import { useCompute } from "../support/use-compute.js";

const compute = useCompute();
const shape: ModelShape = { observationSize: 3, actionSize: 1, hidden: [8], rewardHidden: [32, 32] };
const space = { size: 3, names: ["x", "v", "g"], low: [-1e9, -1e9, -1e9], high: [1e9, 1e9, 1e9] };
const PAPER = { scale: "std", centerDelta: false } as const;
const settings: FitSettings = {
  ...PAPER,
  epochs: 60,
  batchSize: 50,
  learningRate: 3e-3,
  minGradientSteps: 1,
  maxGradientSteps: 100_000,
  loss: "normalized",
  bootstrap: false,
  warmStart: true,
};

test("a learned reward comes to agree with a known one, on samples it has not seen", async () => {
  const { ensemble } = await fitEnsemble(
    compute(),
    initialEnsemble(shape, 2, seeded(0)),
    gliderData(600),
    space,
    settings,
    seeded(1),
  );
  const held = gliderData(200, 5);
  for (const member of [0, 1]) {
    expect(explainedVariance(predictReward(ensemble, member, held), held.rewards)).toBeGreaterThan(0.9); // measured: 0.98
  }
});

test("r̂ = shift + scale · MLP of (s, a, s′), s′ normalised like s", () => {
  const data = gliderData(30);
  const ensemble = { ...initialEnsemble(shape, 1, seeded(0)), scaling: modelScaling(data, space, PAPER) };
  const { inputShift, inputFactor, rewardShift, rewardScale } = ensemble.scaling;
  const normal = (x: number, i: number) => (x - inputShift[i]) * inputFactor[i];
  const predicted = predictReward(ensemble, 0, data);
  for (let i = 0; i < 5; i++) {
    const [s, after] = [data.observations.subarray(3 * i, 3 * i + 3), data.next.subarray(3 * i, 3 * i + 3)];
    const x = [...Array.from(s, normal), normal(data.actions[i], 3), ...Array.from(after, normal)];
    const network = { inputSize: 7, hidden: [32, 32], outputSize: 1, activation: "relu" as const };
    const [output] = plainMlp(network, ensemble.members[0].reward!.parameters, x);
    expect(predicted[i]).toBeCloseTo(rewardShift + rewardScale * output, 5);
    const { inputs, targets, weights } = rewardRegressionData(data, ensemble.scaling);
    expect(Array.from(inputs.subarray(7 * i, 7 * i + 7))).toEqual(x.map((entry) => expect.closeTo(entry, 5)));
    expect(targets[i]).toBeCloseTo((data.rewards[i] - rewardShift) / rewardScale, 5);
    expect(weights).toEqual(Float32Array.of(1));
  }
});

test("a reward that never varies is learned exactly, whatever the network says", () => {
  const data = { ...gliderData(30), rewards: new Float32Array(30).fill(1) };
  const ensemble = { ...initialEnsemble(shape, 1, seeded(0)), scaling: modelScaling(data, space, PAPER) };
  expect(Array.from(rewardRegressionData(data, ensemble.scaling).targets)).toEqual(new Array(30).fill(0));
  expect(Array.from(predictReward(ensemble, 0, gliderData(10, 3)))).toEqual(new Array(10).fill(1));
});
