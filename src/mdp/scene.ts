import type { Quaternion, Vector3 } from "../math/quaternion.js";
import type { NumberRow } from "./task.js";

export type { Quaternion, Vector3 };

/** A solid that is fixed to a body. */
export interface SceneGeom {
  readonly name: string;
  /** Index of its body in `Scene.bodies`. */
  readonly body: number;
  readonly shape: "plane" | "sphere" | "capsule" | "ellipsoid" | "cylinder" | "box" | "mesh";
  /** Half-sizes in MuJoCo's order: radius; radius and half-length (along z); half-extents. A plane of half-extents 0 has no end. */
  readonly size: Vector3;
  /** Place in the frame of the body, m. */
  readonly position: Vector3;
  readonly quaternion: Quaternion;
  /** Red, green, blue, opacity, each 0…1. */
  readonly color: readonly [number, number, number, number];
  /** Of a mesh: corners, [vertices × 3], in the geom's frame. */
  readonly vertices?: readonly number[];
  /** Of a mesh: triangles, [faces × 3], indices into its corners, counter-clockwise seen from outside. */
  readonly faces?: readonly number[];
}

/** Where two solids touch. */
export interface Contact {
  /** m, in world coordinates. */
  readonly position: Vector3;
  /** What the first exerts on the second there, N, in world coordinates. */
  readonly force: Vector3;
}

/** What a task looks like: plain data, the same for a picture, a film, a page and a file. */
export interface Scene {
  /** Names of the bodies; 0 is the world, which never moves. */
  readonly bodies: readonly string[];
  /** How many of the bodies, the first ones, the world simulates; the others are marks, such as a target. All where it is left out. */
  readonly simulated?: number;
  readonly geoms: readonly SceneGeom[];
  /**
   * A camera that shows the robot as it starts, made for a vertical field of view of 40°. It stands `distance` m from
   * `lookAt`, in the direction of azimuth (degrees about z from +x) and elevation (degrees above the ground).
   */
  readonly camera: {
    readonly lookAt: Vector3;
    readonly distance: number;
    readonly azimuth: number;
    readonly elevation: number;
  };
  /**
   * The body that the camera goes along with, where the robot travels: x and y of `camera.lookAt` are then relative to
   * this body's.
   */
  readonly follows?: number;
  /** Weight of all that moves, N: what forces are drawn to the scale of. Left out where nobody knows. */
  readonly weight?: number;
}

/**
 * Places a task's bodies. A stage stands beside the worlds of its task and never changes one.
 *
 * Poses are [bodies × 7], row-major: x y z in m, then w x y z, in world coordinates.
 */
export interface Stage {
  readonly scene: Scene;
  /** Poses in a state that `World.saveState` gave. */
  posesOfState(state: Float64Array): Float32Array;
  /**
   * Poses in a state that a model predicts, where the observation determines them up to what nobody sees (the distance
   * travelled, which is `travelled` m where the task leaves it out). Absent where it does not.
   */
  posesOfObservation?(observation: NumberRow, travelled?: Vector3): Float32Array;
  /** How fast `travelled` grows in a state that a model predicts, m/s; absent where the task leaves out no distance. */
  travelSpeed?(observation: NumberRow): Vector3;
  /** Gives native memory back. */
  close(): void;
}
