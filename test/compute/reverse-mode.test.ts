import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Node } from "../../src/compute/node.js";
import * as op from "../../src/compute/operators.js";
import { gradients } from "../../src/compute/reverse-mode.js";
import { ComputeError, ShapeError } from "../../src/errors/errors.js";
import { seeded } from "../../src/random/rng.js";
import { differenceGradient, randomLike, relativeError, withValues } from "../support/derivatives.js";
import { evaluate, feedsOf, scalar, value } from "../support/interpreter.js";
import { OPERATOR_CASES } from "../support/operator-cases.js";
import { network } from "../support/programs.js";

describe("vector–Jacobian products agree with central differences in float64", () => {
  test.each(OPERATOR_CASES)("$title", ({ samples }) => {
    fc.assert(
      fc.property(samples, fc.nat(), ({ inputs, output, differentiable, feeds }, seed) => {
        const at = feedsOf(inputs, feeds);
        const u = randomLike("u", [output], at, seeded(seed));
        const vjp = evaluate(gradients([output], differentiable, u.nodes), withValues(at, u.nodes, u.values));
        expect(relativeError(vjp, differenceGradient([output], differentiable, u.values, at))).toBeLessThan(1e-6);
      }),
      { numRuns: 40 },
    );
  });

  test("a whole loss of a network, in all its parameters and data", () => {
    for (let seed = 0; seed < 5; seed++) {
      const { parameters, data, loss, at } = network(seeded(seed));
      const wrt = [...parameters, ...data];
      const vjp = evaluate(gradients([loss], wrt), at);
      expect(relativeError(vjp, differenceGradient([loss], wrt, [scalar(1)], at))).toBeLessThan(1e-6);
    }
  });

  test("several outputs at once, one of them on the way to another", () => {
    const { parameters, prediction, loss, at } = network(seeded(7));
    const ys = [prediction, loss];
    const u = randomLike("u", ys, at, seeded(8));
    const vjp = evaluate(gradients(ys, parameters, u.nodes), withValues(at, u.nodes, u.values));
    expect(relativeError(vjp, differenceGradient(ys, parameters, u.values, at))).toBeLessThan(1e-6);
  });

  test("second derivatives: the gradient of a gradient", () => {
    const { parameters, loss, at } = network(seeded(9));
    const slopes = gradients([loss], parameters);
    const u = randomLike("u", slopes, at, seeded(10));
    const vjp = evaluate(gradients(slopes, parameters, u.nodes), withValues(at, u.nodes, u.values));
    expect(relativeError(vjp, differenceGradient(slopes, parameters, u.values, at))).toBeLessThan(1e-6);
  });
});

describe("slices of one value", () => {
  const whole = op.input("whole", [6]);
  const numbers = feedsOf([whole], { whole: value([6], [1, -2, 3, -4, 5, -6]) });
  const cuts = (...ends: readonly (readonly [number, number])[]) => {
    const parts = ends.map(([start, end], i) => op.mul(op.sum(op.square(op.slice(whole, 0, start, end))), i + 1));
    const [gradient] = gradients([parts.reduce(op.add)], [whole]);
    return { gradient, data: [...evaluate([gradient], numbers)[0].data] };
  };

  test("whose cotangents lie side by side are joined, not added", () => {
    const { gradient, data } = cuts([0, 2], [2, 3], [3, 6]);
    expect([gradient.op, gradient.inputs.length]).toEqual(["concat", 3]);
    expect(data).toEqual([2, -4, 12, -24, 30, -36]);
  });

  test("are added where they overlap, or leave a gap", () => {
    expect(cuts([0, 3], [2, 6]).data).toEqual([2, -4, 18, -16, 20, -24]);
    expect(cuts([0, 2], [3, 5]).data).toEqual([2, -4, 0, -16, 20, 0]);
    expect(cuts([3, 5], [1, 3]).data).toEqual([0, -8, 12, -8, 10, 0]);
  });
});

const x = op.input("x", ["batch", 2]);
const at = feedsOf([x], { x: value([2, 2], [1, -2, 3, -4]) });
const gradientOf = (y: Node) => [...evaluate(gradients([y], [x]), at)[0].data];

describe("where there is a choice", () => {
  test("relu has slope 0 at 0", () => {
    const zero = op.sub(x, op.detach(x));
    expect(gradientOf(op.sum(op.relu(zero)))).toEqual([0, 0, 0, 0]);
  });

  test("the derivative of equal operands goes to the second one", () => {
    const same = op.detach(x);
    expect(gradientOf(op.sum(op.maximum(x, same)))).toEqual([0, 0, 0, 0]);
    expect(gradientOf(op.sum(op.maximum(same, x)))).toEqual([1, 1, 1, 1]);
    expect(gradientOf(op.sum(op.minimum(x, same)))).toEqual([0, 0, 0, 0]);
    expect(gradientOf(op.sum(op.minimum(same, x)))).toEqual([1, 1, 1, 1]);
  });

  test("a node of wrt is an independent variable: nothing flows on behind it", () => {
    const middle = op.sin(x);
    const y = op.sum(op.mul(middle, x));
    const [forX, forMiddle] = evaluate(gradients([y], [x, middle]), at);
    expect(forX.data[0]).toBeCloseTo(Math.sin(1), 12);
    expect(forMiddle.data[0]).toBe(1);
  });
});

describe("where nothing flows", () => {
  test("what y does not depend on has the gradient 0, in its own shape", () => {
    const other = op.input("other", [3]);
    const [zero] = evaluate(gradients([op.sum(x)], [other]), withValues(at, [other], [value([3], [1, 2, 3])]));
    expect(zero).toEqual(value([3], [0, 0, 0]));
  });

  test("detach stops the derivative", () => {
    expect(gradientOf(op.sum(op.mul(x, op.detach(x))))).toEqual([1, -2, 3, -4]);
    expect(gradientOf(op.sum(op.detach(x)))).toEqual([0, 0, 0, 0]);
  });

  test("the condition of a gate, the model of an expansion and the length of an axis have no derivative", () => {
    expect(gradientOf(op.sum(op.gate(x, 3)))).toEqual([0, 0, 0, 0]);
    expect(gradientOf(op.sum(op.expandLike(op.constant(3), x)))).toEqual([0, 0, 0, 0]);
    expect(gradientOf(op.size(x, 0))).toEqual([0, 0, 0, 0]);
  });
});

describe("operators without a derivative", () => {
  const rounds = op.input("rounds", [], "int32");
  const indices = op.input("indices", ["picks"], "int32");
  const throughLoop = (start: Node) => op.loop(rounds, [start], (_, y) => ({ next: [op.sin(y)] })).carried[0];

  test.each([
    ["a loop's carried value", op.sum(throughLoop(x)), "loop"],
    [
      "a value that a loop takes from outside",
      op.sum(op.loop(rounds, [op.detach(x)], (_, y) => ({ next: [op.mul(y, x)] })).carried[0]),
      "loop",
    ],
    ["gatherRows", op.sum(op.gatherRows(x, indices)), "gatherRows"],
    ["rows", op.sum(op.rows(x, rounds, 1, "chunk")), "rows"],
  ])("%s is refused, with the operator's name", (_, y, operator) => {
    expect(() => gradients([y], [x])).toThrow(ComputeError);
    expect(() => gradients([y], [x])).toThrow(new RegExp(`operator ${operator} has no derivative\\. .*detach`));
  });

  test("detached, their input is a constant", () => {
    const still = op.detach(x);
    const y = op.sum(op.mul(x, op.add(throughLoop(still), op.loop(rounds, [x], () => ({ next: [still] })).carried[0])));
    expect(() => gradients([op.sum(op.mul(x, throughLoop(still)))], [x])).not.toThrow();
    expect(() => gradients([op.sum(op.mul(op.sum(x), op.gatherRows(still, indices)))], [x])).not.toThrow();
    expect(() => gradients([y], [x])).toThrow(ComputeError);
  });

  test("inside of a loop's body, derivatives are taken as anywhere else", () => {
    const { carried } = op.loop(rounds, [x], (_, y) => ({ next: gradients([op.sum(op.sin(y))], [y]) }));
    const [result] = evaluate([carried[0]], withValues(at, [rounds], [scalar(1)]));
    expect(result.data[0]).toBeCloseTo(Math.cos(1), 12);
  });
});

test("a cotangent of another shape is refused, with both shapes", () => {
  expect(() => gradients([x], [x])).toThrow(ShapeError);
  expect(() => gradients([x], [x], [op.input("u", ["batch", 3])])).toThrow(
    "gradients: output 0 has shape [batch, 2], its cotangent [batch, 3]",
  );
});
