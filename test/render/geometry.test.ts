import * as fc from "fast-check";
import { Vector3 } from "three";
import { describe, expect, test } from "vitest";
import type { SceneGeom } from "../../src/mdp/scene.js";
import { geometryOf } from "../../src/render/geometry.js";

const half = fc.double({ min: 0.05, max: 2, noNaN: true });
const solid = (shape: SceneGeom["shape"], size: readonly number[], more: Partial<SceneGeom> = {}): SceneGeom => ({
  name: "solid",
  body: 0,
  shape,
  size: [size[0], size[1] ?? 0, size[2] ?? 0],
  position: [0, 0, 0],
  quaternion: [1, 0, 0, 0],
  color: [1, 1, 1, 1],
  ...more,
});

/** How far each shape of half-sizes a, b, c reaches along x, y and z, in MuJoCo's convention. */
const REACH = {
  sphere: (a) => [a, a, a],
  capsule: (a, b) => [a, a, a + b],
  cylinder: (a, b) => [a, a, b],
  ellipsoid: (a, b, c) => [a, b, c],
  box: (a, b, c) => [a, b, c],
} as const satisfies Record<string, (a: number, b: number, c: number) => readonly number[]>;

const WEDGE = { vertices: [-1, -1, -1, 3, -1, -1, -1, 3, -1, -1, -1, 3], faces: [0, 2, 1, 0, 1, 3, 0, 3, 2, 1, 2, 3] };

describe.each([...Object.keys(REACH), "mesh"] as (keyof typeof REACH | "mesh")[])("a %s", (shape) => {
  test("is as large as its half-sizes say; its length lies along z", () =>
    fc.assert(
      fc.property(half, half, half, (a, b, c) => {
        const geometry = geometryOf(solid(shape, [a, b, c], shape === "mesh" ? WEDGE : {}));
        geometry.computeBoundingBox();
        const { min, max } = geometry.boundingBox!;
        const reach = shape === "mesh" ? [3, 3, 3] : REACH[shape](a, b, c);
        max.toArray().forEach((x, i) => {
          expect(x).toBeCloseTo(reach[i], 5);
        });
        min.toArray().forEach((x, i) => {
          expect(x).toBeCloseTo(shape === "mesh" ? -1 : -reach[i], 5);
        });
      }),
      { numRuns: 20 },
    ));

  test("has faces and normals that turn outwards", () => {
    const geometry = geometryOf(solid(shape, [0.3, 0.5, 0.2], shape === "mesh" ? WEDGE : {}));
    const { index } = geometry;
    const [position, normal] = [geometry.getAttribute("position"), geometry.getAttribute("normal")];
    const point = (attribute: typeof position, i: number) => new Vector3().fromBufferAttribute(attribute, i);
    for (let i = 0; i < (index?.count ?? position.count); i += 3) {
      const corners = [0, 1, 2].map((k) => (index ? index.getX(i + k) : i + k));
      const [a, b, c] = corners.map((corner) => point(position, corner));
      const across = b.clone().sub(a).cross(c.clone().sub(a));
      if (across.length() < 1e-6) continue; // the triangles at the poles of a sphere have no area
      const middle = a.clone().add(b).add(c);
      expect(across.dot(middle)).toBeGreaterThan(0);
      for (const corner of corners) expect(point(normal, corner).dot(across)).toBeGreaterThan(0);
    }
  });
});
