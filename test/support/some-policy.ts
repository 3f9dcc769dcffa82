import { type GaussianPolicy, type PolicyShape, policyLayout } from "../../src/policy/gaussian-policy.js";
import { fillNormal, seeded } from "../../src/random/rng.js";

/** A policy with weights, log σ and input scaling of ordinary size: no entry is special. */
export function somePolicy(shape: PolicyShape, seed: number): GaussianPolicy {
  const rng = seeded(seed).stream("some policy");
  const parameters = fillNormal(new Float32Array(policyLayout(shape).size), rng).map((x) => 0.7 * x);
  const { observationSize: n, actionSize: m } = shape;
  for (let i = parameters.length - m; i < parameters.length; i++) parameters[i] = 0.4 * parameters[i] - 0.5;
  return {
    shape,
    parameters,
    inputs: { shift: fillNormal(new Float32Array(n), rng), factor: new Float32Array(n).map(() => 0.5 + rng.uniform()) },
  };
}

/** A policy moved by a step. */
export function movedPolicy(policy: GaussianPolicy, step: ArrayLike<number>, factor = 1): GaussianPolicy {
  return { ...policy, parameters: policy.parameters.map((x, i) => x + factor * step[i]) };
}

/** Standard normal numbers. */
export const normals = (count: number, seed: number): Float32Array =>
  fillNormal(new Float32Array(count), seeded(seed).stream("normals"));

/** Row i of a table. */
export const rowOf = (table: Float32Array, width: number, i: number): Float32Array =>
  table.subarray(i * width, (i + 1) * width);
