import { describe, expect, test } from "vitest";
import type { Tensors } from "../../src/compute/engine.js";
import { input } from "../../src/compute/operators.js";
import { bindRowSums } from "../../src/compute/row-sums.js";
import { logLikelihood, policyChangeGraph, policyGradientGraph } from "../../src/npg/policy-gradient.js";
import { surrogateGradient } from "../../src/npg/policy-step.js";
import {
  type GaussianPolicy,
  type PolicyShape,
  policyEntropy,
  policyLayout,
  policyNodes,
  policyTensors,
} from "../../src/policy/gaussian-policy.js";
import { errorOn, PROGRAM_TOLERANCE, valuesOf } from "../support/agreement.js";
import { differenceGradient, relativeError } from "../support/derivatives.js";
import { evaluate, feedsOf, interpret, scalar, type Values, value } from "../support/interpreter.js";
import { plainKl, plainLogLikelihood } from "../support/plain-networks.js";
import { movedPolicy, normals, rowOf, somePolicy } from "../support/some-policy.js";
import { firstEngine, only, useCompute } from "../support/use-compute.js";

const compute = useCompute(2);
const shape: PolicyShape = { observationSize: 3, hidden: [5, 4], actionSize: 2 };
const policy = somePolicy(shape, 0);
const size = policyLayout(shape).size;
const ROWS = 12;
const [observations, actions, advantages] = [normals(3 * ROWS, 1), normals(2 * ROWS, 2), normals(ROWS, 3)];
const direction = normals(size, 4);

const tables: Values = {
  observations: value([ROWS, 3], observations),
  actions: value([ROWS, 2], actions),
  advantages: value([ROWS, 1], advantages),
  rounds: scalar(1),
};
const names = policyLayout(shape).tensors.map(({ name }) => name);
const feeds = (tensors: Tensors): Values => ({ ...valuesOf(tensors), ...tables });
const total = (f: (s: Float32Array, u: Float32Array, i: number) => number) =>
  Array.from({ length: ROWS }, (_, i) => f(rowOf(observations, 3, i), rowOf(actions, 2, i), i)).reduce(
    (a, b) => a + b,
    0,
  );

/** `kl` and `surrogate` of a step, computed in float64. */
function change(to: GaussianPolicy, from = policy): { readonly kl: number; readonly surrogate: number } {
  const { kl, surrogate } = interpret(
    policyChangeGraph(shape),
    feeds({ ...policyTensors(to), ...policyTensors(from, "old") }),
  );
  return { kl: kl.data[0], surrogate: surrogate.data[0] };
}

test("the log-likelihood is the Gaussian's, but for its constant", () => {
  const nodes = policyNodes(shape);
  const [s, u] = [input("observations", ["rows", 3]), input("actions", ["rows", 2])];
  const [likelihood] = evaluate(
    [logLikelihood(nodes, s, u)],
    feedsOf([...nodes.inputs, s, u], feeds(policyTensors(policy))),
  );
  expect(likelihood.shape).toEqual([ROWS, 1]);
  likelihood.data.forEach((x, i) => {
    const constant = Math.log(2 * Math.PI); // ½ log 2π for each of two actions
    expect(x - constant).toBeCloseTo(plainLogLikelihood(policy, rowOf(observations, 3, i), rowOf(actions, 2, i)), 10);
  });
});

describe("the policy gradient (Subroutine 1, line 12)", () => {
  const gradient = interpret(policyGradientGraph(shape), feeds(policyTensors(policy)));
  const inOrder = names.map((name) => gradient[`gradient.${name}`]);

  test("is the gradient of Σ log π(u|s) Â, by central differences of the density in float64", () => {
    const flat = inOrder.flatMap(({ data }) => [...data]);
    const parameters = Float64Array.from(policy.parameters);
    const h = 6e-6;
    const objective = (at: Float64Array) =>
      total((s, u, i) => advantages[i] * plainLogLikelihood({ ...policy, parameters: at }, s, u));
    const differences = Array.from(parameters, (_, j) => {
      const at = (step: number) => objective(parameters.map((x, l) => (l === j ? x + step : x)));
      return (at(h) - at(-h)) / (2 * h);
    });
    expect(flat).toHaveLength(size);
    expect(relativeError([value([size], flat)], [value([size], differences)])).toBeLessThan(1e-6);
  });

  test("is the gradient of the surrogate Σ π/π_old · Â where π = π_old", () => {
    const graph = policyChangeGraph(shape);
    const parameters = graph.inputs.filter(({ attributes }) =>
      names.some((name) => attributes.name === `policy.${name}`),
    );
    const at = feedsOf(graph.inputs, feeds({ ...policyTensors(policy), ...policyTensors(policy, "old") }));
    const differences = differenceGradient([graph.outputs.surrogate], parameters, [value([1], [1])], at);
    expect(relativeError(inOrder, differences)).toBeLessThan(1e-6);
  });

  test("is the same on an engine to float32 accuracy, in shards as in one piece", async () => {
    expect(
      await errorOn(firstEngine(compute()), policyGradientGraph(shape), feeds(policyTensors(policy))),
    ).toBeLessThan(PROGRAM_TOLERANCE);
    const shards = {
      observations: { data: observations, width: 3 },
      actions: { data: actions, width: 2 },
      advantages: { data: advantages, width: 1 },
    };
    const sums = await bindRowSums(compute(), policyGradientGraph(shape), shards, {});
    const parts = await sums.sum(policyTensors(policy));
    const got = names.map((name, i) => value(inOrder[i].shape, parts[`gradient.${name}`]));
    expect(relativeError(got, inOrder)).toBeLessThan(PROGRAM_TOLERANCE);
    const alone = await bindRowSums(only(compute(), 1), policyGradientGraph(shape), shards, {});
    expect(await alone.sum(policyTensors(policy))).toEqual(parts);
  });
});

describe("what a step changed", () => {
  const other = movedPolicy(policy, direction, 0.1);

  test("D_KL(π_old ‖ π) is the closed form for Gaussians", () => {
    const { kl } = change(other);
    expect(kl).toBeCloseTo(
      total((s) => plainKl(policy, other, s)),
      8,
    );
    expect(kl).toBeGreaterThan(0.1);
    expect(Math.abs(kl - total((s) => plainKl(other, policy, s)))).toBeGreaterThan(1e-3); // and not the other way round
  });

  test("the surrogate is Σ π(u|s)/π_old(u|s) · Â", () => {
    const ratio = (s: Float32Array, u: Float32Array) =>
      Math.exp(plainLogLikelihood(other, s, u) - plainLogLikelihood(policy, s, u));
    expect(change(other).surrogate).toBeCloseTo(
      total((s, u, i) => ratio(s, u) * advantages[i]),
      8,
    );
  });

  test("nothing where nothing moved", () => {
    const { kl, surrogate } = change(policy);
    expect(kl).toBeCloseTo(0, 12);
    expect(surrogate).toBeCloseTo(
      total((_s, _u, i) => advantages[i]),
      10,
    );
  });

  test("is the same on an engine to float32 accuracy", async () => {
    const fed = feeds({ ...policyTensors(other), ...policyTensors(policy, "old") });
    expect(await errorOn(firstEngine(compute()), policyChangeGraph(shape), fed)).toBeLessThan(PROGRAM_TOLERANCE);
  });
});

test("the gradient of the entropy bonus is its coefficient times the differences of the entropy", async () => {
  const batch = { size: ROWS, observations, actions, advantages };
  const without = await surrogateGradient(compute(), policy, batch, 0);
  const bonus = (await surrogateGradient(compute(), policy, batch, 0.3)).map((g, i) => g - without[i]);
  const step = 2 ** -10;
  const entropy = (i: number, by: number) =>
    policyEntropy({ ...policy, parameters: policy.parameters.map((x, j) => (j === i ? x + by : x)) });
  bonus.forEach((g, i) => {
    expect(g).toBeCloseTo((0.3 * (entropy(i, step) - entropy(i, -step))) / (2 * step), 4); // parameters are float32
  });
  expect(Array.from(bonus.slice(-2))).toEqual([expect.closeTo(0.3, 9), expect.closeTo(0.3, 9)]);
});
