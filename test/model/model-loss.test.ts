import { expect, test } from "vitest";
import { initialEnsemble, type ModelShape, modelScaling } from "../../src/model/ensemble.js";
import { modelLoss } from "../../src/model/model-loss.js";
import { seeded } from "../../src/random/rng.js";
import { LINE, linearEnsemble } from "../support/line-task.js";
import { gliderData, predict } from "../support/predict.js";
import { only, useCompute } from "../support/use-compute.js";

const compute = useCompute(2);
const shape: ModelShape = { observationSize: 3, actionSize: 1, hidden: [8], rewardHidden: null };
const space = { size: 3, names: ["x", "v", "g"], low: [-1e9, -1e9, -1e9], high: [1e9, 1e9, 1e9] };
const data = gliderData(60, 1);
const fresh = initialEnsemble(shape, 3, seeded(2));
const ensemble = { ...fresh, scaling: modelScaling(data, space, { scale: "std", centerDelta: false }) };

test("ℓ(M, μ) is the mean over samples and members of the squared error in the units asked for (3)", async () => {
  const units = Float32Array.of(2, 0.5, 0);
  const loss = await modelLoss(compute(), ensemble, data, units);
  const expected = [0, 0, 0];
  for (const member of [0, 1, 2]) {
    const predicted = predict(ensemble, member, data.observations, data.actions);
    data.next.forEach((after, i) => {
      expected[i % 3]! += ((after - predicted[i]!) * units[i % 3]!) ** 2 / (3 * data.samples);
    });
  }
  expect(Array.from(loss)).toEqual(expected.map((x) => expect.closeTo(x, 5)));
  expect(loss[2]).toBe(0);
});

test("members weigh the same", async () => {
  const units = new Float32Array(3).fill(1);
  const alone = await Promise.all(
    ensemble.members.map((member) => modelLoss(compute(), { ...ensemble, members: [member] }, data, units)),
  );
  const together = await modelLoss(compute(), ensemble, data, units);
  expect(together[0]).toBeCloseTo((alone[0]![0]! + alone[1]![0]! + alone[2]![0]!) / 3, 6);
});

test("in units of 1/σ_Δ, a model that predicts the mean change has loss 1 per entry that changes", async () => {
  const { deltaScale } = ensemble.scaling;
  const centred = modelScaling(data, space, { scale: "std", centerDelta: true });
  const constant = {
    ...fresh,
    scaling: centred,
    members: [
      {
        dynamics: { ...fresh.members[0]!.dynamics, parameters: fresh.members[0]!.dynamics.parameters.map(() => 0) },
        reward: null,
      },
    ],
  };
  const loss = await modelLoss(
    compute(),
    constant,
    data,
    deltaScale.map((s) => (s === 0 ? 0 : 1 / s)),
  );
  expect(Array.from(loss)).toEqual([expect.closeTo(1, 4), expect.closeTo(1, 4), 0]);
});

test("the true dynamics have no loss", async () => {
  const [observations, actions] = [Float32Array.of(0.1, 0.5, -1, 0.2), Float32Array.of(2, -1)];
  const next = Float32Array.of(0.5, 0.5, -1.2, 0.2); // x + 0.2 a
  const loss = await modelLoss(
    compute(),
    linearEnsemble([LINE]),
    { samples: 2, observations, actions, next, rewards: new Float32Array(2) },
    Float32Array.of(1, 1),
  );
  expect(loss[0]).toBeLessThan(1e-12);
  expect(loss[1]).toBe(0);
});

test("does not depend on the number of engines", async () => {
  const units = Float32Array.of(1, 1, 1);
  expect(await modelLoss(only(compute(), 1), ensemble, data, units)).toEqual(
    await modelLoss(compute(), ensemble, data, units),
  );
});
