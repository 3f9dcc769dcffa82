import { expect, test } from "vitest";
import type { ModelData } from "../../src/model/ensemble.js";
import { modelLoss } from "../../src/model/model-loss.js";
import { oneStepErrors } from "../../src/model/one-step-error.js";
import { LINE, linearEnsemble, PUSH } from "../support/line-task.js";
import { normals } from "../support/some-policy.js";
import { useCompute } from "../support/use-compute.js";

const compute = useCompute();
const SAMPLES = 1500; // more than a run takes at once
const observations = normals(2 * SAMPLES, 1);
const actions = normals(SAMPLES, 2);
const data: ModelData = {
  samples: SAMPLES,
  observations,
  actions,
  next: observations.map((x, i) => (i % 2 === 0 ? x + PUSH * actions[i / 2]! : x)),
  rewards: new Float32Array(SAMPLES),
};
const right = linearEnsemble([LINE, LINE.map((row) => row.map((x) => 1.5 * x))]);
const ensemble = { ...right, scaling: { ...right.scaling, deltaScale: Float32Array.of(0.5, 0) } };

test("is ‖(s′ − M(s, a)) / σ_Δ‖² of each sample in each member, without entries that never change", async () => {
  const [first, second] = await oneStepErrors(compute(), ensemble, data);
  // σ_Δ multiplies what members say: they move by half of 0.2 a and of 0.3 a, where the world moves by 0.2 a.
  actions.forEach((a, i) => {
    expect(first![i]).toBeCloseTo(((0.1 * a) / 0.5) ** 2, 4);
    expect(second![i]).toBeCloseTo(((0.05 * a) / 0.5) ** 2, 4);
  });
});

test("its mean over samples and members is the model's loss, summed over entries", async () => {
  const errors = await oneStepErrors(compute(), ensemble, data);
  const mean = errors.flatMap((own) => Array.from(own)).reduce((a, b) => a + b, 0) / (2 * SAMPLES);
  const loss = await modelLoss(compute(), ensemble, data, Float32Array.of(2, 0));
  expect(mean).toBeCloseTo(loss[0]! + loss[1]!, 6);
});
