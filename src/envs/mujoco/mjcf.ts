import { ConfigError } from "../../errors/errors.js";
import { suggest } from "../../errors/nearest.js";

/**
 * How a capsule is weighed.
 *
 *   cylinder  MuJoCo until 2.1.0, hence every gym v2 and v3 result: a capsule of radius r and half-length h weighs
 *             as a solid cylinder of radius r and length 2h + r
 *   exact     MuJoCo from 2.1.1, gym v4 and v5: the capsule's own volume and inertia
 */
export type Era = "cylinder" | "exact";

/** The eras, the default first. */
export const ERAS: readonly Era[] = ["cylinder", "exact"];

/** Options of the tasks that know both eras. */
export interface EraOptions {
  /** `"cylinder"` by default. */
  readonly era?: Era;
}

/**
 * The era asked for, `"cylinder"` by default.
 *
 * @throws {ConfigError} where the era has another name
 */
export function eraOf(task: string, options: EraOptions): Era {
  const era = options.era ?? "cylinder";
  if (ERAS.includes(era)) return era;
  throw new ConfigError(`${task}.era`, `there is no era ${JSON.stringify(era)}`, suggest(String(era), ERAS));
}

type Vector3 = readonly [x: number, y: number, z: number];

/** A capsule by the centres of its end spheres, in the frame of its body, m. */
export interface Capsule {
  readonly from: Vector3;
  readonly to: Vector3;
  readonly radius: number;
}

/** `<geom>` of a capsule; `more` are further attributes. */
export function capsuleGeom(name: string, { from, to, radius }: Capsule, more = ""): string {
  return `<geom name="${name}" type="capsule" fromto="${from.join(" ")} ${to.join(" ")}" size="${radius}" ${more}/>`;
}

/**
 * `<inertial>` of a body made of capsules, each weighed as a solid cylinder of radius r and length l = 2h + r:
 *
 *   m = ρ π r² l,   I_axial = m r² / 2,   I_transverse = m (3 r² + l²) / 12
 *
 * about the common centre of mass (parallel axes), in the axes of the body. In the exact era the empty text: the
 * engine then weighs the geoms itself. The compiler's `inertiafromgeom` must be `auto`, or inertials are ignored.
 *
 * @param density ρ, kg/m³, the density that the model's defaults give the geoms
 */
export function inertial(era: Era, capsules: readonly Capsule[], density = 1000): string {
  if (era === "exact") return "";
  const parts = capsules.map(({ from, to, radius }) => {
    const along = [0, 1, 2].map((i) => to[i] - from[i]);
    const span = Math.hypot(...along);
    const length = span + radius;
    const mass = density * Math.PI * radius ** 2 * length;
    return {
      mass,
      centre: [0, 1, 2].map((i) => (from[i] + to[i]) / 2),
      axis: along.map((entry) => entry / span),
      axial: (mass * radius ** 2) / 2,
      transverse: (mass * (3 * radius ** 2 + length ** 2)) / 12,
    };
  });
  const mass = parts.reduce((sum, part) => sum + part.mass, 0);
  const centre = [0, 1, 2].map((i) => parts.reduce((sum, part) => sum + part.mass * part.centre[i], 0) / mass);
  const inertia = (i: number, j: number) =>
    parts.reduce((sum, { mass: m, centre: c, axis, axial, transverse }) => {
      const offset = c.map((entry, k) => entry - centre[k]);
      const square = offset.reduce((total, entry) => total + entry * entry, 0);
      const same = i === j ? 1 : 0;
      const own = transverse * same + (axial - transverse) * axis[i] * axis[j];
      return sum + own + m * (square * same - offset[i] * offset[j]);
    }, 0);
  const full = [inertia(0, 0), inertia(1, 1), inertia(2, 2), inertia(0, 1), inertia(0, 2), inertia(1, 2)];
  return `<inertial pos="${centre.join(" ")}" mass="${mass}" fullinertia="${full.join(" ")}"/>`;
}

/** The contents of a body that is a single capsule: its `<inertial>`, where the era needs one, and its `<geom>`. */
export function link(era: Era, name: string, capsule: Capsule, density = 1000): string {
  return inertial(era, [capsule], density) + capsuleGeom(name, capsule);
}
