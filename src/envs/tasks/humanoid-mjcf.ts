import { capsuleGeom, type Era, link } from "../mujoco/mjcf.js";

/** The motors in the order of the action: joint and gear, N·m per unit of action. */
export const HUMANOID_MOTORS = [
  ["abdomen_y", 100],
  ["abdomen_z", 100],
  ["abdomen_x", 100],
  ["right_hip_x", 100],
  ["right_hip_z", 100],
  ["right_hip_y", 300],
  ["right_knee", 200],
  ["left_hip_x", 100],
  ["left_hip_z", 100],
  ["left_hip_y", 300],
  ["left_knee", 200],
  ["right_shoulder1", 25],
  ["right_shoulder2", 25],
  ["right_elbow", 25],
  ["left_shoulder1", 25],
  ["left_shoulder2", 25],
  ["left_elbow", 25],
] as const;

/** A side of the body, y being +1 on the left. Gym's two knees and two hips about y do differ. */
interface Side {
  readonly name: "right" | "left";
  readonly y: -1 | 1;
  readonly hipYArmature: number;
  readonly kneeStiffness: number;
  readonly shoulderRange: string;
}
const RIGHT: Side = { name: "right", y: -1, hipYArmature: 0.008, kneeStiffness: 0, shoulderRange: "-85 60" };
const LEFT: Side = { name: "left", y: 1, hipYArmature: 0.01, kneeStiffness: 1, shoulderRange: "-60 85" };

/** Chest, head and upper waist. The inertial is that of two capsules as in `inertial` and a solid sphere. */
function torso(era: Era): string {
  const mass = `<inertial pos="-0.0024462061155153 0 0.040362400906002" mass="8.3220789393594"
        fullinertia="0.15905579528842 0.14762510597101 0.033216463086122 0 -0.0032645808470771 0"/>`;
  return `${era === "exact" ? "" : mass}
      ${capsuleGeom("chest", { from: [0, -0.07, 0], to: [0, 0.07, 0], radius: 0.07 })}
      <geom name="head" type="sphere" pos="0 0 0.19" size="0.09"/>
      ${capsuleGeom("upper_waist", { from: [-0.01, -0.06, -0.12], to: [-0.01, 0.06, -0.12], radius: 0.06 })}`;
}

/** Lower arm and hand. The inertial is that of a capsule as in `inertial` and a solid sphere. */
function lowerArm({ name, y }: Side, era: Era): string {
  const at = 0.11013399247995;
  const same = 0.0087477007235142;
  const mixed = 0.0040645688394292;
  const mass = `<inertial pos="${at} ${-at * y} ${at}" mass="1.1983431305834"
            fullinertia="${same} ${same} ${same} ${mixed * y} ${-mixed} ${mixed * y}"/>`;
  return `${era === "exact" ? "" : mass}
          ${capsuleGeom(`${name}_lower_arm`, { from: [0.01, -0.01 * y, 0.01], to: [0.17, -0.17 * y, 0.17], radius: 0.031 })}
          <geom name="${name}_hand" type="sphere" pos="0.18 ${-0.18 * y} 0.18" size="0.04"/>`;
}

function leg(side: Side, era: Era): string {
  const { name, y } = side;
  return `
          <body name="${name}_thigh" pos="0 ${0.1 * y} -0.04">
            <joint name="${name}_hip_x" axis="${-y} 0 0" range="-25 5"/>
            <joint name="${name}_hip_z" axis="0 0 ${-y}" range="-60 35"/>
            <joint name="${name}_hip_y" axis="0 1 0" range="-110 20" armature="${side.hipYArmature}" stiffness="20"/>
            ${link(era, `${name}_thigh`, { from: [0, 0, 0], to: [0, -0.01 * y, -0.34], radius: 0.06 })}
            <body name="${name}_shin" pos="0 ${-0.01 * y} -0.403">
              <joint name="${name}_knee" pos="0 0 0.02" axis="0 -1 0" range="-160 -2" armature="0.006" damping="1"
                stiffness="${side.kneeStiffness}"/>
              ${link(era, `${name}_shin`, { from: [0, 0, 0], to: [0, 0, -0.3], radius: 0.049 })}
              <body name="${name}_foot" pos="0 0 -0.45">
                <geom name="${name}_foot" type="sphere" pos="0 0 0.1" size="0.075"/>
              </body>
            </body>
          </body>`;
}

function arm(side: Side, era: Era): string {
  const { name, y } = side;
  return `
      <body name="${name}_upper_arm" pos="0 ${0.17 * y} 0.06" childclass="arm">
        <joint name="${name}_shoulder1" axis="2 ${-y} 1" range="${side.shoulderRange}" armature="0.0068"/>
        <joint name="${name}_shoulder2" axis="0 ${y} 1" range="${side.shoulderRange}" armature="0.0051"/>
        ${link(era, `${name}_upper_arm`, { from: [0, 0, 0], to: [0.16, 0.16 * y, -0.16], radius: 0.04 })}
        <body name="${name}_lower_arm" pos="0.18 ${0.18 * y} -0.18">
          <joint name="${name}_elbow" axis="0 -1 ${-y}" range="-90 50" armature="0.0028" stiffness="0"/>
          ${lowerArm(side, era)}
        </body>
      </body>`;
}

/**
 * MJCF of the humanoid: 13 bodies, 17 hinges, RK4 at 0.003 s, PGS, nq 24, nv 23, nu 17.
 *
 * All its parts may touch each other, but for parents and children. The margin of the floor is 0: since MuJoCo 3.5
 * the margins of two geoms are added, where before the larger one counted (0.001 for every pair). Pairs of the
 * robot's own parts still add up to 0.002.
 */
export function humanoidMjcf(era: Era): string {
  return `<mujoco model="humanoid">
  <compiler angle="degree" inertiafromgeom="auto"/>
  <option timestep="0.003" integrator="RK4" solver="PGS" iterations="50"/>
  <default>
    <joint limited="true" armature="0.01" damping="5" stiffness="10"/>
    <geom contype="1" conaffinity="1" condim="1" density="1000" margin="0.001"/>
    <motor ctrllimited="true" ctrlrange="-0.4 0.4"/>
    <default class="arm">
      <joint damping="1" stiffness="1"/>
    </default>
  </default>
  <worldbody>
    <geom name="floor" type="plane" size="20 20 0.125" condim="3" friction="1 0.1 0.1" margin="0"/>
    <body name="torso" pos="0 0 1.4">
      <freejoint name="root"/>
      ${torso(era)}
      <body name="lwaist" pos="-0.01 0 -0.26" quat="1 0 -0.002 0">
        <joint name="abdomen_z" pos="0 0 0.065" axis="0 0 1" range="-45 45" armature="0.02" stiffness="20"/>
        <joint name="abdomen_y" pos="0 0 0.065" axis="0 1 0" range="-75 30" armature="0.02"/>
        ${link(era, "lower_waist", { from: [0, -0.06, 0], to: [0, 0.06, 0], radius: 0.06 })}
        <body name="pelvis" pos="0 0 -0.165" quat="1 0 -0.002 0">
          <joint name="abdomen_x" pos="0 0 0.1" axis="1 0 0" range="-35 35" armature="0.02"/>
          ${link(era, "butt", { from: [-0.02, -0.07, 0], to: [-0.02, 0.07, 0], radius: 0.09 })}${leg(RIGHT, era)}${leg(LEFT, era)}
        </body>
      </body>${arm(RIGHT, era)}${arm(LEFT, era)}
    </body>
  </worldbody>
  <actuator>
${HUMANOID_MOTORS.map(([joint, gear]) => `    <motor name="${joint}" joint="${joint}" gear="${gear}"/>`).join("\n")}
  </actuator>
</mujoco>`;
}
