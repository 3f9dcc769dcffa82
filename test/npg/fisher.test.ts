import { describe, expect, test } from "vitest";
import type { Compute } from "../../src/compute/engine.js";
import { dot, norm } from "../../src/math/vector.js";
import { unflatten } from "../../src/nn/layout.js";
import { fisherGraph, fisherMatrix } from "../../src/npg/fisher.js";
import { policyChangeGraph } from "../../src/npg/policy-gradient.js";
import {
  type GaussianPolicy,
  type PolicyShape,
  policyLayout,
  policyTensors,
} from "../../src/policy/gaussian-policy.js";
import { errorOn, PROGRAM_TOLERANCE, valuesOf } from "../support/agreement.js";
import { interpret, scalar, value } from "../support/interpreter.js";
import { type Matrix, times } from "../support/linear-algebra.js";
import { plainLogLikelihood, plainMean, plainStd } from "../support/plain-networks.js";
import { normals, rowOf, somePolicy } from "../support/some-policy.js";
import { firstEngine, only, useCompute } from "../support/use-compute.js";

const compute = useCompute(3);
const shape: PolicyShape = { observationSize: 2, hidden: [4], actionSize: 2 };
const policy = somePolicy(shape, 0);
const size = policyLayout(shape).size;
const STATES = 5;
const observations = normals(2 * STATES, 1);
const states = Array.from({ length: STATES }, (_, i) => rowOf(observations, 2, i));

/** ∂f/∂θ by central differences in float64. */
function gradientOf(
  f: (p: { readonly parameters: Float64Array } & Omit<GaussianPolicy, "parameters">) => number,
): Float64Array {
  const parameters = Float64Array.from(policy.parameters);
  const h = 6e-6;
  return parameters.map((_, j) => {
    const at = (step: number) => f({ ...policy, parameters: parameters.map((x, l) => (l === j ? x + step : x)) });
    return (at(h) - at(-h)) / (2 * h);
  });
}

const outer = (rows: readonly { readonly weight: number; readonly v: ArrayLike<number> }[]): Matrix =>
  Array.from({ length: size }, (_, i) =>
    Float64Array.from({ length: size }, (_, j) => rows.reduce((sum, { weight, v }) => sum + weight * v[i] * v[j], 0)),
  );

/**
 * F = E_s E_u [∇log π ∇log πᵀ], column by column. The score's products are polynomials of degree 4 in u, which
 * three-point Gauss–Hermite quadrature integrates without error.
 */
const fromScores = outer(
  states.flatMap((s) => {
    const [mean, std] = [plainMean(policy, s), plainStd(policy)];
    const nodes = [
      [-Math.sqrt(3), 1 / 6],
      [0, 2 / 3],
      [Math.sqrt(3), 1 / 6],
    ] as const;
    return nodes.flatMap(([y, p]) =>
      nodes.map(([z, q]) => {
        const u = [mean[0] + std[0] * y, mean[1] + std[1] * z];
        return { weight: (p * q) / STATES, v: gradientOf((at) => plainLogLikelihood(at, s, u)) };
      }),
    );
  }),
);

/** F = E_s [Jᵀ Σ⁻¹ J] for the mean, and 2 for each log σ. */
const fromJacobian = outer(
  states.flatMap((s) =>
    [0, 1].map((j) => ({
      weight: 1 / STATES / plainStd(policy)[j] ** 2,
      v: gradientOf((at) => plainMean(at, s)[j]),
    })),
  ),
).map((row, i) => row.map((x, j) => x + (i === j && i >= size - 2 ? 2 : 0)));

async function product(
  v: ArrayLike<number>,
  { on = compute(), damping = 0, rows = observations } = {},
): Promise<Float64Array> {
  const fisher = await fisherMatrix(on, policy, rows, damping);
  const result = await fisher.map(Float64Array.from(v));
  await fisher.release();
  return result;
}
const close = (expected: ArrayLike<number>, digits: number) => Array.from(expected, (x) => expect.closeTo(x, digits));

describe("the Fisher matrix", () => {
  test("written as JᵀΣ⁻¹J is the expected outer product of scores", () => {
    fromScores.forEach((row, i) => {
      expect(Array.from(row)).toEqual(close(fromJacobian[i], 6));
    });
  });

  test("times each unit vector is its column", async () => {
    const fisher = await fisherMatrix(compute(), policy, observations, 0);
    for (let j = 0; j < size; j++) {
      const column = await fisher.map(Float64Array.from({ length: size }, (_, i) => (i === j ? 1 : 0)));
      expect(Array.from(column)).toEqual(
        close(
          fromScores.map((row) => row[j]),
          5,
        ),
      );
    }
    await fisher.release();
  });

  test("takes its damping on the diagonal, log σ included", async () => {
    const v = normals(size, 2);
    const damped = await product(v, { damping: 0.3 });
    expect(Array.from(damped)).toEqual(
      close(
        (await product(v)).map((x, i) => x + 0.3 * v[i]),
        10,
      ),
    );
  });

  test("is symmetric and positive semidefinite", async () => {
    const fisher = await fisherMatrix(compute(), policy, observations, 0);
    for (let i = 0; i < 5; i++) {
      const [u, v] = [Float64Array.from(normals(size, 10 + i)), Float64Array.from(normals(size, 20 + i))];
      const [Fu, Fv] = [await fisher.map(u), await fisher.map(v)];
      expect(Math.abs(dot(u, Fv) - dot(v, Fu))).toBeLessThan(1e-6 * norm(u) * norm(Fv)); // float32 products
      expect(dot(v, Fv)).toBeGreaterThan(0);
    }
    await fisher.release();
  });

  test("in float64 is exact, and on an engine good to float32 accuracy", async () => {
    const v = normals(size, 3);
    const feeds = {
      ...valuesOf({ ...policyTensors(policy), ...unflatten(policyLayout(shape), "vector", v) }),
      observations: value([STATES, 2], observations),
      rounds: scalar(1),
    };
    const results = interpret(fisherGraph(shape), feeds);
    const flat = policyLayout(shape).tensors.flatMap(({ name }) =>
      Array.from(results[`product.${name}`].data, (x) => x / STATES),
    );
    const mean = flat.slice(0, size - 2);
    const expected = times(fromJacobian, v).slice(0, size - 2);
    mean.forEach((x, i) => {
      expect(Math.abs(x - expected[i]) / Math.max(1, Math.abs(x))).toBeLessThan(1e-6);
    });
    expect(flat.slice(size - 2)).toEqual([0, 0]); // log σ comes in float64, outside of the graph
    expect(await errorOn(firstEngine(compute()), fisherGraph(shape), feeds)).toBeLessThan(PROGRAM_TOLERANCE);
  });

  test("does not depend on chunks and shards: the same states 10,000 times over are the same matrix", async () => {
    const v = normals(size, 4);
    const many = new Float32Array(2 * STATES * 10_000); // 50,000 rows: shards of 6250: 12 chunks of 512 and one of 106
    for (let i = 0; i < 10_000; i++) many.set(observations, 2 * STATES * i);
    const [once, over] = [await product(v), await product(v, { rows: many })];
    for (let i = 0; i < size; i++) expect(Math.abs(over[i] - once[i])).toBeLessThan(1e-5 * norm(once));
  });

  test("does not depend on the number of engines, bit for bit", async () => {
    const [v, rows] = [normals(size, 5), normals(2 * 3000, 6)];
    const on = (engines: number): Compute => only(compute(), engines);
    const one = await product(v, { on: on(1), rows });
    expect(await product(v, { on: on(2), rows })).toEqual(one);
    expect(await product(v, { on: on(3), rows })).toEqual(one);
  });
});

/** D_KL(π_θ ‖ π_{θ + factor · step}), averaged over states, in float64: float32 parameters would round small steps away. */
function klOf(step: ArrayLike<number>, factor: number): number {
  const moved = Float64Array.from(policy.parameters, (x, i) => x + factor * step[i]);
  let start = 0;
  const tensors = policyLayout(shape).tensors.map(({ name, shape: own }) => {
    const length = own.reduce((count, d) => count * d, 1);
    return [`policy.${name}`, value(own, moved.subarray(start, (start += length)))] as const;
  });
  const { kl } = interpret(policyChangeGraph(shape), {
    ...valuesOf({ ...policyTensors(policy), ...policyTensors(policy, "old") }),
    ...Object.fromEntries(tensors),
    observations: value([STATES, 2], observations),
    actions: value([STATES, 2], new Float64Array(2 * STATES)),
    advantages: value([STATES, 1], new Float64Array(STATES)),
    rounds: scalar(1),
  });
  return kl.data[0] / STATES;
}

test("½ΔθᵀFΔθ is the KL divergence of a step to second order: what is left is of third", () => {
  const step = normals(size, 7);
  const quadratic = 0.5 * dot(step, times(fromJacobian, step));
  const rests = [0.04, 0.02, 0.01].map((factor) => Math.abs(klOf(step, factor) - factor ** 2 * quadratic));
  for (const i of [0, 1]) expect(Math.log2(rests[i] / rests[i + 1])).toBeGreaterThan(2.7);
});
