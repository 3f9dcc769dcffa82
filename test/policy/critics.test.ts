import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { input } from "../../src/compute/operators.js";
import { layoutInputs, unflatten } from "../../src/nn/layout.js";
import {
  type CriticShape,
  criticAlone,
  criticLayout,
  criticOutputs,
  criticsTogether,
  eachCritic,
  initialCritics,
  smallest,
  valuesOf,
} from "../../src/policy/critics.js";
import { seeded } from "../../src/random/rng.js";
import { valuesOf as asValues } from "../support/agreement.js";
import { evaluate, feedsOf, scalar, value } from "../support/interpreter.js";
import { criticOf, plainCritic } from "../support/plain-actor-critic.js";
import { normals } from "../support/some-policy.js";

const shape: CriticShape = { observationSize: 2, actionSize: 1, hidden: [5, 4], critics: 3 };
const unscaled = { shift: new Float32Array(2), factor: new Float32Array(2).fill(1) };
const pairs = Array.from(normals(5 * 3, 1), (x) => 2 * x);
const x = input("x", ["rows", 3]);

/** Outputs of critics, one list each. */
function outputs(of: CriticShape, parameters: Float32Array): number[][] {
  const nodes = layoutInputs(criticLayout(of), "q");
  const feeds = { ...asValues(unflatten(criticLayout(of), "q", parameters)), x: value([5, 3], pairs) };
  const [y] = evaluate([criticOutputs(of, nodes, x)], feedsOf([...nodes, x], feeds));
  expect(y.shape).toEqual([of.critics, 5]);
  return Array.from({ length: of.critics }, (_, c) => Array.from(y.data.slice(5 * c, 5 * c + 5)));
}

describe("critics side by side", () => {
  const parameters = normals(criticLayout(shape).size, 2);

  test("say what each says alone", () => {
    const together = outputs(shape, parameters);
    for (let c = 0; c < 3; c++) {
      const alone = Float32Array.from(criticOf(shape, parameters, c).parameters);
      const [own] = outputs({ ...shape, critics: 1 }, alone);
      expect(together[c]).toEqual(own.map((y) => expect.closeTo(y, 12)));
    }
    expect(together[1]).not.toEqual(together[0]);
  });

  test("say what loops over their weights say, hidden layers normalised", () => {
    const together = outputs(shape, parameters);
    for (let c = 0; c < 3; c++)
      for (let i = 0; i < 5; i++) {
        const [s, u] = [pairs.slice(3 * i, 3 * i + 2), pairs.slice(3 * i + 2, 3 * i + 3)];
        expect(together[c][i]).toBeCloseTo(plainCritic(shape, parameters, c, unscaled, s, u), 10);
      }
  });

  test("are cut out of ψ one by one, and put together again", () => {
    const flat = input("flat", [parameters.length]);
    const each = eachCritic(shape, flat);
    const said = each.map((tensors) => criticAlone(shape, tensors, x).output);
    const feeds = { flat: value([parameters.length], parameters), x: value([5, 3], pairs) };
    const [again, ...alone] = evaluate([criticsTogether(each), ...said], feedsOf([flat, x], feeds));
    expect([...again.data]).toEqual([...parameters]);
    const together = outputs(shape, parameters);
    alone.forEach(({ data }, c) => {
      expect([...data]).toEqual(together[c].map((y) => expect.closeTo(y, 12)));
    });
  });

  test("begin near the centre of their range, each from weights of its own", () => {
    const first = initialCritics(shape, seeded(3));
    const said = outputs(shape, first);
    for (const y of said.flat()) expect(Math.abs(y)).toBeLessThan(0.05); // 0.01 / √4 of four inputs and a bias
    expect(said[1]).not.toEqual(said[0]);
    expect(initialCritics(shape, seeded(3))).toEqual(first);
  });
});

test("values are outputs in units of the range, about its centre", () => {
  const [centre, width] = [input("centre", []), input("width", [])];
  const y = input("y", [2]);
  const [q] = evaluate(
    [valuesOf(y, { centre, width })],
    new Map([
      [y, value([2], [-1, 0.5])],
      [centre, scalar(10)],
      [width, scalar(4)],
    ]),
  );
  expect(Array.from(q.data)).toEqual([6, 12]);
});

test("the smallest of the critics is taken in each row", () => {
  fc.assert(
    fc.property(
      fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 5 })).chain(([critics, rows]) =>
        fc.array(fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: rows, maxLength: rows }), {
          minLength: critics,
          maxLength: critics,
        }),
      ),
      (said) => {
        const [critics, rows] = [said.length, said[0].length];
        const q = input("q", [critics, rows]);
        const [least] = evaluate([smallest(q)], new Map([[q, value([critics, rows], said.flat())]]));
        expect(least.shape).toEqual([rows]);
        least.data.forEach((y, i) => {
          expect(y).toBe(Math.min(...said.map((own) => own[i])));
        });
      },
    ),
  );
});
