import * as fc from "fast-check";
import { expect, test } from "vitest";
import { axisAngle, fromZTo, NO_ROTATION, rotate, type Vector3 } from "../../src/math/quaternion.js";

const entry = fc.double({ min: -10, max: 10, noNaN: true });
const vector = fc.tuple(entry, entry, entry);
const close = (a: Vector3, b: Vector3) =>
  a.forEach((x, i) => {
    expect(x).toBeCloseTo(b[i], 8);
  });
const length = (v: Vector3) => Math.hypot(...v);

test("a quarter turn about an axis brings the next axis to the one after: the right-hand rule", () => {
  const [x, y, z] = [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ] as const;
  for (const [axis, from, to] of [
    [x, y, z],
    [y, z, x],
    [z, x, y],
  ] as const) {
    close(rotate(axisAngle(axis, Math.PI / 2), from), to);
  }
});

test("a rotation keeps lengths and angles", () =>
  fc.assert(
    fc.property(vector, vector, fc.double({ min: -7, max: 7, noNaN: true }), vector, (a, b, angle, axis) => {
      fc.pre(length(axis) > 1e-3);
      const q = axisAngle(axis.map((entry) => entry / length(axis)) as unknown as Vector3, angle);
      const [c, d] = [rotate(q, a), rotate(q, b)];
      const dot = (v: Vector3, w: Vector3) => v.reduce((sum, entry, i) => sum + entry * w[i], 0);
      expect(dot(c, d)).toBeCloseTo(dot(a, b), 6);
      expect(dot(c, c)).toBeCloseTo(dot(a, a), 6);
    }),
  ));

test("the rotation that brings z to a direction does so, from any direction", () =>
  fc.assert(
    fc.property(vector, (direction) => {
      fc.pre(length(direction) > 1e-3);
      close(rotate(fromZTo(direction), [0, 0, length(direction)]), direction);
    }),
  ));

test("to the last digits, also where it is all but straight down", () => {
  for (const off of [1e-3, 5e-9, 1e-12]) {
    const [x, y, z] = rotate(fromZTo([3 * off, -4 * off, -0.27]), [0, 0, Math.hypot(5 * off, 0.27)]);
    expect(x / off).toBeCloseTo(3, 10);
    expect(y / off).toBeCloseTo(-4, 10);
    expect(z).toBeCloseTo(-0.27, 12);
  }
});

test("straight down is half a turn, and no direction none at all", () => {
  close(rotate(fromZTo([0, 0, -3]), [0, 0, 1]), [0, 0, -1]);
  expect(fromZTo([0, 0, 0])).toEqual(NO_ROTATION);
});
