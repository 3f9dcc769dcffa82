import { describe, expect, test } from "vitest";
import * as op from "../../src/compute/operators.js";
import { captured, dependents, differentiable, topological } from "../../src/compute/traversal.js";

const [a, b] = [op.input("a", [2]), op.input("b", [2])];
const count = op.input("count", [], "int32");

describe("topological", () => {
  test("has each node once, after its inputs", () => {
    const sine = op.sin(a);
    const y = op.add(op.mul(sine, b), op.mul(sine, sine));
    const order = topological([y, sine]);
    expect(new Set(order).size).toBe(order.length);
    order.forEach((node, i) => {
      for (const input of node.inputs) expect(order.indexOf(input)).toBeLessThan(i);
    });
  });

  test("takes graphs deeper than any call stack", () => {
    let y = a;
    for (let i = 0; i < 100_000; i++) y = op.sin(y);
    expect(topological([y])).toHaveLength(100_001);
  });

  test("has what a loop's body takes from outside before the loop, and nothing of its inside", () => {
    const outer = op.exp(b);
    const { carried } = op.loop(count, [a], (_, y) => ({ next: [op.cos(op.mul(y, outer))] }));
    expect(topological(carried).map((node) => node.op)).toEqual(["input", "input", "input", "exp", "loop", "output"]);
  });
});

describe("captured", () => {
  test("is what does not depend on the round, as near to it as possible", () => {
    const inner = op.exp(op.matmul(op.reshape(a, [1, 2]), op.reshape(b, [2, 1])));
    const still = op.sin(b);
    const { carried } = op.loop(count, [a], (_, y) => ({
      next: [op.mul(y, op.reshape(op.sum(inner), [1]))],
      stacked: [still],
    }));
    const outside = captured(carried[0].inputs[0]);
    expect(outside.map((node) => node.op).sort()).toEqual(["reshape", "sin"]);
  });

  test("by a loop in a loop is seen by the outer one, unless it is the outer one's own", () => {
    const { carried } = op.loop(count, [a], (i, y) => ({
      next: [op.loop(count, [y], (_, z) => ({ next: [op.mul(op.add(z, b), op.toFloat(i))] })).carried[0]],
    }));
    expect(new Set(captured(carried[0].inputs[0]))).toEqual(new Set([count, b]));
  });
});

describe("dependents", () => {
  test("are the nodes on the ways from xs to ys, through loops too", () => {
    const [sine, other] = [op.sin(a), op.cos(b)];
    const { carried } = op.loop(count, [other], (_, y) => ({ next: [op.mul(y, sine)] }));
    const active = dependents([op.add(carried[0], other)], [a]);
    expect(active.has(sine)).toBe(true);
    expect(active.has(carried[0])).toBe(true);
    expect(active.has(other)).toBe(false);
  });

  test("differentiable ones end at detach and at lengths", () => {
    const x = op.input("x", ["batch"]);
    const [still, length] = [op.detach(x), op.size(x, 0)];
    const active = differentiable([op.add(op.mul(x, op.sin(still)), length)], [x]);
    expect([still, length].some((node) => active.has(node))).toBe(false);
    expect([...active].map((node) => node.op)).toEqual(["input", "mul", "add"]);
  });
});
