type Vector3 = readonly [x: number, y: number, z: number];

/** Density of the arm's solids, kg/m³. */
const DENSITY = 1000;

/** What a body weighs: mass kg, centre of mass m, axes (quaternion w x y z) and diagonal of its inertia, kg·m². */
interface Inertia {
  readonly mass: number;
  readonly centre: Vector3;
  readonly axes: string;
  readonly diagonal: Vector3;
}

/** Axes of inertia of what is round about x, y or z: the last entry of the diagonal belongs to that axis. */
const ABOUT = {
  x: "0.7071067811865476 0 -0.7071067811865476 0",
  y: "0.7071067811865476 0.7071067811865476 0 0",
  z: "1 0 0 0",
} as const;

/**
 * A capsule of radius r and length l (between the centres of its caps), round about one axis:
 *
 *   m = m_c + m_s,  m_c = ρ π r² l,  m_s = ρ 4/3 π r³
 *   I_axial = m_c r² / 2 + m_s 2 r² / 5
 *   I_transverse = m_c (3 r² + l²) / 12 + m_s (2 r² / 5 + 3 r l / 8 + l² / 4)
 */
function capsuleInertia(about: keyof typeof ABOUT, r: number, l: number, centre: Vector3 = [0, 0, 0]): Inertia {
  const cylinder = DENSITY * Math.PI * r ** 2 * l;
  const caps = (DENSITY * 4 * Math.PI * r ** 3) / 3;
  const axial = (cylinder * r ** 2) / 2 + (caps * 2 * r ** 2) / 5;
  const transverse = (cylinder * (3 * r ** 2 + l ** 2)) / 12 + caps * ((2 * r ** 2) / 5 + (3 * r * l) / 8 + l ** 2 / 4);
  return { mass: cylinder + caps, centre, axes: ABOUT[about], diagonal: [transverse, transverse, axial] };
}

/** A hinge and its motor. */
interface Hinge {
  readonly axis: Vector3;
  /** rad */
  readonly range: readonly [low: number, high: number];
  /** N·m·s/rad */
  readonly damping: number;
  /** Torque at a command of 1, N·m. */
  readonly gear: number;
}

/** A body of the arm, which hangs on the one before it in the list. */
interface Link {
  readonly name: string;
  /** Where it sits on the one before, m. */
  readonly at: Vector3;
  /** What turns it; absent where it is fixed. */
  readonly hinge?: Hinge;
  readonly inertia: Inertia;
  /** Its solids, as MJCF. */
  readonly solids: string;
}

const capsule = (material: string, radius: number, fromto: string) =>
  `<geom class="seen" type="capsule" size="${radius}" fromto="${fromto}" material="${material}"/>`;
const sphere = (material: string, radius: number, pos: string) =>
  `<geom class="seen" size="${radius}" pos="${pos}" material="${material}"/>`;

const HEAD = [-0.06, 0.06]
  .map((x) => sphere("dark", 0.05, `${x} 0.05 0.2`) + sphere("red", 0.03, `${x} 0.09 0.2`))
  .join("");

/** A rod that turns about the arm's own axis, as above elbow and wrist. */
const roll = (name: string, range: Hinge["range"]): Link => ({
  name,
  at: [0, 0, 0],
  hinge: { axis: [1, 0, 0], range, damping: 0.8, gear: 10 },
  inertia: capsuleInertia("x", 0.02, 0.2),
  solids: capsule("dark", 0.02, "-0.1 0 0 0.1 0 0"),
});

/** The bodies from the column to the hand. @param forearm length of the forearm as a multiple of the original */
const links = (forearm: number): readonly Link[] => [
  {
    name: "r_shoulder_pan",
    at: [0, -0.6, 0],
    hinge: { axis: [0, 0, 1], range: [-2.2854, 1.714602], damping: 2, gear: 20 },
    inertia: {
      mass: 24.31173835,
      centre: [0, 0.002991040662, -0.08428669883],
      axes: "0.7070752488 -0.006677759016 0.006677759016 0.7070752488",
      diagonal: [1.215310514, 1.214568465, 0.1205579432],
    },
    solids: capsule("dark", 0.1, "0 0 -0.4 0 0 0.2") + HEAD,
  },
  {
    name: "r_shoulder_lift",
    at: [0.1, 0, 0],
    hinge: { axis: [0, 1, 0], range: [-0.5236, 1.3963], damping: 2, gear: 10 },
    inertia: capsuleInertia("y", 0.1, 0.2),
    solids: capsule("red", 0.1, "0 -0.1 0 0 0.1 0"),
  },
  roll("r_upper_arm_roll", [-1.5, 1.7]),
  {
    name: "r_upper_arm",
    at: [0, 0, 0],
    inertia: capsuleInertia("x", 0.06, 0.4, [0.2, 0, 0]),
    solids: capsule("light", 0.06, "0 0 0 0.4 0 0"),
  },
  {
    name: "r_elbow_flex",
    at: [0.4, 0, 0],
    hinge: { axis: [0, 1, 0], range: [-2.3213, 0], damping: 0.8, gear: 10 },
    inertia: capsuleInertia("y", 0.06, 0.04),
    solids: capsule("red", 0.06, "0 -0.02 0 0 0.02 0"),
  },
  roll("r_forearm_roll", [-1.5, 1.5]),
  {
    name: "r_forearm",
    at: [0, 0, 0],
    inertia: capsuleInertia("x", 0.05, 0.291 * forearm, [0.1455 * forearm, 0, 0]),
    solids: capsule("light", 0.05, `0 0 0 ${0.291 * forearm} 0 0`),
  },
  {
    name: "r_wrist_flex",
    at: [0.321 * forearm, 0, 0],
    hinge: { axis: [0, 1, 0], range: [-1.094, 0], damping: 0.8, gear: 10 },
    inertia: capsuleInertia("y", 0.01, 0.04),
    solids: capsule("dark", 0.01, "0 -0.02 0 0 0.02 0"),
  },
  {
    name: "r_wrist_roll",
    at: [0, 0, 0],
    hinge: { axis: [1, 0, 0], range: [-1.5, 1.5], damping: 0.8, gear: 10 },
    inertia: capsuleInertia("z", 0.08, 0, [0.03, 0, 0]),
    solids: `<geom name="hand" class="felt" size="0.08" pos="0.03 0 0" material="hand"/>${sphere("red", 0.03, "0 0 0")}<site name="finger" size="0.02"/>`,
  },
];

/** The links from `from` on, each inside the one before. */
function chain(all: readonly Link[], from = 0): string {
  const link = all[from];
  if (link === undefined) return "";
  const { name, at, hinge, inertia, solids } = link;
  const joint =
    hinge &&
    `<joint name="${name}_joint" axis="${hinge.axis.join(" ")}" range="${hinge.range.join(" ")}" damping="${hinge.damping}"/>`;
  return `
    <body name="${name}_link" pos="${at.join(" ")}">
      ${joint ?? ""}
      <inertial mass="${inertia.mass}" pos="${inertia.centre.join(" ")}" quat="${inertia.axes}" diaginertia="${inertia.diagonal.join(" ")}"/>
      ${solids}${chain(all, from + 1)}
    </body>`;
}

/**
 * MJCF of the arm: nine bodies and seven hinges over a table, without gravity; nq 7, nv 7, nu 7. Hand and table are
 * the only solids that touch anything, and without friction. Their margins are half of the original's 0.002 m: since
 * MuJoCo 3.5 margins of two geoms are added where the larger one counted before.
 *
 * @param forearm length of the forearm as a multiple of the original; mass and inertia of its capsule follow
 */
export function reacher7dofMjcf(forearm: number): string {
  const all = links(forearm);
  const motors = all.flatMap(({ name, hinge }) =>
    hinge ? [`    <motor name="${name}" joint="${name}_joint" gear="${hinge.gear}"/>`] : [],
  );
  return `<mujoco model="reacher-7dof">
  <compiler angle="radian" inertiafromgeom="auto"/>
  <option timestep="0.01" gravity="0 0 0" integrator="Euler">
    <flag nativeccd="disable" multiccd="disable"/>
  </option>
  <default>
    <joint limited="true" armature="0.004"/>
    <motor ctrllimited="true" ctrlrange="-1 1"/>
    <default class="seen"><geom contype="0" conaffinity="0" mass="0"/></default>
    <default class="felt"><geom contype="1" conaffinity="1" condim="1" friction="0.5 0.1 0.1" margin="0.001"/></default>
  </default>
  <asset>
    <material name="dark" rgba="0.22 0.24 0.28 1"/>
    <material name="light" rgba="0.86 0.87 0.89 1"/>
    <material name="red" rgba="0.78 0.2 0.16 1"/>
    <material name="hand" rgba="0.3 0.45 0.7 0.55"/>
    <material name="target" rgba="0.2 0.7 0.3 0.6"/>
    <material name="table" rgba="0.8 0.74 0.65 1"/>
  </asset>
  <worldbody>
    <light directional="true" pos="0 0 3" dir="0 0.3 -1"/>
    <geom name="table" class="felt" type="plane" pos="0 0.5 -0.425" size="1 1 0.1" material="table"/>
    <body name="target" mocap="true" pos="0.1 0.1 0.1">${sphere("target", 0.05, "0 0 0")}</body>${chain(all)}
  </worldbody>
  <actuator>
${motors.join("\n")}
  </actuator>
</mujoco>
`;
}
