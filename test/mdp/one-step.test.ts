import { describe, expect, test } from "vitest";
import { modelLoss, oneStepErrors } from "../../src/mdp/one-step.js";
import {
  type Ensemble,
  initialEnsemble,
  type ModelData,
  type ModelShape,
  modelScaling,
} from "../../src/model/ensemble.js";
import { ensembleModel } from "../../src/model/ensemble-model.js";
import { seeded } from "../../src/random/rng.js";
import { LINE, linearEnsemble, PUSH } from "../support/line-task.js";
import { gliderData, predict } from "../support/predict.js";
import { normals } from "../support/some-policy.js";
import { only, useCompute } from "../support/use-compute.js";

const compute = useCompute(2);
const lossOf = (of: Ensemble, data: ModelData, units: Float32Array, on = compute()) =>
  modelLoss(on, ensembleModel(of), data, units);

describe("the model's loss", () => {
  const shape: ModelShape = { observationSize: 3, actionSize: 1, hidden: [8], rewardHidden: null };
  const space = { size: 3, names: ["x", "v", "g"], low: [-1e9, -1e9, -1e9], high: [1e9, 1e9, 1e9] };
  const data = gliderData(60, 1);
  const fresh = initialEnsemble(shape, 3, seeded(2));
  const ensemble = { ...fresh, scaling: modelScaling(data, space, { scale: "std", centerDelta: false }) };

  test("ℓ(M, μ) is the mean over samples and members of the squared error in the units asked for (3)", async () => {
    const units = Float32Array.of(2, 0.5, 0);
    const loss = await lossOf(ensemble, data, units);
    const expected = [0, 0, 0];
    for (const member of [0, 1, 2]) {
      const predicted = predict(ensemble, member, data.observations, data.actions);
      data.next.forEach((after, i) => {
        expected[i % 3] += ((after - predicted[i]) * units[i % 3]) ** 2 / (3 * data.size);
      });
    }
    expect(Array.from(loss)).toEqual(expected.map((x) => expect.closeTo(x, 5)));
    expect(loss[2]).toBe(0);
  });

  test("members weigh the same", async () => {
    const units = new Float32Array(3).fill(1);
    const alone = await Promise.all(
      ensemble.members.map((member) => lossOf({ ...ensemble, members: [member] }, data, units)),
    );
    const together = await lossOf(ensemble, data, units);
    expect(together[0]).toBeCloseTo((alone[0][0] + alone[1][0] + alone[2][0]) / 3, 6);
  });

  test("in units of 1/σ_Δ, a model that predicts the mean change has loss 1 per entry that changes", async () => {
    const { deltaScale } = ensemble.scaling;
    const centred = modelScaling(data, space, { scale: "std", centerDelta: true });
    const constant = {
      ...fresh,
      scaling: centred,
      members: [
        {
          dynamics: { ...fresh.members[0].dynamics, parameters: fresh.members[0].dynamics.parameters.map(() => 0) },
          reward: null,
        },
      ],
    };
    const loss = await lossOf(
      constant,
      data,
      deltaScale.map((s) => (s === 0 ? 0 : 1 / s)),
    );
    expect(Array.from(loss)).toEqual([expect.closeTo(1, 4), expect.closeTo(1, 4), 0]);
  });

  test("the true dynamics have no loss", async () => {
    const [observations, actions] = [Float32Array.of(0.1, 0.5, -1, 0.2), Float32Array.of(2, -1)];
    const next = Float32Array.of(0.5, 0.5, -1.2, 0.2); // x + 0.2 a
    const loss = await lossOf(
      linearEnsemble([LINE]),
      { size: 2, observations, actions, next, rewards: new Float32Array(2) },
      Float32Array.of(1, 1),
    );
    expect(loss[0]).toBeLessThan(1e-12);
    expect(loss[1]).toBe(0);
  });

  test("does not depend on the number of engines", async () => {
    const units = Float32Array.of(1, 1, 1);
    expect(await lossOf(ensemble, data, units, only(compute(), 1))).toEqual(await lossOf(ensemble, data, units));
  });
});

describe("the error of one step", () => {
  const SAMPLES = 1500; // more than a run takes at once
  const observations = normals(2 * SAMPLES, 1);
  const actions = normals(SAMPLES, 2);
  const data: ModelData = {
    size: SAMPLES,
    observations,
    actions,
    next: observations.map((x, i) => (i % 2 === 0 ? x + PUSH * actions[i / 2] : x)),
    rewards: new Float32Array(SAMPLES),
  };
  const right = linearEnsemble([LINE, LINE.map((row) => row.map((x) => 1.5 * x))]);
  const ensemble = { ...right, scaling: { ...right.scaling, deltaScale: Float32Array.of(0.5, 0) } };

  test("is ‖(s′ − M(s, a)) / σ_Δ‖² of each sample in each member, without entries that never change", async () => {
    const [first, second] = await oneStepErrors(compute(), ensembleModel(ensemble), data);
    // σ_Δ multiplies what members say: they move by half of 0.2 a and of 0.3 a, where the world moves by 0.2 a.
    actions.forEach((a, i) => {
      expect(first[i]).toBeCloseTo(((0.1 * a) / 0.5) ** 2, 4);
      expect(second[i]).toBeCloseTo(((0.05 * a) / 0.5) ** 2, 4);
    });
  });

  test("its mean over samples and members is the model's loss, summed over entries", async () => {
    const errors = await oneStepErrors(compute(), ensembleModel(ensemble), data);
    const mean = errors.flatMap((own) => Array.from(own)).reduce((a, b) => a + b, 0) / (2 * SAMPLES);
    const loss = await lossOf(ensemble, data, Float32Array.of(2, 0));
    expect(mean).toBeCloseTo(loss[0] + loss[1], 6);
  });
});
