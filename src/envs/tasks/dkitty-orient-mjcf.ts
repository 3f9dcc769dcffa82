/** The legs in the order of the actuators; x and y are the side of the torso that each is on. */
const LEGS = [
  { name: "FR", number: 1, x: 1, y: 1 },
  { name: "FL", number: 2, x: -1, y: 1 },
  { name: "BL", number: 3, x: -1, y: -1 },
  { name: "BR", number: 4, x: 1, y: -1 },
] as const;
type Leg = (typeof LEGS)[number];

/** A joint of a leg, and what an action can ask of it. */
export interface LegJoint {
  readonly name: string;
  /** What its actuator and its stops allow, rad. */
  readonly range: readonly [number, number];
  /** Joint angles of the actions −1 and 1, rad. */
  readonly reach: readonly [number, number];
}

/** The 12 joints in the order of actuators, actions and observations: of each leg hip, knee and ankle. */
export const LEG_JOINTS: readonly LegJoint[] = LEGS.flatMap(({ name, number, x }) => [
  {
    name: `${name}J${number}0`,
    range: x > 0 ? [-3.419, 0.279] : [-0.279, 3.419],
    reach: x > 0 ? [-0.5, 0.279] : [-0.279, 0.5],
  },
  { name: `${name}J${number}1`, range: [-2.14, 2.14], reach: [0, Math.PI / 2] },
  { name: `${name}J${number}2`, range: [-1.57, 1.57], reach: [-2, 0] },
]);

/**
 * A torso plate: a prism that tapers along y, by its half-width at the end nearer to the middle and at the outer end.
 * `towards` is 1 in front and −1 behind.
 */
interface Plate {
  readonly inner: readonly [halfWidth: number, y: number];
  readonly outer: readonly [halfWidth: number, y: number];
}
const PLATES: readonly Plate[] = [
  { inner: [0.06244247, 0.10598842], outer: [0.0623355, 0.1379166] },
  { inner: [0.04427562, 0.05333158], outer: [0.06166623, 0.1058204] },
  { inner: [0.03943037, -0.00111323], outer: [0.04458495, 0.05353842] },
];
const PLATE_TOP = 0.01761886; // m
const PLATE_BOTTOM = -0.01762137;

const plateName = (towards: 1 | -1, i: number) => `plate_${towards > 0 ? "front" : "back"}_${i}`;

function plateMesh({ inner, outer }: Plate, towards: 1 | -1, i: number): string {
  const corners = [inner, outer].flatMap(([half, y]) =>
    [half, -half].flatMap((x) => [PLATE_TOP, PLATE_BOTTOM].map((z) => `${x} ${towards * y} ${z}`)),
  );
  return `<mesh name="${plateName(towards, i)}" vertex="${corners.join("  ")}"/>`;
}

const EACH_PLATE = ([-1, 1] as const).flatMap((towards) => PLATES.map((plate, i) => ({ plate, towards, i })));

function leg({ name, number, x, y }: Leg): string {
  const body = (segment: number) => `${name}${number}${segment}`;
  const joint = (segment: number, axis: string) => {
    const { name: id, range } = LEG_JOINTS[3 * (number - 1) + segment];
    return `<joint class="leg" name="${id}" axis="${axis}" range="${range.join(" ")}"/>`;
  };
  const bracket = (segment: number, side: 1 | -1) =>
    `<geom class="bracket" name="${body(segment)}_bracket_${side > 0 ? "right" : "left"}" size="0.0015 0.013 0.029" pos="${0.02 * side} 0 0.026"/>`;
  return `
        <body name="${body(0)}" pos="${0.09 * x} ${0.122 * y} 0" euler="0 ${-3.14 * x} 0">
          <inertial pos="0 0 0.07587288136" quat="0.9999999168 0 0 0.0004080239532" mass="0.118" diaginertia="7.072592691e-05 7.045675953e-05 2.44845e-05"/>
          ${joint(0, "0 1 0")}
          <geom class="bracket" name="${body(0)}_bracket_right" size="0.0015 0.013 0.029" pos="0 -0.02 0.026" euler="0 0 1.57"/>
          <geom class="bracket" name="${body(0)}_bracket_left" size="0.0015 0.013 0.029" pos="0 0.02 0.026" euler="0 0 1.57"/>
          <geom class="bracket" name="${body(0)}_bridge" size="0.019 0.016 0.004" pos="0 0 0.051" euler="0 0 1.57"/>
          <geom class="bracket" name="${body(0)}_mount" size="0.019 0.013 0.006" pos="0 0 0.061"/>
          <geom class="motor" name="${body(0)}_motor" size="0.018 0.015 0.024" pos="0 0 0.084"/>
          <geom class="horn" name="${body(0)}_horn" fromto="0 -0.0225 0 0 0.0225 0"/>
          <body name="${body(1)}" pos="0 0 0.0965">
            <inertial pos="0 0 0.07583050847" quat="1 0 0 1" mass="0.118" diaginertia="7.284611017e-05 6.56669435e-05 2.44845e-05"/>
            ${joint(1, "1 0 0")}
            ${bracket(1, -1)}
            ${bracket(1, 1)}
            <geom class="bracket" name="${body(1)}_bridge" size="0.019 0.016 0.004" pos="0 0 0.051"/>
            <geom class="bracket" name="${body(1)}_mount" size="0.019 0.013 0.006" pos="0 0 0.06"/>
            <geom class="motor" name="${body(1)}_motor" size="0.018 0.015 0.023" pos="0 0 0.084"/>
            <geom class="horn" name="${body(1)}_horn" fromto="-0.0225 0 0 0.0225 0 0"/>
            <body name="${body(2)}" pos="0 0 0.0945">
              <inertial pos="0 0 0.0608" quat="1 0 0 1" mass="0.04" diaginertia="3.494865324e-05 3.093848658e-05 7.767412934e-06"/>
              ${joint(2, "1 0 0")}
              ${bracket(2, -1)}
              ${bracket(2, 1)}
              <geom class="bracket" name="${body(2)}_bridge" size="0.019 0.016 0.004" pos="0 0 0.052"/>
              <geom class="bracket" name="${body(2)}_mount" size="0.025 0.014 0.003" pos="0 0 0.058"/>
              <geom class="foot" name="${body(2)}_foot" size="0.0103 0.0187" pos="0 0 0.082"/>
              <geom class="horn" name="${body(2)}_horn" fromto="-0.0225 0 0 0.0225 0 0"/>
            </body>
          </body>
        </body>`;
}

const HEIGHTS = `
    <hfield name="ground" nrow="120" ncol="120" size="4.5 4.5 0.05 0.1"/>`;
const UNEVEN = `
    <geom name="ground" type="hfield" hfield="ground" pos="0 0 -0.005" rgba="0.8 0.85 0.88 1"/>`;

/**
 * MJCF of D'Kitty on a flat floor: 14 bodies, 6 root joints and 12 hinges, Euler at 0.0025 s, nq = nv = 18, nu 12.
 *
 * Inertials are explicit, so that geoms only collide or only show. Margins are half of the original's: since MuJoCo 3.5 the
 * margins of two geoms are added, where before the larger one counted. The two flags bring the collider of those days back.
 *
 * @param uneven whether a height field lies over the floor: 120 × 120 heights over 9 m × 9 m, of 5 cm from −0.5 cm on
 */
export function dkittyMjcf(uneven = false): string {
  return `<mujoco model="dkitty">
  <compiler angle="radian"/>
  <option timestep="0.0025">
    <flag nativeccd="disable" multiccd="disable"/>
  </option>
  <default>
    <geom margin="0.0005" friction="1 0.005 0.0001"/>
    <default class="root"><joint damping="0" armature="0"/></default>
    <default class="leg"><joint type="hinge" damping="1" armature="0.001"/></default>
    <default class="part">
      <geom condim="4" solimp="0.8 0.9 0.01" type="box"/>
      <default class="plate"><geom type="mesh" rgba="0.92 0.92 0.9 1"/></default>
      <default class="bracket"><geom rgba="0.55 0.57 0.6 1"/></default>
      <default class="motor"><geom rgba="0.16 0.17 0.19 1"/></default>
      <default class="foot"><geom type="capsule" rgba="0.9 0.45 0.1 1"/></default>
    </default>
    <default class="looks">
      <geom contype="0" conaffinity="0" group="1" mass="0" rgba="0.3 0.31 0.34 1"/>
      <default class="horn"><geom type="cylinder" size="0.011" rgba="0.75 0.77 0.8 1"/></default>
    </default>
    <position kp="5"/>
  </default>
  <asset>
    ${EACH_PLATE.map(({ plate, towards, i }) => plateMesh(plate, towards, i)).join("\n    ")}${uneven ? HEIGHTS : ""}
  </asset>
  <worldbody>
    <light directional="true" pos="0 0 3" dir="0 0 -1"/>
    <geom name="floor" type="plane" size="5 5 0.1" rgba="0.8 0.85 0.88 1"/>${uneven ? UNEVEN : ""}
    <body name="target" mocap="true">
      <geom class="looks" name="target" type="cylinder" size="0.03 0.002" pos="0 0 0.002" rgba="0.2 0.65 0.3 1"/>
    </body>
    <body name="kitty_frame" pos="0 0 0.3">
      <inertial pos="0 0 0" mass="0.01" diaginertia="4e-07 4e-07 4e-07"/>
      <joint class="root" name="Tx" type="slide" axis="1 0 0" range="-10 10"/>
      <joint class="root" name="Ty" type="slide" axis="0 1 0" range="-10 10"/>
      <joint class="root" name="Tz" type="slide" axis="0 0 1" range="-2 2"/>
      <joint class="root" name="Rx" type="hinge" axis="1 0 0" range="-3.14 3.14"/>
      <joint class="root" name="Ry" type="hinge" axis="0 1 0" range="-3.14 3.14"/>
      <joint class="root" name="Rz" type="hinge" axis="0 0 1" range="-3.14 3.14"/>
      <geom name="root" type="sphere" size="0.01"/>
      <body name="dkitty">
        <inertial pos="0 0 -6.551686157e-07" quat="0.5 0.5 -0.5 0.5" mass="0.72" diaginertia="0.01007138565 0.007638504248 0.002562305457"/>
        ${EACH_PLATE.map(({ towards, i }) => `<geom class="plate" name="${plateName(towards, i)}" mesh="${plateName(towards, i)}"/>`).join("\n        ")}
        ${LEGS.map(({ name, x, y }) => `<geom class="motor" name="${name}_hip_motor" size="0.024 0.018 0.015" pos="${0.078 * x} ${0.122 * y} 0"/>`).join("\n        ")}
        <geom class="looks" name="battery" type="box" size="0.03 0.075 0.011" pos="0 -0.015 0.028"/>
        <geom class="looks" name="neck" type="box" size="0.012 0.012 0.012" pos="0 0.118 0.028"/>
        <geom class="looks" name="head" type="box" size="0.034 0.016 0.02" pos="0 0.132 0.056" rgba="0.92 0.92 0.9 1"/>
        <geom class="looks" name="right_eye" type="sphere" size="0.007" pos="0.015 0.147 0.06" rgba="0.1 0.55 0.85 1"/>
        <geom class="looks" name="left_eye" type="sphere" size="0.007" pos="-0.015 0.147 0.06" rgba="0.1 0.55 0.85 1"/>${LEGS.map(leg).join("")}
      </body>
    </body>
  </worldbody>
  <actuator>
    ${LEG_JOINTS.map(({ name, range }) => `<position name="${name}" joint="${name}" ctrlrange="${range.join(" ")}"/>`).join("\n    ")}
  </actuator>
</mujoco>
`;
}
