import { type Graph, graph } from "../../src/compute/graph.js";
import type { Node } from "../../src/compute/node.js";
import * as op from "../../src/compute/operators.js";
import { gradients } from "../../src/compute/reverse-mode.js";
import type { Rng } from "../../src/random/rng.js";
import { feedsOf, scalar, type Value, type Values, value, volume } from "./interpreter.js";

/** A graph with values to feed it: what an engine and the reference must agree on. */
export interface TestProgram {
  readonly title: string;
  readonly graph: Graph;
  readonly feeds: Values;
}

/** Standard normal float32 numbers. */
export const normal = (shape: readonly number[], rng: Rng): Value =>
  value(
    shape,
    Float64Array.from({ length: volume(shape) }, () => Math.fround(rng.normal())),
  );

export interface Network {
  readonly parameters: readonly Node[];
  readonly data: readonly Node[];
  readonly prediction: Node;
  /** A clipped surrogate of a Gaussian likelihood, as policy losses have, plus a term with log and sqrt in it. */
  readonly loss: Node;
  readonly feeds: Values;
  readonly at: ReadonlyMap<Node, Value>;
}

/** A whole loss over a batch: 3 → 5 tanh → 4 relu → 2, with a log-scale per output. */
export function network(rng: Rng, batch = 6): Network {
  const parameters = [
    op.input("w0", [3, 5]),
    op.input("b0", [5]),
    op.input("w1", [5, 4]),
    op.input("b1", [4]),
    op.input("w2", [4, 2]),
    op.input("b2", [2]),
    op.input("logScale", [2]),
  ] as const;
  const data = [op.input("x", ["batch", 3]), op.input("target", ["batch", 2]), op.input("old", ["batch"])] as const;
  const [w0, b0, w1, b1, w2, b2, logScale] = parameters;
  const [x, target, old] = data;
  const first = op.tanh(op.add(op.matmul(x, w0), b0));
  const second = op.relu(op.add(op.matmul(first, w1), b1));
  const prediction = op.add(op.matmul(second, w2), b2);
  const error = op.div(op.sub(prediction, target), op.exp(logScale));
  const likelihood = op.sub(op.mul(op.sum(op.square(error), [1]), -0.5), op.sum(logScale));
  const ratio = op.exp(op.mul(op.sub(likelihood, old), 0.1));
  const size = op.sqrt(op.add(op.log(op.add(op.mean(op.square(prediction), [1]), 2)), 1));
  const loss = op.add(op.mean(op.minimum(op.mul(ratio, old), op.mul(op.clip(ratio, 0.8, 1.2), old))), op.mean(size));
  const nodes = [...parameters, ...data];
  const feeds = Object.fromEntries(
    nodes.map(({ attributes, shape }) => [
      attributes.name!,
      normal(
        shape.map((d) => (typeof d === "number" ? d : batch)),
        rng,
      ),
    ]),
  );
  return { parameters, data, prediction, loss, feeds, at: feedsOf(nodes, feeds) };
}

/** Programs with loops: gradient steps, loops within loops, sums over chunks, and values from outside. */
export function loopPrograms(rng: Rng): readonly TestProgram[] {
  return [descent(rng), nested(rng), chunkedSum(rng), twoCounts(rng), chained(rng), rounds(), minibatches(rng)];
}

function descent(rng: Rng): TestProgram {
  const { parameters, data, loss, feeds } = network(rng);
  const steps = op.input("steps", [], "int32");
  const start = parameters.slice(0, 6);
  const { carried, stacked } = op.loop(steps, start, (_, ...present) => {
    const moved = substituted(loss, start, present);
    const slopes = gradients([moved], present);
    return { next: present.map((p, i) => op.sub(p, op.mul(slopes[i], 0.05))), stacked: [moved] };
  });
  const outputs = Object.fromEntries(carried.map((x, i) => [`new${i}`, x]));
  return {
    title: "gradient descent on a network",
    graph: graph("descent", [...parameters, ...data, steps], { ...outputs, losses: stacked[0] }),
    feeds: { ...feeds, steps: scalar(4) },
  };
}

/** `y` with some inputs replaced: how a test writes a loss once and uses it inside of a loop. */
export function substituted(y: Node, from: readonly Node[], to: readonly Node[]): Node {
  const copies = new Map<Node, Node>(from.map((x, i) => [x, to[i]]));
  const copy = (node: Node): Node => {
    let result = copies.get(node);
    if (result === undefined) {
      result = node.inputs.length === 0 ? node : { ...node, inputs: node.inputs.map(copy) };
      copies.set(node, result);
    }
    return result;
  };
  return copy(y);
}

function nested(rng: Rng): TestProgram {
  const [x, outer, inner] = [op.input("x", [2]), op.input("outer", [], "int32"), op.input("inner", [], "int32")];
  const { carried, stacked } = op.loop(outer, [x], (i, a) => {
    const within = op.loop(inner, [a], (j, b) => ({
      next: [op.add(op.mul(b, 0.5), op.add(op.toFloat(i), op.mul(op.toFloat(j), op.sin(x))))],
      stacked: [op.mul(a, op.toFloat(j))],
    }));
    return { next: [op.tanh(within.carried[0])], stacked: [op.sum(within.stacked[0], [0])] };
  });
  return {
    title: "a loop in a loop, each using the other's round and values from outside",
    graph: graph("nested", [x, outer, inner], { last: carried[0], all: stacked[0] }),
    feeds: { x: normal([2], rng), outer: scalar(3), inner: scalar(2) },
  };
}

function chunkedSum(rng: Rng): TestProgram {
  const [x, w, chunks] = [op.input("x", ["samples", 3]), op.input("w", [3, 2]), op.input("chunks", [], "int32")];
  const { carried } = op.loop(chunks, [op.constant([0, 0], [2])], (round, total) => ({
    next: [op.add(total, op.sum(op.tanh(op.matmul(op.rows(x, round, 4, "chunk"), w)), [0]))],
  }));
  return {
    title: "a sum over chunks of rows, the last one shorter",
    graph: graph("chunked", [x, w, chunks], { total: carried[0] }),
    feeds: { x: normal([10, 3], rng), w: normal([3, 2], rng), chunks: scalar(3) },
  };
}

function twoCounts(rng: Rng): TestProgram {
  const [x, few, many] = [op.input("x", [2]), op.input("few", [], "int32"), op.input("many", [], "int32")];
  const powers = (count: Node, factor: number) => {
    const { stacked } = op.loop(count, [x], (_, y) => ({ next: [op.mul(y, factor)], stacked: [op.sin(y)] }));
    return op.exp(op.mul(op.tanh(stacked[0]), 0.5));
  };
  return {
    title: "two loops with different numbers of rounds",
    graph: graph("twoCounts", [x, few, many], { short: powers(few, 0.9), long: powers(many, 1.1) }),
    feeds: { x: normal([2], rng), few: scalar(2), many: scalar(5) },
  };
}

function chained(rng: Rng): TestProgram {
  const [x, w, count] = [op.input("x", [2, 2]), op.input("w", [2, 2]), op.input("count", [], "int32")];
  const product = op.add(op.matmul(x, w), op.constant([1, 2], [2]));
  const first = op.loop(count, [x], (_, y) => ({ next: [op.sin(op.matmul(y, w))] })).carried[0];
  const second = op.loop(count, [product], (_, y) => ({ next: [op.tanh(op.add(op.mul(y, product), first))] }))
    .carried[0];
  return {
    title: "a loop that uses another loop's result and a biased product",
    graph: graph("chained", [x, w, count], { y: second }),
    feeds: { x: normal([2, 2], rng), w: normal([2, 2], rng), count: scalar(3) },
  };
}

function rounds(): TestProgram {
  const [x, count] = [op.input("x", []), op.input("count", [], "int32")];
  const { carried, stacked } = op.loop(count, [x, x], (round, a, b) => ({
    next: [b, a],
    stacked: [op.toFloat(round), x, op.constant(7)],
  }));
  return {
    title: "values that change places, and results that do not depend on the round",
    graph: graph("rounds", [x, count], {
      first: carried[0],
      round: stacked[0],
      same: stacked[1],
      seven: stacked[2],
    }),
    feeds: { x: scalar(1.5), count: scalar(3) },
  };
}

function minibatches(rng: Rng): TestProgram {
  const [x, order, count] = [
    op.input("x", ["samples", 2]),
    op.input("order", ["draws"], "int32"),
    op.input("count", [], "int32"),
  ];
  const { carried } = op.loop(count, [op.constant([0, 0], [2])], (round, total) => {
    const batch = op.gatherRows(x, op.rows(order, round, 2, "minibatch"));
    return { next: [op.add(op.mul(total, 2), op.sum(batch, [0]))] };
  });
  return {
    title: "minibatches: rows chosen by a chunk of a random order",
    graph: graph("minibatches", [x, order, count], { total: carried[0] }),
    feeds: { x: normal([5, 2], rng), order: value([6], [4, 0, 3, 3, 1, 2]), count: scalar(3) },
  };
}
