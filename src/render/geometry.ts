import { BoxGeometry, BufferAttribute, BufferGeometry, CapsuleGeometry, CylinderGeometry, SphereGeometry } from "three";
import { toCreasedNormals } from "three/addons/utils/BufferGeometryUtils.js";
import type { SceneGeom } from "../mdp/scene.js";

/** Facets around a round solid. */
const AROUND = 32;
/** An edge of a mesh is rounded off in the light where its faces meet at less than this, rad. */
const CREASE = 0.6;

/**
 * Triangles of a solid, in the geom's frame, m. Capsules and cylinders lie along z, as in MuJoCo (three's lie along y).
 * A plane has no geometry of its own: see `Ground`.
 */
export function geometryOf({ shape, size: [a, b, c], vertices, faces }: SceneGeom): BufferGeometry {
  switch (shape) {
    case "sphere":
      return new SphereGeometry(a, AROUND, AROUND / 2).rotateX(Math.PI / 2);
    case "capsule":
      return new CapsuleGeometry(a, 2 * b, AROUND / 4, AROUND).rotateX(Math.PI / 2);
    case "ellipsoid":
      return new SphereGeometry(1, AROUND, AROUND / 2).rotateX(Math.PI / 2).scale(a, b, c);
    case "cylinder":
      return new CylinderGeometry(a, a, 2 * b, AROUND).rotateX(Math.PI / 2);
    case "box":
      return new BoxGeometry(2 * a, 2 * b, 2 * c);
    case "mesh": {
      const mesh = new BufferGeometry();
      mesh.setAttribute("position", new BufferAttribute(Float32Array.from(vertices ?? []), 3));
      mesh.setIndex(Array.from(faces ?? []));
      return toCreasedNormals(mesh, CREASE);
    }
    case "plane":
      return new BufferGeometry();
  }
}
