import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Graph, graph } from "../../src/compute/graph.js";
import type { Node } from "../../src/compute/node.js";
import * as op from "../../src/compute/operators.js";
import { topological } from "../../src/compute/traversal.js";
import { ComputeError } from "../../src/errors/errors.js";
import { seeded } from "../../src/random/rng.js";
import { relativeError } from "../support/derivatives.js";
import { differentiated } from "../support/differentiated.js";
import { evaluate, feedsOf, interpret } from "../support/interpreter.js";
import { OPERATOR_CASES } from "../support/operator-cases.js";
import { loopPrograms, network } from "../support/programs.js";

const x = op.input("x", ["batch", 3]);
const w = op.input("w", [3, 2]);
const closed = (outputs: Readonly<Record<string, Node>>): Graph => graph("g", [x, w], outputs);
const nodesOf = ({ outputs }: Graph): readonly Node[] => topological(Object.values(outputs));
const counted = (g: Graph, operator: string): number => nodesOf(g).filter((node) => node.op === operator).length;

describe("equal subexpressions become one node", () => {
  test("within an output and across outputs", () => {
    const g = closed({
      a: op.mul(op.sin(op.matmul(x, w)), op.sin(op.matmul(x, w))),
      b: op.exp(op.sin(op.matmul(x, w))),
    });
    expect(nodesOf(g)).toHaveLength(6); // x, w, matmul, sin, mul, exp
  });

  test("also constants, element by element", () => {
    const g = closed({
      a: op.add(op.sin(op.mul(x, 2)), op.mul(op.cos(x), 2)),
      b: op.mul(x, op.constant([1, 2, 3], [3])),
      c: op.sub(x, op.constant([1, 2, 3], [3])),
    });
    expect(counted(g, "constant")).toBe(2);
  });

  test("and sums over the same axes, in whichever order they are named", () => {
    expect(counted(closed({ a: op.exp(op.sum(x, [0, 1])), b: op.sin(op.sum(x, [1, 0])) }), "sum")).toBe(1);
  });

  test("but not what only looks alike", () => {
    const weight = op.input("weight", [3, 3]);
    const different: readonly (readonly Node[])[] = [
      [op.matmul(x, weight), op.matmul(x, weight, { transposeB: true })],
      [op.sum(x, [0]), op.sum(x, [1]), op.sum(x, [1], true), op.sum(x)],
      [op.slice(x, 1, 0, 1), op.slice(x, 1, 1, 2), op.slice(x, 1, 0, 2)],
      [op.pad(x, 1, 1, 0), op.pad(x, 1, 0, 1)],
      [op.sub(x, op.sin(x)), op.sub(op.sin(x), x)],
      [
        op.div(x, op.constant(0)),
        op.div(x, op.constant(-0)),
        op.div(x, op.constant(Number.NaN)),
        op.div(x, op.constant(Number.POSITIVE_INFINITY)),
      ],
      [op.reshape(weight, [9]), op.reshape(weight, [9, 1]), op.reshape(weight, [1, 9])],
      [op.maximum(x, 0), op.minimum(x, 0), op.relu(x)],
    ];
    for (const nodes of different) {
      const g = graph("g", [x, weight], Object.fromEntries(nodes.map((node, i) => [`y${i}`, node])));
      expect(new Set(Object.values(g.outputs)).size).toBe(nodes.length);
    }
  });

  test("inside of loops, and with what is outside", () => {
    const count = op.input("count", [], "int32");
    const { carried } = op.loop(count, [op.sin(x)], (_, y) => ({
      next: [op.mul(op.add(op.exp(y), op.sin(x)), op.exp(y))],
    }));
    const g = graph("g", [x, count], { y: carried[0], z: op.sin(x) });
    const body = g.outputs.y.inputs[0].attributes.body!;
    expect(topological(body.next).filter((node) => node.op === "exp")).toHaveLength(1);
    expect(topological([...body.next, g.outputs.z]).filter((node) => node.op === "sin")).toHaveLength(1);
  });

  test("and nothing changes its value", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...OPERATOR_CASES).chain(({ samples }) => samples),
        (sample) => {
          const { graph: g, feeds } = differentiated(sample);
          const before = evaluate([sample.output], feedsOf(g.inputs, feeds));
          expect([interpret(g, feeds).y]).toEqual(before);
        },
      ),
    );
    const { parameters, data, loss, at } = network(seeded(0));
    const merged = graph("loss", [...parameters, ...data], { loss }).outputs.loss;
    expect(topological([merged]).length).toBeLessThan(topological([loss]).length);
    expect(relativeError(evaluate([merged], at), evaluate([loss], at))).toBe(0);
  });

  test("closing a graph a second time finds nothing left to merge", () => {
    for (const { graph: g } of loopPrograms(seeded(0))) {
      expect(nodesOf(graph(g.name, g.inputs, g.outputs))).toHaveLength(nodesOf(g).length);
    }
  });
});

describe("what no output needs is left behind", () => {
  test("with inputs still accepted", () => {
    const unused = op.exp(op.matmul(x, w));
    expect(nodesOf(closed({ y: op.sin(x) }))).toHaveLength(2);
    expect(closed({ y: op.sin(x) }).inputs).toEqual([x, w]);
    expect(unused.op).toBe("exp");
  });
});

describe("a graph is refused", () => {
  test.each([
    [
      "where two inputs share a name",
      () => graph("g", [op.input("x", []), op.input("x", [])], {}),
      "graph g: two inputs are called x. Name each input once.",
    ],
    [
      "where an output is called like an input",
      () => closed({ x: op.sin(x) }),
      "graph g: an output and an input are both called x.",
    ],
    [
      "where an output needs an input that is not declared",
      () => graph("g", [x], { y: op.matmul(x, w) }),
      "graph g: an output depends on the input w, which is not declared. Add it to the inputs.",
    ],
    [
      "where a loop's body needs one",
      () => {
        const count = op.input("count", [], "int32");
        return graph("g", [x, count], {
          y: op.loop(count, [x], (_, y) => ({ next: [op.add(y, op.sum(w))] })).carried[0],
        });
      },
      "the input w, which is not declared",
    ],
    [
      "where a round's value is used outside of its loop",
      () => {
        const count = op.input("count", [], "int32");
        let escaped = x;
        op.loop(count, [x], (_, y) => ({ next: [(escaped = op.sin(y))] }));
        return graph("g", [x, count], { y: escaped });
      },
      "the input loop.carried0, which is not declared",
    ],
  ])("%s", (_, build, message) => {
    expect(build).toThrow(ComputeError);
    expect(build).toThrow(message);
  });
});
