import * as fc from "fast-check";
import { expect, test } from "vitest";
import { actionBox, executedActions } from "../../src/mdp/action-box.js";

const box = actionBox({ size: 2, names: ["a", "b"], low: [-1, 2], high: [3, 2.5] });

test("u = 0 is the centre of the box, ±1 its faces, and what lies beyond is executed as the face", () => {
  const samples = Float32Array.of(0, 0, 1, 1, -1, -1, 7, -7, 0.5, -0.5);
  expect(Array.from(executedActions(box, samples))).toEqual([1, 2.25, 3, 2.5, -1, 2, 3, 2, 2, 2.125]);
  expect(samples).toEqual(Float32Array.of(0, 0, 1, 1, -1, -1, 7, -7, 0.5, -0.5)); // the log-likelihood needs them
});

test("every executed action lies in the box, and grows with u", () =>
  fc.assert(
    fc.property(fc.float({ noNaN: true }), fc.float({ noNaN: true }), (u, v) => {
      const [a, b, c, d] = executedActions(
        box,
        Float32Array.of(Math.min(u, v), Math.min(u, v), Math.max(u, v), Math.max(u, v)),
      );
      expect(-1 <= a && a <= c && c <= 3 && 2 <= b && b <= d && d <= 2.5).toBe(true);
    }),
  ));
