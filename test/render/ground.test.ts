import * as fc from "fast-check";
import { Vector3 } from "three";
import { expect, test } from "vitest";
import { isEndless, snapped, squareSize, squares } from "../../src/render/ground.js";

/** Area of the triangles of a patch, counted as negative where they look down. */
function area(geometry: ReturnType<typeof squares>): number {
  const p = geometry.getAttribute("position");
  let sum = 0;
  for (let i = 0; i < p.count; i += 3) {
    const [x, y] = [0, 1].map((k) => [
      p.getComponent(i + 1, k) - p.getComponent(i, k),
      p.getComponent(i + 2, k) - p.getComponent(i, k),
    ]);
    sum += (x[0] * y[1] - x[1] * y[0]) / 2;
  }
  return sum;
}

test("the squares of both shades together cover a plane, and neither covers it alone", () =>
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 30 }), (a, b) => {
      const half = [a / 10, b / 10] as const;
      const [even, odd] = ([0, 1] as const).map((parity) => area(squares(half, 0.5, parity)));
      expect(even + odd).toBeCloseTo((4 * a * b) / 100, 4);
      expect(Math.min(even, odd)).toBeGreaterThan(0);
    }),
    { numRuns: 30 },
  ));

test("a plane of half-extents 0 has no end, nor has one that is larger than what is drawn of it", () => {
  expect(
    [
      [0, 0],
      [1000, 1000],
      [0, 5],
      [1, 1],
    ].map((half) => isEndless(half, 0.5)),
  ).toEqual([true, true, false, false]);
});

test("a patch moves by whole double squares, so that its pattern stays where it is, and never far from the point", () =>
  fc.assert(
    fc.property(fc.double({ min: -99, max: 99, noNaN: true }), fc.constantFrom(0.1, 0.5, 2), (x, square) => {
      const at = snapped(new Vector3(x, -x, 5), square);
      expect(Math.abs(at.x / (2 * square) - Math.round(at.x / (2 * square)))).toBeLessThan(1e-6);
      expect(Math.abs(at.x - x)).toBeLessThanOrEqual(square + 1e-9);
      expect(at.z).toBe(0);
    }),
  ));

test.each([
  [0.7, 0.1],
  [2.5, 0.2],
  [4, 0.5],
  [12, 2],
  [30, 5],
])("from %f m away the squares are of %f m", (distance, square) => {
  expect(squareSize(distance)).toBeCloseTo(square, 9);
});
