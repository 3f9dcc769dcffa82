import {
  Color,
  DirectionalLight,
  Fog,
  Group,
  HemisphereLight,
  MathUtils,
  Mesh,
  MeshStandardMaterial,
  PerspectiveCamera,
  SRGBColorSpace,
  Vector3,
} from "three";
import type { Scene, SceneGeom } from "../mdp/scene.js";
import { geometryOf } from "./geometry.js";
import { isEndless, SHADES, snapped, squareSize, squares } from "./ground.js";

/** Vertical field of view that `Scene.camera` is made for, degrees. */
export const FIELD_OF_VIEW = 40;
/** Behind everything, and what far ground fades to: sRGB. */
export const BACKGROUND = "#eef2f6";

/** Direction from which the main light comes, over the left shoulder of a camera that looks along y. */
const LIGHT_FROM = new Vector3(-0.45, -0.6, 1).normalize();

/** Objects for three that show a scene. z is up, as in the scene; give cameras `up` (0, 0, 1). */
export interface SceneObjects {
  /** Holds everything; add it to a three scene. */
  readonly root: Group;
  /** One group per body of the scene, in its order. */
  readonly bodies: readonly Group[];
  /** Puts the bodies where poses, [bodies × 7], say; a patch of endless ground goes along with what is looked at. */
  place(poses: ArrayLike<number>): void;
  /** The point to look at in the poses last placed, m: it goes along with the body that the scene follows. */
  readonly target: Vector3;
  /** Gives memory of the graphics card back. */
  dispose(): void;
}

/** How a scene is drawn. */
export interface SceneStyle {
  /** Draws all bodies in this one colour, 0…1 opaque, without ground, marks and shadow: a ghost beside the real one. */
  readonly ghost?: { readonly color: string; readonly opacity: number };
}

/** Makes the objects of a scene, as it stands with every body at the origin until `place` is called. */
export function sceneObjects(scene: Scene, { ghost }: SceneStyle = {}): SceneObjects {
  const root = new Group();
  const bodies = scene.bodies.map((name) => {
    const group = new Group();
    group.name = name;
    root.add(group);
    return group;
  });
  const square = squareSize(scene.camera.distance);
  const meshes: Mesh[] = [];
  const endless: Group[] = [];
  for (const geom of scene.geoms) {
    const isGround = geom.shape === "plane";
    // What does not move, and marks that no force moves, are there once, in their own colours.
    if (ghost && (isGround || geom.body === 0 || geom.body >= (scene.simulated ?? scene.bodies.length))) continue;
    const parts = isGround ? groundMeshes(geom, square) : [solidMesh(geom, ghost)];
    const placed = new Group().add(...parts);
    placed.name = geom.name;
    placed.position.fromArray(geom.position);
    const [w, x, y, z] = geom.quaternion;
    placed.quaternion.set(x, y, z, w);
    bodies[geom.body].add(placed);
    meshes.push(...parts);
    if (isGround && isEndless(geom.size, square)) endless.push(placed);
  }
  const home = endless.map(({ position }) => position.clone());
  const [x, y, z] = scene.camera.lookAt;
  const target = new Vector3(x, y, z);
  return {
    root,
    bodies,
    target,
    place(poses) {
      bodies.forEach((group, body) => {
        const at = body * 7;
        group.position.fromArray(poses, at);
        group.quaternion.set(poses[at + 4], poses[at + 5], poses[at + 6], poses[at + 3]);
      });
      if (scene.follows === undefined) return;
      const followed = bodies[scene.follows].position;
      target.set(x + followed.x, y + followed.y, z);
      endless.forEach(({ position, quaternion }, i) => {
        const offset = target.clone().sub(home[i]).applyQuaternion(quaternion.clone().invert());
        position.copy(home[i]).add(snapped(offset, square).applyQuaternion(quaternion));
      });
    },
    dispose() {
      for (const { geometry, material } of meshes) {
        geometry.dispose();
        (material as MeshStandardMaterial).dispose();
      }
    },
  };
}

function solidMesh(geom: SceneGeom, ghost: SceneStyle["ghost"]): Mesh {
  const [r, g, b, own] = geom.color;
  const opacity = ghost?.opacity ?? own;
  const color = ghost ? new Color(ghost.color) : new Color().setRGB(r, g, b, SRGBColorSpace);
  const material = new MeshStandardMaterial({ color, roughness: 0.55, metalness: 0.05 });
  if (opacity < 1) Object.assign(material, { transparent: true, opacity, depthWrite: false });
  const mesh = new Mesh(geometryOf(geom), material);
  mesh.castShadow = opacity === 1;
  mesh.receiveShadow = !ghost;
  return mesh;
}

function groundMeshes({ size: [x, y], color: [r, g, b] }: SceneGeom, square: number): Mesh[] {
  return ([0, 1] as const).map((parity) => {
    const color = new Color().setRGB(r, g, b, SRGBColorSpace).multiplyScalar(SHADES[parity]);
    const material = new MeshStandardMaterial({ color, roughness: 1 });
    const mesh = new Mesh(squares([x, y], square, parity), material);
    mesh.receiveShadow = true;
    return mesh;
  });
}

/** Angles from which to look, degrees, in place of the scene's own. */
export interface View {
  readonly azimuth?: number;
  readonly elevation?: number;
}

/** A camera with the lens that a scene wants, still at the origin: `aim` puts it in its place. */
export function sceneCamera({ camera }: Scene, aspect: number): PerspectiveCamera {
  const made = new PerspectiveCamera(FIELD_OF_VIEW, aspect, camera.distance / 100, camera.distance * 30);
  made.up.set(0, 0, 1);
  return made;
}

/** Puts a camera where the scene wants it, or at other angles, around a target. */
export function aim(camera: PerspectiveCamera, { camera: own }: Scene, target: Vector3, view: View = {}): void {
  const azimuth = MathUtils.degToRad(view.azimuth ?? own.azimuth);
  const elevation = MathUtils.degToRad(view.elevation ?? own.elevation);
  const level = Math.cos(elevation);
  camera.position
    .set(level * Math.cos(azimuth), level * Math.sin(azimuth), Math.sin(elevation))
    .multiplyScalar(own.distance)
    .add(target);
  camera.lookAt(target);
  camera.updateMatrixWorld();
}

/** Sky and sun for a scene. */
export interface SceneLights {
  readonly sky: HemisphereLight;
  /** Casts shadows, sharp enough around the target. Add `sun.target` to the scene too. */
  readonly sun: DirectionalLight;
  /** The sun's shadows fall within so many m of its target. */
  readonly reach: number;
  /** Takes the sun's shadows along with what is looked at. */
  follow(target: Vector3): void;
  /** What far ground fades into; set it as `fog` of the three scene, and its colour as the background. */
  readonly haze: Fog;
}

export function sceneLights({ camera }: Scene): SceneLights {
  const sky = new HemisphereLight("#ffffff", "#9aa3ad", 1.6);
  sky.position.set(0, 0, 1); // a hemisphere light shines from where it stands; three's own place for it is along y
  const sun = new DirectionalLight("#ffffff", 2.2);
  const reach = camera.distance;
  sun.castShadow = true;
  sun.shadow.mapSize.set(2048, 2048);
  sun.shadow.normalBias = 0.01 * reach;
  Object.assign(sun.shadow.camera, { left: -reach, right: reach, top: reach, bottom: -reach, near: 0, far: 4 * reach });
  const follow = (target: Vector3) => {
    sun.target.position.copy(target);
    sun.position
      .copy(LIGHT_FROM)
      .multiplyScalar(2 * reach)
      .add(target);
    sun.target.updateMatrixWorld();
  };
  follow(new Vector3(...camera.lookAt));
  return { sky, sun, reach, follow, haze: new Fog(BACKGROUND, 1.3 * reach, 3.5 * reach) };
}
