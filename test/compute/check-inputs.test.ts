import { describe, expect, test } from "vitest";
import { checkBound, checkInputs } from "../../src/compute/check-inputs.js";
import type { Tensor, Tensors } from "../../src/compute/engine.js";
import { graph } from "../../src/compute/graph.js";
import * as op from "../../src/compute/operators.js";
import { ShapeError } from "../../src/errors/errors.js";

const x = op.input("x", ["batch", 2]);
const y = op.input("y", ["batch"]);
const rounds = op.input("rounds", [], "int32");
const g = graph("g", [x, y, rounds], { sum: op.add(op.sum(x), op.sum(y)) });
const floats = (shape: readonly number[], length = shape.reduce((n, d) => n * d, 1)): Tensor => ({
  shape,
  data: new Float32Array(length),
});
const good: Tensors = { x: floats([4, 2]), y: floats([4]), rounds: { shape: [], data: Int32Array.of(1) } };

test("what fits is accepted: any length of a dynamic axis, even 0", () => {
  expect(() => checkInputs(g, good)).not.toThrow();
  expect(() => checkInputs(g, { ...good, x: floats([0, 2]), y: floats([0]) })).not.toThrow();
});

describe("what does not fit is refused with the graph's and the input's name:", () => {
  test.each<readonly [string, Tensors, string]>([
    ["missing", { x: good.x, y: good.y }, "graph g: input rounds [] is missing. Feed it."],
    ["unknown", { ...good, z: floats([1]) }, "graph g: has no input z. It takes x, y, rounds."],
    [
      "rank",
      { ...good, y: floats([4, 1]) },
      "graph g: input y needs [batch], got [4, 1] with 4 numbers. Give the shape that the graph declares.",
    ],
    ["length", { ...good, x: floats([4, 3]) }, "graph g: input x needs [batch, 2], got [4, 3] with 12 numbers."],
    ["numbers", { ...good, x: floats([4, 2], 7) }, "graph g: input x needs [batch, 2], got [4, 2] with 7 numbers."],
    [
      "floats for int32",
      { ...good, rounds: floats([]) },
      "graph g: input rounds needs int32, got Float32Array. Convert it.",
    ],
    [
      "int32 for floats",
      { ...good, y: { shape: [4], data: new Int32Array(4) } },
      "graph g: input y needs float32, got Int32Array. Convert it.",
    ],
    [
      "one axis with two lengths",
      { ...good, y: floats([1]) },
      "graph g: axis batch has length 4 in x, but 1 in y. Give both the same length.",
    ],
  ])("%s", (_, inputs, message) => {
    expect(() => checkInputs(g, inputs)).toThrow(ShapeError);
    expect(() => checkInputs(g, inputs)).toThrow(message);
  });
});

describe("bound inputs", () => {
  test("need not be fed again, and count for the lengths of axes", () => {
    const { x: bound, ...rest } = good;
    expect(() => checkInputs(g, rest, { x: bound })).not.toThrow();
    expect(() => checkInputs(g, { ...rest, y: floats([3]) }, { x: bound })).toThrow(
      "axis batch has length 4 in x, but 3 in y",
    );
  });

  test("may be some of them, but must fit", () => {
    expect(() => checkBound(g, { x: good.x })).not.toThrow();
    expect(() => checkBound(g, {})).not.toThrow();
    expect(() => checkBound(g, { x: floats([4]) })).toThrow("input x needs [batch, 2], got [4]");
    expect(() => checkBound(g, { x: good.x, y: floats([5]) })).toThrow("axis batch has length 4 in x, but 5 in y");
    expect(() => checkBound(g, { z: floats([4]) })).toThrow("graph g: has no input z");
  });
});
