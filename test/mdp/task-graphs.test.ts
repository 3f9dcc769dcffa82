import { describe, expect, test } from "vitest";
import type { Node } from "../../src/compute/node.js";
import { input, sum } from "../../src/compute/operators.js";
import { gradients } from "../../src/compute/reverse-mode.js";
import { absoluteAngle, aliveWithin, alwaysAlive, column, euclidean } from "../../src/mdp/task-graphs.js";
import { evaluate, value } from "../support/interpreter.js";

const x = input("x", ["rows"]);
const y = input("y", ["rows"]);
const rows = input("rows", ["rows", 3]);
const numbers = (node: Node, feeds: ReadonlyMap<Node, readonly number[]>) => {
  const values = new Map(
    [...feeds].map(([n, list]) => [
      n,
      value([list.length / ((n.shape[1] as number) ?? 1), ...n.shape.slice(1).map(Number)], list),
    ]),
  );
  return Array.from(evaluate([node], values)[0].data);
};

describe("the angle of a direction", () => {
  const angles = Array.from({ length: 721 }, (_, i) => ((i - 360) / 360) * Math.PI);
  test.each([1e-3, 1, 50])("is atan2's without its sign, all the way round, at a length of %d", (length) => {
    const [along, across] = [angles.map((a) => length * Math.cos(a)), angles.map((a) => length * Math.sin(a))];
    const got = numbers(
      absoluteAngle(x, y),
      new Map([
        [x, along],
        [y, across],
      ]),
    );
    const worst = Math.max(...got.map((angle, i) => Math.abs(angle - Math.abs(angles[i]))));
    expect(worst).toBeLessThan(4e-8);
  });

  test("is a number where there is no direction, with a derivative", () => {
    const zero = new Map([
      [x, [0]],
      [y, [0]],
    ]);
    expect(numbers(absoluteAngle(x, y), zero)).toEqual([Math.PI / 2]);
    for (const d of gradients([sum(absoluteAngle(x, y))], [x, y])) expect(numbers(d, zero)[0]).not.toBeNaN();
  });
});

test("the length of a row of zeros is nothing, and has the derivative 0", () => {
  const zero = new Map([[rows, [0, 0, 0]]]);
  expect(numbers(euclidean(rows), zero)[0]).toBeLessThan(1e-12);
  expect(numbers(gradients([sum(euclidean(rows))], [rows])[0], zero)).toEqual([0, 0, 0]);
});

test("a row is alive where there is room and every number is finite", () => {
  const states = [1, 2, 3, -1, 2, 3, 0, 2, 3, 1, Number.NaN, 3, 1, 2, Number.POSITIVE_INFINITY];
  const alive = numbers(aliveWithin(column(rows, 0), rows), new Map([[rows, states]]));
  expect(alive).toEqual([1, 0, 0, 0, 0]);
  expect(numbers(alwaysAlive(rows), new Map([[rows, states]]))).toEqual([1, 1, 1, 1, 1]);
});
