import { describe, expect, test } from "vitest";
import { networkActor } from "../../src/mdp/actor.js";
import {
  actingNet,
  initialPolicy,
  logStd,
  type PolicyShape,
  policyEntropy,
  policyLayout,
} from "../../src/policy/gaussian-policy.js";
import { seeded } from "../../src/random/rng.js";
import { plainLogLikelihood, plainMean, plainStd } from "../support/plain-networks.js";
import { normals, rowOf, somePolicy } from "../support/some-policy.js";
import { firstEngine, useCompute } from "../support/use-compute.js";

const compute = useCompute();
const shape: PolicyShape = { observationSize: 3, hidden: [6, 5], actionSize: 2 };
const policy = somePolicy(shape, 0);
const space = (size: number) => ({ size, names: [], low: [], high: [] });

async function act(observations: Float32Array, noise: Float32Array, of = policy): Promise<Float32Array> {
  const sizes = { observation: space(3), action: space(2) };
  const acting = await networkActor(firstEngine(compute()), actingNet(of), sizes);
  try {
    return await acting.act(observations, noise);
  } finally {
    await acting.release();
  }
}

describe("an actor", () => {
  test("with zero noise acts by the mean network of the scaled observation", async () => {
    const observations = normals(3 * 8, 1);
    const actions = await act(observations, new Float32Array(2 * 8));
    for (let i = 0; i < 8; i++) {
      const mean = plainMean(policy, rowOf(observations, 3, i));
      expect(Array.from(rowOf(actions, 2, i))).toEqual(Array.from(mean, (x) => expect.closeTo(x, 5)));
    }
  });

  test("adds σ · noise, with the same σ in every state", async () => {
    const observations = normals(3 * 4, 2);
    const noise = normals(2 * 4, 3);
    const [mean, actions] = [await act(observations, new Float32Array(8)), await act(observations, noise)];
    const std = plainStd(policy);
    actions.forEach((u, i) => {
      expect(u - mean[i]).toBeCloseTo(std[i % 2] * noise[i], 5);
    });
  });

  test("sees (s − shift) · factor", async () => {
    const plain = { ...policy, inputs: { shift: new Float32Array(3), factor: new Float32Array(3).fill(1) } };
    const { shift, factor } = policy.inputs;
    const observations = normals(3 * 4, 4);
    const scaled = observations.map((x, i) => (x - shift[i % 3]) * factor[i % 3]);
    const [own, same] = [await act(observations, new Float32Array(8)), await act(scaled, new Float32Array(8), plain)];
    own.forEach((u, i) => {
      expect(u).toBeCloseTo(same[i], 5);
    });
  });
});

test("the entropy is −E log π, which three-point Gauss–Hermite quadrature gives exactly", () => {
  // log π is quadratic in u: nodes 0, ±√3 with weights 2/3, 1/6 integrate it without error.
  const s = [0.3, -1, 2];
  const [mean, std] = [plainMean(policy, s), plainStd(policy)];
  const nodes = [-Math.sqrt(3), 0, Math.sqrt(3)];
  const weights = [1 / 6, 2 / 3, 1 / 6];
  let entropy = 0;
  for (const [i, y] of nodes.entries()) {
    for (const [j, z] of nodes.entries()) {
      entropy -= weights[i] * weights[j] * plainLogLikelihood(policy, s, [mean[0] + std[0] * y, mean[1] + std[1] * z]);
    }
  }
  expect(policyEntropy(policy)).toBeCloseTo(entropy, 6);
});

describe("a fresh policy", () => {
  const inputs = policy.inputs;

  test("acts near the centre of the box, with the σ asked for", async () => {
    const fresh = initialPolicy(shape, inputs, -1, seeded(0));
    const means = await act(normals(3 * 200, 5), new Float32Array(2 * 200), fresh);
    // The last layer is uniform in ±0.01/√5 and its 5 inputs and bias are within ±1: 6 · 0.01/√5 at most.
    expect(Math.max(...means.map(Math.abs))).toBeLessThan(0.027);
    expect(Math.max(...means.map(Math.abs))).toBeGreaterThan(0.001);
    expect(Array.from(logStd(fresh))).toEqual([-1, -1]);
  });

  test("has its log σ last, and one number per weight", () => {
    const { tensors, size } = policyLayout(shape);
    expect(tensors.at(-1)).toEqual({ name: "logStd", shape: [2] });
    expect(size).toBe(3 * 6 + 6 + 6 * 5 + 5 + 5 * 2 + 2 + 2);
    expect(initialPolicy(shape, inputs, -1, seeded(0)).parameters).toHaveLength(size);
  });

  test("is a function of its stream", () => {
    expect(initialPolicy(shape, inputs, -1, seeded(1))).toEqual(initialPolicy(shape, inputs, -1, seeded(1)));
    expect(initialPolicy(shape, inputs, -1, seeded(1))).not.toEqual(initialPolicy(shape, inputs, -1, seeded(2)));
  });
});
