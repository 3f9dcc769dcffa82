import { ConfigError } from "../errors/errors.js";
import { suggest } from "../errors/nearest.js";
import { fromZTo, NO_ROTATION } from "../math/quaternion.js";
import type { Quaternion, SceneGeom, Vector3 } from "../mdp/scene.js";

/** Numbers of one body in a row of poses: x y z, w x y z. */
export const POSE_SIZE = 7;

/** A solid as one writes it: what is left out has a default. */
export interface GeomDefinition {
  /** The body it is fixed to; the world, which never moves, by default. */
  readonly body?: string;
  readonly name?: string;
  readonly shape: "plane" | "sphere" | "capsule" | "ellipsoid" | "cylinder" | "box";
  /** Half-sizes as in `SceneGeom`; with `from` and `to`, the radius alone. */
  readonly size: readonly number[];
  /** Of a capsule or cylinder: the ends of its axis in the frame of the body, m; in place of half-length, position and quaternion. */
  readonly from?: Vector3;
  readonly to?: Vector3;
  /** The origin of the body by default, m. */
  readonly position?: Vector3;
  readonly quaternion?: Quaternion;
  /** Red, green, blue and opacity, each 0…1; opaque where there are three. */
  readonly color?: readonly number[];
}

/** Where a body is; at the origin and not turned by default. */
export interface Place {
  readonly position?: Vector3;
  readonly quaternion?: Quaternion;
}

/** Places of bodies by name. */
export type Places = Readonly<Record<string, Place>>;

/** How many half-sizes a shape has. */
const SIZES = { plane: 2, sphere: 1, capsule: 2, ellipsoid: 3, cylinder: 2, box: 3 } as const;

/** Colours of what is given none: of solids, and of planes. */
export const CLAY = [0.8, 0.55, 0.35, 1] as const;
export const STONE = [0.88, 0.9, 0.92, 1] as const;

/**
 * Solids with everything filled in. Bodies come into being where a solid names them, and are appended.
 *
 * @param bodies names of the bodies that are there, 0 being the world
 * @throws {ConfigError} where a shape is unknown, or sizes or colours do not fit
 */
export function addGeoms(
  where: string,
  bodies: readonly string[],
  definitions: readonly GeomDefinition[],
): { readonly bodies: readonly string[]; readonly geoms: readonly SceneGeom[] } {
  const names = [...bodies];
  const geoms = definitions.map((definition, i): SceneGeom => {
    const { shape, from, to } = definition;
    const color = definition.color ?? (shape === "plane" ? STONE : CLAY);
    const ends = from && to && ([from, to] as const);
    const at = `${where}[${i}]`;
    if (!Object.hasOwn(SIZES, shape)) {
      throw new ConfigError(
        `${at}.shape`,
        `there is no shape ${JSON.stringify(shape)}`,
        suggest(String(shape), Object.keys(SIZES)),
      );
    }
    const size = ends ? [definition.size[0], distance(...ends) / 2] : definition.size;
    if (size.length !== SIZES[shape] || !size.every((entry) => entry >= 0 && Number.isFinite(entry))) {
      throw new ConfigError(
        `${at}.size`,
        `a ${shape} has ${SIZES[shape]}, each finite and at least 0, got ${JSON.stringify(definition.size)}`,
        ends ? "Give the radius alone: the ends say how long it is" : "Give half-sizes in m",
      );
    }
    if ((color.length !== 3 && color.length !== 4) || !color.every((part) => part >= 0 && part <= 1)) {
      throw new ConfigError(
        `${at}.color`,
        `must be three or four numbers from 0 to 1, got ${JSON.stringify(color)}`,
        "Give red, green, blue and, if you like, opacity",
      );
    }
    const name = definition.body ?? names[0];
    if (!names.includes(name)) names.push(name);
    return {
      name: definition.name ?? `${name} ${shape} ${i}`,
      body: names.indexOf(name),
      shape,
      size: [size[0], size[1] ?? 0, size[2] ?? 0],
      position: ends ? middle(...ends) : (definition.position ?? [0, 0, 0]),
      quaternion: ends ? fromZTo(difference(ends[1], ends[0])) : (definition.quaternion ?? NO_ROTATION),
      color: [color[0], color[1], color[2], color[3] ?? 1],
    };
  });
  return { bodies: names, geoms };
}

/**
 * Writes places into a row of poses, in place.
 *
 * @throws {ConfigError} where there is no body of that name
 */
export function putPlaces(where: string, bodies: readonly string[], places: Places, poses: Float32Array): void {
  for (const [name, { position = [0, 0, 0], quaternion = NO_ROTATION }] of Object.entries(places)) {
    const body = bodies.indexOf(name);
    if (body < 0) {
      throw new ConfigError(where, `places ${JSON.stringify(name)}, which is no body`, suggest(name, bodies));
    }
    poses.set(position, body * POSE_SIZE);
    poses.set(quaternion, body * POSE_SIZE + 3);
  }
}

/** Poses in which every body stands at the origin, [bodies × 7]. */
export function posesAtOrigin(bodies: number): Float32Array {
  const poses = new Float32Array(bodies * POSE_SIZE);
  for (let body = 0; body < bodies; body++) poses[body * POSE_SIZE + 3] = 1;
  return poses;
}

const difference = (a: Vector3, b: Vector3): Vector3 => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
const distance = (a: Vector3, b: Vector3): number => Math.hypot(...difference(a, b));
const middle = (a: Vector3, b: Vector3): Vector3 => [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2, (a[2] + b[2]) / 2];
