import { expect, test } from "vitest";
import { mean, mul, sub, sum } from "../../src/compute/operators.js";
import { initialAdam } from "../../src/nn/adam.js";
import { descend, descent, type Objective } from "../../src/nn/descent.js";
import { layout } from "../../src/nn/layout.js";
import { firstEngine, useCompute } from "../support/use-compute.js";

const compute = useCompute();

/** Two vectors p, q, of which only the sum enters the loss: mean over rows of Σ weight · (p + q − y). */
const objective = (decay: Objective["decay"]): Objective => ({
  layout: layout([
    { name: "p", shape: [2] },
    { name: "q", shape: [2] },
  ]),
  inputSize: 1,
  targetSize: 2,
  batchSize: 2,
  loss: ([p, q], _, targets, weights) => mean(sum(mul(sub(sub(targets, p), q), weights), [1])),
  decay,
});
const data = {
  samples: 2,
  inputs: Float32Array.of(0, 0),
  targets: Float32Array.of(1, 2, 3, 4),
  weights: Float32Array.of(1, 0),
};
const start = { parameters: Float32Array.of(4, 4, 4, 4), adam: initialAdam(4) };
const rate = { from: 0.1, to: 0.05 };
const order = Int32Array.of(0, 1, 1, 1, 0, 0);
const run = (decay: Objective["decay"]) =>
  descend(firstEngine(compute()), descent("test", objective(decay)), start, data, order, rate);

test("steps take the rows that they are given, and their loss is what was asked for", async () => {
  const { losses, learner } = await run({ kind: "none" });
  expect(losses[0]).toBeCloseTo(2 - 8, 6);
  expect(learner.adam.steps).toBe(3);
  // The gradient is −1 throughout: Adam's steps are the step sizes, 0.1, 0.075 and 0.05.
  expect(Array.from(learner.parameters)).toEqual([4.225, 4, 4.225, 4].map((x) => expect.closeTo(x, 5)));
  expect(losses[2]).toBeCloseTo(1 - 2 * 4.175, 5);
});

test("decoupled decay takes step size × weight of a parameter off at each step, of those that are named", async () => {
  const { learner } = await run({ kind: "decoupled", weight: 0.2, of: (name) => name === "p" });
  const decayed = (from: number, own: number) =>
    [0.1, 0.075, 0.05].reduce((p, size) => p + own * size - size * 0.2 * p, from);
  const expected = [decayed(4, 1), decayed(4, 0), 4.225, 4];
  expect(Array.from(learner.parameters)).toEqual(expected.map((x) => expect.closeTo(x, 5)));
});

test("a penalty goes through Adam's moments: where nothing else pulls, its size does not count", async () => {
  const { learner } = await run({ kind: "penalty", weight: 0.2 });
  expect(learner.parameters[1]).toBeCloseTo(4 - 0.225, 3);
});
