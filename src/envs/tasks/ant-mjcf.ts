import { type Era, link } from "../mujoco/mjcf.js";

const DENSITY = 5; // kg/m³

/** The four legs, in the order of their joints. `x`, `y`: the quadrant a leg points into. */
const LEGS = [
  { name: "front_left", x: 1, y: 1, ankleAxis: "-1 1 0", ankleRange: "30 70" },
  { name: "front_right", x: -1, y: 1, ankleAxis: "1 1 0", ankleRange: "-70 -30" },
  { name: "back_left", x: -1, y: -1, ankleAxis: "-1 1 0", ankleRange: "-70 -30" },
  { name: "back_right", x: 1, y: -1, ankleAxis: "1 1 0", ankleRange: "30 70" },
] as const;

/** A limb: a capsule from the origin of its body to (x·length, y·length, 0), x and y being ±1. */
function limb(name: string, x: number, y: number, length: number, era: Era): string {
  return link(era, name, { from: [0, 0, 0], to: [x * length, y * length, 0], radius: 0.08 }, DENSITY);
}

/** One leg: a part fixed to the torso, a thigh turning about the vertical hip, a shin turning about the ankle. */
function leg({ name, x, y, ankleAxis, ankleRange }: (typeof LEGS)[number], number: number, era: Era): string {
  return `
      <body name="${name}_leg">
        ${limb(`${name}_carrier`, x, y, 0.2, era)}
        <body name="${name}_thigh" pos="${x * 0.2} ${y * 0.2} 0">
          <joint name="hip_${number}" axis="0 0 1" range="-30 30"/>
          ${limb(`${name}_thigh`, x, y, 0.2, era)}
          <body name="${name}_shin" pos="${x * 0.2} ${y * 0.2} 0">
            <joint name="ankle_${number}" axis="${ankleAxis}" range="${ankleRange}"/>
            ${limb(`${name}_shin`, x, y, 0.4, era)}
          </body>
        </body>
      </body>`;
}

/**
 * MJCF of the ant: a sphere with four legs of two hinges each, RK4 at 0.01 s, nq 15, nv 14, nu 8.
 *
 * The margin of the floor is 0: since MuJoCo 3.5 the margins of two geoms are added where the larger one counted
 * before, and with 0.01 on both the ant would stand 1 cm higher than in every published result.
 */
export function antMjcf(era: Era): string {
  return `<mujoco model="ant">
  <compiler angle="degree" inertiafromgeom="auto"/>
  <option timestep="0.01" integrator="RK4"/>
  <default>
    <joint limited="true" armature="1" damping="1"/>
    <geom contype="1" conaffinity="0" condim="3" density="${DENSITY}" friction="1 0.5 0.5" margin="0.01"/>
    <motor ctrllimited="true" ctrlrange="-1 1" gear="150"/>
  </default>
  <worldbody>
    <geom name="floor" type="plane" size="40 40 40" conaffinity="1" margin="0"/>
    <body name="torso" pos="0 0 0.75">
      <freejoint name="root"/>
      <geom name="torso_geom" type="sphere" size="0.25"/>${LEGS.map((each, i) => leg(each, i + 1, era)).join("")}
    </body>
  </worldbody>
  <actuator>
${[4, 1, 2, 3].map((number) => `    <motor joint="hip_${number}"/>\n    <motor joint="ankle_${number}"/>`).join("\n")}
  </actuator>
</mujoco>`;
}
