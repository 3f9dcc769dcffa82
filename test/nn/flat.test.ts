import { expect, test } from "vitest";
import { input } from "../../src/compute/operators.js";
import { adamSchedule } from "../../src/nn/adam.js";
import { flattened, moved, movedInputs, movedTensors, scheduleInputs, unflattened } from "../../src/nn/flat.js";
import { unflatten } from "../../src/nn/layout.js";
import { mlpLayout } from "../../src/nn/mlp.js";
import { evaluate, feedsOf, scalar, value } from "../support/interpreter.js";
import { normals } from "../support/some-policy.js";

const layout = mlpLayout({ inputSize: 3, hidden: [4], outputSize: 2, activation: "relu", members: 2 });

test("a flat vector as nodes has the tensors that its numbers have, and back", () => {
  const numbers = normals(layout.size, 1);
  const flat = input("flat", [layout.size]);
  const parts = unflattened(layout, flat);
  const at = new Map([[flat, value([layout.size], numbers)]]);
  const expected = Object.values(unflatten(layout, "p", numbers));
  expect(evaluate(parts, at).map(({ shape, data }) => ({ shape, data: Float32Array.from(data) }))).toEqual(
    expected.map(({ shape, data }) => ({ shape, data: Float32Array.from(data) })),
  );
  const [back] = evaluate([flattened(layout, parts)], at);
  expect(Float32Array.from(back.data)).toEqual(numbers);
});

test("a vector is moved by Adam as it is written (Kingma and Ba 2015), with the step size of its round", () => {
  const size = 5;
  const [parameter, first, second, slope] = [1, 2, 3, 4].map((seed) => normals(size, seed)) as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const positive = second.map(Math.abs);
  const adam = { first, second: positive, steps: 6 };
  const state = movedInputs("x", size);
  const [gradient, round] = [input("gradient", [size]), input("round", [], "int32")];
  const schedule = scheduleInputs("x");
  const { rates, epsilons } = adamSchedule(adam, 0.01, 3);
  const tensors = movedTensors("x", parameter, adam);
  const after = moved(state, gradient, schedule, round);
  const feeds = {
    ...Object.fromEntries(Object.entries(tensors).map(([name, t]) => [name, value(t.shape, t.data)])),
    "x.rates": value([3], rates),
    "x.epsilons": value([3], epsilons),
    gradient: value([size], slope),
    round: scalar(2),
  };
  const inputs = [...Object.values(state), ...schedule, gradient, round];
  const [got] = evaluate([after.parameter], feedsOf(inputs, feeds));
  const t = 9; // the third step after six
  got.data.forEach((x, i) => {
    // Moments are kept over 1 − β.
    const m = 0.9 * (0.1 * first[i]) + 0.1 * slope[i];
    const v = 0.999 * (0.001 * positive[i]) + 0.001 * slope[i] ** 2;
    const expected = parameter[i] - (0.01 * (m / (1 - 0.9 ** t))) / (Math.sqrt(v / (1 - 0.999 ** t)) + 1e-8);
    expect(x).toBeCloseTo(expected, 7);
  });
});
