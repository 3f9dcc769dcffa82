import { describe, expect, test } from "vitest";
import type { Node, Operator } from "../../src/compute/node.js";
import * as op from "../../src/compute/operators.js";
import { ComputeError, ShapeError } from "../../src/errors/errors.js";
import { evaluate, feedsOf, value } from "../support/interpreter.js";
import { OPERATOR_CASES } from "../support/operator-cases.js";

const x = op.input("x", ["batch", 3]);
const w = op.input("w", [3, 2]);
const index = op.input("index", [], "int32");
const picks = op.input("picks", ["n"], "int32");

describe("shapes", () => {
  test.each<readonly [string, Node, readonly (number | string)[]]>([
    ["a dynamic axis broadcasts with 1", op.add(x, op.input("r", [1, 3])), ["batch", 3]],
    ["leading axes are added", op.add(op.input("r", [3]), x), ["batch", 3]],
    ["a product of matrices", op.matmul(x, w), ["batch", 2]],
    ["a transposed one", op.matmul(w, x, { transposeA: true, transposeB: true }), [2, "batch"]],
    ["a sum over all", op.sum(x), []],
    ["a sum that keeps its axes", op.sum(x, [0], true), [1, 3]],
    ["parts joined", op.concat([x, x], 1), ["batch", 6]],
    ["rows by indices", op.gatherRows(x, picks), ["n", 3]],
    ["a chunk of rows", op.rows(x, index, 4, "chunk"), ["chunk", 3]],
    ["a padded axis", op.pad(w, 0, 1, 2), [6, 2]],
  ])("%s", (_, node, shape) => expect(node.shape).toEqual(shape));

  test.each<readonly [string, () => unknown, string]>([
    [
      "constant",
      () => op.constant([1, 2], [3]),
      "constant: [3] holds 3 numbers, got 2. Give as many values as the shape holds.",
    ],
    [
      "add",
      () => op.add(x, w),
      "add: shapes [batch, 3] and [3, 2] do not broadcast. Make each axis equal, or 1 in one of them.",
    ],
    [
      "two dynamic axes",
      () => op.add(x, op.input("y", ["rows", 3])),
      "add: shapes [batch, 3] and [rows, 3] do not broadcast.",
    ],
    [
      "matmul, rank",
      () => op.matmul(x, op.input("v", [3])),
      "matmul: needs two matrices, or two stacks of as many, got [batch, 3] and [3]. Reshape them to rank 2, or to rank 3 with the same first axis.",
    ],
    [
      "matmul, inner axes",
      () => op.matmul(w, x),
      "matmul: inner axes differ: [3, 2] and [batch, 3] (2 and batch). Make them equal, or transpose one.",
    ],
    ["sum", () => op.sum(x, [2]), "sum: axis 2 is outside shape [batch, 3]. Count axes from 0."],
    [
      "expandLike",
      () => op.expandLike(op.input("v", [2]), x),
      "expandLike: shapes [2] and [batch, 3] do not broadcast.",
    ],
    [
      "expandLike, larger",
      () => op.expandLike(op.input("v", [5, 3]), op.input("like", [1, 3])),
      "expandLike: [5, 3] is larger than [1, 3].",
    ],
    ["expandLike, longer", () => op.expandLike(x, op.input("like", [3])), "expandLike: [batch, 3] is larger than [3]."],
    [
      "reshape, dynamic",
      () => op.reshape(x, ["a", "b"]),
      "reshape: [a, b] has more than one dynamic axis. Keep one at most.",
    ],
    ["reshape, size", () => op.reshape(w, [5]), "reshape: [3, 2] does not fit into [5]. Keep the number of elements."],
    ["transpose", () => op.transpose(op.input("v", [3])), "transpose: needs a matrix, got [3]. Reshape it to rank 2."],
    ["concat, nothing", () => op.concat([], 0), "concat: nothing to join. Give at least one tensor."],
    ["concat, dynamic axis", () => op.concat([x, x], 0), "concat: [batch, 3] cannot join [batch, 3] along axis 0."],
    [
      "concat, other axes",
      () => op.concat([w, x], 1),
      "concat: [batch, 3] cannot join [3, 2] along axis 1. All other axes must agree and this one be fixed.",
    ],
    [
      "slice",
      () => op.slice(x, 1, 2, 4),
      "slice: 2…4 is not a part of axis 1 of [batch, 3]. Choose 0 ≤ start < end ≤ length.",
    ],
    ["slice, dynamic", () => op.slice(x, 0, 0, 1), "slice: 0…1 is not a part of axis 0 of [batch, 3]."],
    ["pad", () => op.pad(x, 0, 1, 1), "pad: axis 0 of [batch, 3] is dynamic. Pad fixed axes only."],
    ["gatherRows", () => op.gatherRows(x, x), "gatherRows: indices must be an int32 vector, got float32 [batch, 3]."],
    [
      "rows",
      () => op.rows(x, picks, 2, "chunk"),
      "rows: the round must be an int32 scalar, got int32 [n]. Pass the loop's index.",
    ],
    [
      "loop, rounds",
      () => op.loop(x, [], () => ({ next: [] })),
      "loop: the number of rounds must be an int32 scalar, got float32 [batch, 3].",
    ],
    [
      "loop, carried shape",
      () => op.loop(index, [w], (_, y) => ({ next: [op.sum(y)] })),
      "loop: carried value 0 changes from [3, 2] to []. Keep its shape.",
    ],
    ["int32 in arithmetic", () => op.add(index, 1), "add: needs float32, got int32 []. Use toFloat."],
    ["int32 in a function", () => op.sin(index), "sin: needs float32, got int32 []. Use toFloat."],
  ])("%s: a message says what came and what would do", (_, build, message) => {
    expect(build).toThrow(ShapeError);
    expect(build).toThrow(message);
  });

  test("a loop must give back as many values as it takes", () => {
    expect(() => op.loop(index, [w, w], (_, y) => ({ next: [y] }))).toThrow(ComputeError);
    expect(() => op.loop(index, [w, w], (_, y) => ({ next: [y] }))).toThrow(
      "loop: 2 values go in but 1 come out of a round. Return one next value for each carried one.",
    );
  });
});

describe("int32 values", () => {
  test("stay int32 where they are only moved", () => {
    const moved = [
      op.reshape(picks, ["n", 1]),
      op.gatherRows(picks, picks),
      op.rows(picks, index, 2, "chunk"),
      op.slice(op.input("i", [4], "int32"), 0, 1, 3),
    ];
    expect(moved.map(({ dtype }) => dtype)).toEqual(["int32", "int32", "int32", "int32"]);
    expect(op.toFloat(picks).dtype).toBe("float32");
  });
});

describe("nothing is computed that need not be", () => {
  test("neutral elements and double negations vanish", () => {
    for (const same of [
      op.add(x, 0),
      op.add(0, x),
      op.sub(x, 0),
      op.mul(x, 1),
      op.mul(1, x),
      op.div(x, 1),
      op.neg(op.neg(x)),
      op.transpose(op.transpose(x)),
    ]) {
      expect(same).toBe(x);
    }
    expect(op.sub(0, x).op).toBe("neg");
    expect(op.mul(-1, x).op).toBe("neg");
    expect([
      op.reshape(x, x.shape),
      op.expandLike(x, x),
      op.slice(x, 1, 0, 3),
      op.pad(x, 1, 0, 0),
      op.concat([x], 1),
      op.sum(x, []),
    ]).toEqual([x, x, x, x, x, x]);
  });

  test("a slice of parts side by side is those parts, where it cuts through none", () => {
    const parts = [1, 2, 3].map((length) => op.input(`part${length}`, [length, 4]));
    const joined = op.concat(parts, 0);
    expect(parts.map((_, i) => op.slice(joined, 0, [0, 1, 3][i], [1, 3, 6][i]))).toEqual(parts);
    expect(op.slice(joined, 0, 1, 6)).toEqual(op.concat(parts.slice(1), 0));
    for (const [start, end] of [
      [0, 2],
      [2, 6],
      [4, 5],
    ] as const)
      expect(op.slice(joined, 0, start, end).op).toBe("slice");
    expect(op.slice(joined, 1, 0, 1).op).toBe("slice");
  });

  test("the way back from broadcasting sums once where once is enough", () => {
    const back = op.sumTo(op.input("g", [2, 1, 3]), [1, 3]);
    expect([back.op, back.inputs[0].op, back.shape]).toEqual(["sum", "input", [1, 3]]);
    expect(op.sumTo(x, x.shape)).toBe(x);
  });

  test("constants are folded", () => {
    const folded = [op.add(2, 3), op.sub(2, 3), op.mul(2, 3), op.neg(op.constant(2))];
    expect(folded.map(({ op: operator, attributes }) => [operator, attributes.values])).toEqual(
      [5, -1, 6, -2].map((c) => ["constant", [c]]),
    );
    expect(op.size(w, 0).attributes.values).toEqual([3]);
  });

  test("an expansion is left to the next operator's broadcasting, in one operand only", () => {
    const total = op.sum(x);
    const expanded = op.expandLike(total, x);
    expect(op.mul(expanded, x).inputs).toEqual([total, x]);
    expect(op.mul(x, expanded).inputs).toEqual([x, total]);
    const both = op.mul(expanded, op.expandLike(op.mean(x), x));
    expect(both.shape).toEqual(x.shape);
    expect(evaluate([both], feedsOf([x], { x: value([2, 3], [1, 2, 3, 4, 5, 6]) }))[0].data).toHaveLength(6);
  });
});

/** Every operator by name: the compiler refuses this table when one is missing. */
const OPERATORS: Readonly<Record<Operator, "case" | "program">> = {
  input: "program",
  constant: "case",
  add: "case",
  sub: "case",
  mul: "case",
  div: "case",
  maximum: "case",
  minimum: "case",
  neg: "case",
  exp: "case",
  log: "case",
  sqrt: "case",
  tanh: "case",
  sigmoid: "case",
  silu: "case",
  layerNorm: "case",
  layerNormScale: "case",
  sin: "case",
  cos: "case",
  relu: "case",
  gate: "case",
  matmul: "case",
  sum: "case",
  expandLike: "case",
  size: "case",
  reshape: "case",
  transpose: "case",
  concat: "case",
  slice: "case",
  pad: "case",
  gatherRows: "case",
  rows: "case",
  toFloat: "case",
  detach: "case",
  loop: "program",
  output: "program",
};

test("each operator has a case that checks its values and derivatives, or is shown by whole programs", () => {
  const shown = new Set(OPERATOR_CASES.flatMap(({ operators }) => operators));
  const needed = Object.entries(OPERATORS).flatMap(([operator, where]) => (where === "case" ? [operator] : []));
  expect([...shown].sort()).toEqual(needed.sort());
});
