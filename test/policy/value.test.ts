import { describe, expect, test } from "vitest";
import { explainedVariance } from "../../src/math/statistics.js";
import type { RegressionSettings } from "../../src/nn/regression.js";
import { fitValue, initialValue, predictValues } from "../../src/policy/value.js";
import { seeded } from "../../src/random/rng.js";
import { plainMlp } from "../support/plain-networks.js";
import { recordedCompute } from "../support/recorded-compute.js";
import { normals, rowOf } from "../support/some-policy.js";
import { firstEngine, useCompute } from "../support/use-compute.js";

const compute = useCompute();
const inputs = { shift: Float32Array.of(1, -2), factor: Float32Array.of(0.5, 3) };
const settings: RegressionSettings = { epochs: 40, batchSize: 64, learningRate: 3e-3, weightDecay: 0 };
const value = (targetScale: number) => initialValue(2, [16, 16], inputs, targetScale, seeded(0));

describe("a value function", () => {
  test("predicts its network's output for the scaled observation, times targetScale", async () => {
    const observations = normals(2 * 20, 0);
    const own = value(100);
    const values = await predictValues(firstEngine(compute()), own, observations);
    values.forEach((v, i) => {
      const [x, y] = rowOf(observations, 2, i);
      const [output] = plainMlp(own.shape, own.learner.parameters, [(x - 1) * 0.5, (y + 2) * 3]);
      expect(v).toBeCloseTo(100 * output, 3);
    });
  });

  test("predicts in pieces what it predicts at once", async () => {
    const observations = normals(2 * 10_000, 1); // three pieces of at most 4096 rows
    const { compute: on, runs } = recordedCompute(compute());
    const values = await predictValues(firstEngine(on), value(1), observations);
    expect(runs.map((run) => run.inputs.observations.shape[0])).toEqual([4096, 4096, 1808]);
    for (const start of [0, 4090, 8190, 9990]) {
      const part = await predictValues(
        firstEngine(compute()),
        value(1),
        observations.slice(2 * start, 2 * (start + 10)),
      );
      expect(Array.from(values.subarray(start, start + 10))).toEqual(Array.from(part, (v) => expect.closeTo(v, 5)));
    }
  });

  test.each([1, 50])("fitted to returns explains them, whatever targetScale (%d)", async (targetScale) => {
    const observations = normals(2 * 500, 2);
    const returns = Float64Array.from(
      { length: 500 },
      (_, i) => 50 * Math.sin(observations[2 * i]) + 20 * observations[2 * i + 1],
    );
    const before = value(targetScale);
    const copy = structuredClone(before);
    const scaled = { ...settings, epochs: targetScale === 1 ? 200 : 40, learningRate: targetScale === 1 ? 3e-2 : 3e-3 };
    const fitted = await fitValue(firstEngine(compute()), before, observations, returns, scaled, seeded(1));
    const explained = explainedVariance(await predictValues(firstEngine(compute()), fitted, observations), returns);
    expect(explained).toBeGreaterThan(0.95);
    expect(before).toEqual(copy);
    expect(fitted.learner.adam.steps).toBe(Math.ceil((scaled.epochs * 500) / 64));
  });

  test("is fitted in units of targetScale, on scaled observations", async () => {
    const { compute: on, runs } = recordedCompute(compute());
    const observations = Float32Array.of(3, 4, 5, 6);
    await fitValue(
      firstEngine(on),
      value(10),
      observations,
      Float64Array.of(70, -20),
      { ...settings, epochs: 1 },
      seeded(0),
    );
    expect(runs[0].inputs.targets.data).toEqual(Float32Array.of(7, -2));
    expect(runs[0].inputs.inputs.data).toEqual(Float32Array.of(1, 18, 2, 24));
    expect(runs[0].inputs.weights.data).toEqual(Float32Array.of(1));
  });

  test("fitted with the same seed is the same, bit for bit", async () => {
    const fitFrom = (seed: number) =>
      fitValue(
        firstEngine(compute()),
        value(1),
        normals(200, 3),
        Float64Array.from(normals(100, 4)),
        settings,
        seeded(seed),
      );
    expect(await fitFrom(1)).toEqual(await fitFrom(1));
    expect((await fitFrom(1)).learner.parameters).not.toEqual((await fitFrom(2)).learner.parameters);
  });
});
