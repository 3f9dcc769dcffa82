import { rotate } from "../math/quaternion.js";
import type { Quaternion, Scene, SceneGeom, Vector3 } from "../mdp/scene.js";
import { POSE_SIZE } from "./scene.js";

/** A camera that has all solids but the ground in view, from the side of a robot that walks along x. */
export function framed(geoms: readonly SceneGeom[], poses: Float32Array): Scene["camera"] {
  const extents = geoms.filter(({ shape }) => shape !== "plane").map((geom) => extent(geom, poses));
  const low = [0, 1, 2].map((i) => Math.min(...extents.map(({ centre, reach }) => centre[i] - reach[i])));
  const high = [0, 1, 2].map((i) => Math.max(...extents.map(({ centre, reach }) => centre[i] + reach[i])));
  if (extents.length === 0) return { lookAt: [0, 0, 0], distance: 5, azimuth: -70, elevation: 15 };
  const size = Math.hypot(high[0] - low[0], high[1] - low[1], high[2] - low[2]);
  return {
    lookAt: [(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, (low[2] + high[2]) / 2],
    distance: 1.5 * Math.max(size, 1e-3), // a ball of that diameter fills 0.65 of a field of 40°
    azimuth: -70,
    elevation: 15,
  };
}

/** Centre of a solid in the world, and how far it may reach from it along x, y and z, m. */
function extent(
  { body, shape, size, position, quaternion, vertices }: SceneGeom,
  poses: Float32Array,
): { readonly centre: Vector3; readonly reach: Vector3 } {
  const [x, y, z, ...turn] = poses.subarray(body * POSE_SIZE, (body + 1) * POSE_SIZE) as unknown as number[];
  const turned = turn as unknown as Quaternion;
  const at = rotate(turned, position);
  const [a, b, c] = size;
  const corner: Vector3 = vertices
    ? ([0, 1, 2].map((i) => Math.max(...vertices.filter((_, k) => k % 3 === i).map(Math.abs))) as unknown as Vector3)
    : shape === "sphere"
      ? [a, a, a]
      : shape === "capsule"
        ? [a, a, a + b]
        : shape === "cylinder"
          ? [a, a, b]
          : [a, b, c];
  const axes = (
    [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ] as const
  ).map((axis) => rotate(turned, rotate(quaternion, axis)));
  const reach = [0, 1, 2].map((i) => axes.reduce((sum, axis, j) => sum + Math.abs(axis[i]) * corner[j], 0));
  return { centre: [x + at[0], y + at[1], z + at[2]], reach: reach as unknown as Vector3 };
}
