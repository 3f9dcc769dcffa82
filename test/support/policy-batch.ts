import type { Compute } from "../../src/compute/engine.js";
import { addScaled, type Vector } from "../../src/math/vector.js";
import type { PolicyBatch } from "../../src/npg/model-batch.js";
import { policyChange } from "../../src/npg/policy-step.js";
import { type GaussianPolicy, logStd } from "../../src/policy/gaussian-policy.js";
import { fillNormal, seeded } from "../../src/random/rng.js";
import { plainMean } from "./plain-networks.js";
import { somePolicy } from "./some-policy.js";

/** A policy of three observations and two actions. */
export const steppingPolicy: GaussianPolicy = somePolicy({ observationSize: 3, hidden: [12, 12], actionSize: 2 }, 0);

/** Rows that a policy drew, with whitened advantages that a linear policy can earn. */
export function batchOf(policy: GaussianPolicy, size: number, seed: number): PolicyBatch {
  const { observationSize: n, actionSize: m } = policy.shape;
  const rng = seeded(seed);
  const observations = fillNormal(new Float32Array(size * n), rng);
  const actions = fillNormal(new Float32Array(size * m), rng);
  const raw = new Float64Array(size);
  for (let row = 0; row < size; row++) {
    const state = observations.subarray(row * n, (row + 1) * n);
    const mean = plainMean(policy, state);
    for (let j = 0; j < m; j++) {
      const noise = actions[row * m + j];
      raw[row] += noise * (state[j] + 0.5) + 0.3 * rng.normal();
      actions[row * m + j] = mean[j] + Math.exp(logStd(policy)[j]) * noise;
    }
  }
  const mean = raw.reduce((a, b) => a + b, 0) / size;
  const std = Math.sqrt(raw.reduce((a, b) => a + (b - mean) ** 2, 0) / size);
  return { size, observations, actions, advantages: Float32Array.from(raw, (a) => (a - mean) / std) };
}

/** θ′ − θ. */
export const difference = (after: GaussianPolicy, before: GaussianPolicy): Vector =>
  addScaled(after.parameters, before.parameters, -1);

/** What came of a step, measured. */
export async function changeOf(compute: Compute, old: GaussianPolicy, after: GaussianPolicy, batch: PolicyBatch) {
  const change = await policyChange(compute, old, batch);
  try {
    return await change.of(after);
  } finally {
    await change.release();
  }
}
