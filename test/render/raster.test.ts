import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { clear, fillTriangle, layer } from "../../src/render/raster.js";

const UP = Float32Array.of(0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1);
const filled = (...triangles: readonly (readonly number[])[]) => {
  const into = layer(20, 10);
  for (const [i, corners] of triangles.entries()) {
    fillTriangle(into, Float32Array.from(corners), UP, 0, 1, 2, i + 1);
  }
  return into;
};
const covered = ({ nearness }: ReturnType<typeof layer>) => nearness.filter((near) => near > -Infinity).length;
const coordinate = fc.integer({ min: -5, max: 25 });

describe("a triangle", () => {
  test("fills the pixels whose middle it holds: 50 of a right one of 10 by 10, give or take its slope", () => {
    expect(covered(filled([0, 0, 1, 0, 10, 1, 10, 10, 1]))).toBe(55); // the middles on the slope are in
  });

  test("that turns its back, has no area or lies beside the picture fills nothing", () => {
    for (const corners of [
      [0, 0, 1, 10, 10, 1, 0, 10, 1],
      [0, 0, 1, 5, 5, 1, 10, 10, 1],
      [30, 0, 1, 30, 10, 1, 40, 10, 1],
      [Number.NaN, 0, 1, 0, 10, 1, 10, 10, 1],
    ]) {
      expect(covered(filled(corners))).toBe(0);
    }
  });

  test("leaves no gap between itself and its neighbour", () =>
    fc.assert(
      fc.property(coordinate, coordinate, (x, y) => {
        // The picture as four triangles around a point in it.
        fc.pre(x > 0 && x < 20 && y > 0 && y < 10);
        const corners = [
          [0, 0],
          [0, 10],
          [20, 10],
          [20, 0],
        ] as const;
        const four = corners.map(([a, b], i) => [a, b, 1, ...corners[(i + 1) % 4], 1, x, y, 1]);
        expect(covered(filled(...four))).toBe(200);
      }),
    ));

  test("has a nearness that is linear over the screen", () => {
    const { nearness, width } = filled([0, 0, 0, 0, 10, 10, 20, 10, 30]); // x + y
    expect(nearness[5 * width + 3]).toBeCloseTo(3.5 + 5.5, 5);
    expect(nearness[9 * width + 12]).toBeCloseTo(12.5 + 9.5, 5);
  });
});

test("the nearest is what is there, in whatever order they come", () => {
  const far = [0, 0, 1, 0, 10, 1, 20, 10, 1];
  const near = [0, 0, 2, 0, 10, 2, 10, 10, 2];
  const [one, other] = [filled(far, near), filled(near, far)];
  expect(one.nearness).toEqual(other.nearness);
  expect(one.paints![9 * 20]).toBe(2);
  expect(other.paints![9 * 20]).toBe(1);
});

test("a layer that is cleared is as good as new", () => {
  const used = filled([0, 0, 1, 0, 10, 1, 20, 10, 1]);
  clear(used);
  expect(used.nearness).toEqual(layer(20, 10).nearness);
});
