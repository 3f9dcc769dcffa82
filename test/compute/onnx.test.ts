import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { graph } from "../../src/compute/graph.js";
import type { Node } from "../../src/compute/node.js";
import { encodeOnnx } from "../../src/compute/onnx.js";
import type { GraphProto, NodeProto, TensorProto, ValueInfoProto } from "../../src/compute/onnx-schema.js";
import * as op from "../../src/compute/operators.js";
import { ShapeError } from "../../src/errors/errors.js";
import { seeded } from "../../src/random/rng.js";
import { bodyOf, operators, reread } from "../support/onnx-reader.js";
import { loopPrograms } from "../support/programs.js";

const x = op.input("x", ["batch", 3]);
const w = op.input("w", [3, 2]);
const b = op.input("b", [2]);
const order = op.input("order", ["draws"], "int32");
const count = op.input("count", [], "int32");
const encoded = (y: Node): GraphProto => reread(graph("g", [x, w, b, order, count], { y })).graph;

const declared = ({ name, type }: ValueInfoProto): string => {
  const { elemType, shape } = type.tensorType;
  return `${name} ${elemType} [${shape.dim.map(({ dimParam, dimValue }) => dimParam || dimValue)}]`;
};
/** A copy, because numbers of 4 bytes need not lie at multiples of 4 in a file. */
const floats = ({ rawData }: TensorProto): Float32Array => new Float32Array(Uint8Array.from(rawData).buffer);
const only = (list: readonly NodeProto[], opType: string): NodeProto => {
  const found = list.filter((node) => node.opType === opType);
  expect(found).toHaveLength(1);
  return found[0];
};

describe("the file", () => {
  test("says who wrote it, and for which operator set", () => {
    const { irVersion, producerName, opsetImport, graph: model } = reread(graph("descent", [x], { y: op.sin(x) }));
    expect(opsetImport).toEqual([{ domain: "", version: 17 }]);
    expect([irVersion, producerName, model.name]).toEqual([8, "stackelberg", "descent"]);
  });

  test("declares inputs and outputs with their names, types (1 float32, 6 int32) and axes", () => {
    const { input, output } = encoded(op.gatherRows(x, op.rows(order, count, 2, "chunk")));
    expect(input.map(declared)).toEqual(["x 1 [batch,3]", "w 1 [3,2]", "b 1 [2]", "order 6 [draws]", "count 6 []"]);
    expect(output.map(declared)).toEqual(["y 1 [chunk,3]"]);
  });

  test("keeps weights as initialisers instead of inputs", () => {
    const weights = Float32Array.from([1, 2, 3, 4, 5, 6]);
    const { input, initializer } = reread(graph("g", [x, w], { y: op.matmul(x, w) }), { w: weights }).graph;
    expect(input.map(({ name }) => name)).toEqual(["x"]);
    expect(initializer.map(({ name, dims }) => [name, dims])).toEqual([["w", [3, 2]]]);
    expect(floats(initializer[0])).toEqual(weights);
  });

  test("refuses weights that do not fit, or that no input asks for", () => {
    const g = graph("g", [x, w], { y: op.matmul(x, w) });
    expect(() => reread(g, { w: new Float32Array(5) })).toThrow(
      new ShapeError("graph g", "weight w needs [3, 2], got 5 numbers", "Give as many as the shape holds"),
    );
    expect(() => reread(g, { v: new Float32Array(6) })).toThrow("graph g: has no input v");
    expect(() => reread(g, { x: new Float32Array(6) })).toThrow(ShapeError);
  });
});

describe("bytes", () => {
  /** Of the files below one after the other; first recorded when protobufjs wrote them, anew where graphs are written otherwise. */
  const RECORDED = "da7151f01367658b34fd0e40885383dfa64f9e3f6a22cea61cb2eb3ba27e2dcd";

  test("are the same as ever: loops, weights, metadata, absent names, negative numbers, text of any script", () => {
    const named = graph("größe", [x, w], { y: op.matmul(op.pad(op.slice(x, 1, 0, 2), 1, 1, 0), w) });
    const batches = op.matmul(op.input("a", [4, 2, 3]), op.input("b", [4, 5, 3]), { transposeB: true });
    const files = [
      ...[0, 1].flatMap((seed) => loopPrograms(seeded(seed)).map((program) => encodeOnnx(program.graph))),
      encodeOnnx(named, { w: Float32Array.of(1, -0, Number.NaN, 4, 5, 6) }, { π_θ: "🙂 ünï", empty: "" }),
      encodeOnnx(graph("norm", [x], { y: op.layerNorm(x), all: op.sum(x), flat: op.reshape(x, ["flat", 1]) })),
      encodeOnnx(graph("batches", [batches.inputs[0], batches.inputs[1]], { batches })),
    ];
    const hash = createHash("sha256");
    for (const file of files) hash.update(file);
    expect(hash.digest("hex")).toBe(RECORDED);
  });
});

describe("constants", () => {
  test("are written once however often they are used", () => {
    const one = op.add(op.sin(op.mul(x, 0.5)), op.constant([1, 2, 3], [3]));
    const { initializer } = encoded(op.sub(op.mul(one, op.constant([1, 2, 3], [3])), op.exp(op.mul(x, 0.5))));
    expect(initializer.map((tensor) => [...floats(tensor)]).sort()).toEqual([[0.5], [1, 2, 3]]);
  });

  test("NaN, infinities and the two zeros stay what they are, and apart", () => {
    const parts = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0].map((c) =>
      op.constant([c, 1], [2]),
    );
    const { initializer } = encoded(parts.map(op.sin).reduce(op.add));
    expect(initializer.map((tensor) => floats(tensor)[0])).toEqual([
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      0,
      -0,
    ]);
  });
});

describe("a matrix product with a bias", () => {
  const product = op.matmul(x, w);

  test("is one Gemm", () => {
    const { node } = encoded(op.add(product, b));
    expect(operators({ node } as GraphProto)).toEqual(["Gemm"]);
    expect(only(node, "Gemm").input).toEqual(["x", "w", "b"]);
  });

  test("is one Gemm with its transpositions too", () => {
    const bias = op.input("bias", ["batch"]);
    const y = op.add(op.matmul(w, x, { transposeA: true, transposeB: true }), bias);
    const { node } = reread(graph("g", [x, w, bias], { y })).graph;
    expect(only(node, "Gemm").attribute.map(({ name, i }) => [name, i])).toEqual([
      ["transA", 1],
      ["transB", 1],
    ]);
  });

  test.each([
    ["the product is needed elsewhere", op.mul(op.add(product, b), product)],
    ["the bias is not a row", op.add(product, op.input("b", ["batch", 1]))],
    ["the bias has one entry", op.add(product, op.input("b", [1]))],
  ])("stays two operators where %s", (_, y) => {
    expect(
      operators(reread(graph("g", [...new Set(inputsOf(y))], { y })).graph).filter((o) => o === "Gemm" || o === "Add"),
    ).toEqual(["Gemm", "Add"]);
  });
});

function inputsOf(y: Node): Node[] {
  return y.op === "input" ? [y] : y.inputs.flatMap(inputsOf);
}

describe("names", () => {
  test("of inputs and outputs never meet those that the encoder gives", () => {
    const names = ["v0", "v1", "c0", "c1", "Loop_1", "Gemm_0"];
    const inputs = names.map((name) => op.input(name, [2]));
    const y = op.mul(inputs.map((node, i) => op.mul(op.sin(node), i + 0.5)).reduce(op.add), 2);
    const { node, initializer } = reread(graph("g", inputs, { y, v2: op.cos(y), c2: op.exp(y) })).graph;
    const given = [...names, ...initializer.map(({ name }) => name), ...node.flatMap(({ output }) => output)];
    expect(new Set(given).size).toBe(given.length);
  });

  test("are unique in every scope, and every value is written before it is used", () => {
    for (const { graph: g } of loopPrograms(seeded(0))) {
      const model = reread(g).graph;
      const check = (scope: GraphProto, outer: ReadonlySet<string>) => {
        const known = new Set(outer);
        const define = (name: string) => {
          expect(known.has(name), `${name} is defined twice`).toBe(false);
          known.add(name);
        };
        for (const { name } of [...scope.initializer, ...scope.input]) define(name);
        for (const node of scope.node) {
          for (const name of node.input)
            if (name !== "") expect(known.has(name), `${name} is used before it is written`).toBe(true);
          if (node.opType === "Loop") check(bodyOf(node), known);
          for (const name of node.output) define(name);
        }
        for (const { name } of scope.output) expect(known.has(name)).toBe(true);
      };
      check(model, new Set());
    }
  });
});

describe("a loop", () => {
  test("has a body with the round, the condition and the carried values, and gives carried and stacked ones", () => {
    const { carried, stacked } = op.loop(count, [w, b], (round, p, q) => ({
      next: [op.sin(p), op.add(q, op.toFloat(round))],
      stacked: [op.sum(p)],
    }));
    const { node } = reread(graph("g", [w, b, count], { w1: carried[0], b1: carried[1], sums: stacked[0] })).graph;
    const loop = only(node, "Loop");
    expect(loop.input.slice(1)).toEqual(["", "w", "b"]);
    expect(loop.output).toHaveLength(3);
    const types = ({ type }: ValueInfoProto) => declared({ name: "", type });
    expect(bodyOf(loop).input.map(types)).toEqual([" 7 []", " 9 []", " 1 [3,2]", " 1 [2]"]);
    expect(bodyOf(loop).output.map(types)).toEqual([" 9 []", " 1 [3,2]", " 1 [2]", " 1 []"]);
  });

  test("copies nothing that its body makes, once or twice; only what it passes on or takes from outside", () => {
    const { carried, stacked } = op.loop(count, [w, w, b], (_, p, q, r) => {
      const made = op.sin(op.add(p, q));
      return { next: [made, op.cos(made), r], stacked: [made, op.exp(b)] };
    });
    const outputs = { w1: carried[0], w2: carried[1], b1: carried[2], sines: stacked[0], outside: stacked[1] };
    const { node, output } = bodyOf(only(reread(graph("g", [w, b, count], outputs)).graph.node, "Loop"));
    const copies = node.filter(({ opType }) => opType === "Identity").map(({ input }) => input[0]);
    const [condition, first, second, third, fourth, fifth] = output.map(({ name }) => name);
    expect(copies).toHaveLength(4); // the condition, r, `made` for the second time, exp(b)
    expect(new Set([condition, first, second, third, fourth, fifth]).size).toBe(6);
    expect(node.find(({ output: [name] }) => name === first)!.opType).toBe("Sin");
    expect(node.find(({ output: [name] }) => name === second)!.opType).toBe("Cos");
  });

  test("what does not depend on the round is computed outside, once", () => {
    const { carried } = op.loop(count, [x], (_, p) => ({
      next: [op.mul(p, op.sum(op.exp(op.matmul(w, w, { transposeB: true })), [0]))],
    }));
    const { node } = encoded(carried[0]);
    expect(operators({ node } as GraphProto)).toEqual(["Gemm", "Exp", "ReduceSum", "Cast", "Loop"]);
    expect(operators(bodyOf(only(node, "Loop")))).toEqual(["Cast", "Mul"]);
  });

  test("what it takes from another loop, or from a biased product outside, is not computed again in each round", () => {
    const { graph: g } = loopPrograms(seeded(0)).find(({ title }) => title.startsWith("a loop that uses another"))!;
    const loops = reread(g).graph.node.filter(({ opType }) => opType === "Loop");
    expect(loops.map((loop) => operators(bodyOf(loop)).filter((o) => o !== "Cast"))).toEqual(
      expect.arrayContaining([
        ["Gemm", "Sin"],
        ["Mul", "Add", "Tanh"],
      ]),
    );
    expect(loops).toHaveLength(2);
  });

  test("in a loop: what depends on the outer round only is computed in the outer body", () => {
    const { carried } = op.loop(count, [b], (i, p) => ({
      next: [op.loop(count, [p], (_, q) => ({ next: [op.add(q, op.sin(op.toFloat(i)))] })).carried[0]],
    }));
    const { node } = encoded(carried[0]);
    const outer = bodyOf(only(node, "Loop"));
    expect(operators(outer)).toContain("Sin");
    expect(operators(bodyOf(only(outer.node, "Loop")))).toEqual(["Cast", "Add"]);
  });
});
