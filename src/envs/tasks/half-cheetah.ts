import { mul, sub } from "../../compute/operators.js";
import type { Task } from "../../mdp/task.js";
import { alwaysAlive, column } from "../../mdp/task-graphs.js";
import { type Capsule, capsuleGeom, type Era, type EraOptions, eraOf, inertial, link } from "../mujoco/mjcf.js";
import { seenFrom } from "../mujoco/mujoco-stage.js";
import { mujocoTask } from "../mujoco/mujoco-task.js";
import { box, normalAround, squaredEffort, squaredEffortNode, uniformAround } from "../spaces.js";

const FORWARD_VELOCITY = 17;
const EFFORT = 0.1; // cost of Σ aᵢ²

/**
 * HalfCheetah-v2: a planar runner with a front and a back leg.
 *
 *                    ○ head        z up, x forward; pitch and joints turn in the x-z plane.
 *   ○───────────────○              Height 0 is the pose at rest, with the torso 0.7 m above the floor.
 *   │ back          │ front
 *
 * | state | name | unit | bounds |
 * |---|---|---|---|
 * | 0 | torso height over the pose at rest | m | none |
 * | 1 | torso pitch | rad | none |
 * | 2–4 | back thigh, shin, foot joint | rad | none declared; soft stops −0.52…1.05, ±0.785, −0.4…0.785 |
 * | 5–7 | front thigh, shin, foot joint | rad | none declared; soft stops −1…0.7, −1.2…0.87, ±0.5 |
 * | 8, 9 | velocity of the torso along x, z | m/s | none |
 * | 10–16 | pitch rate, then the rates of the joints in their order | rad/s | none |
 * | 17 | v_fd = (x_t − x_{t−1}) / 0.05 | m/s | none; 0 at reset |
 *
 * | action | name | unit | bounds |
 * |---|---|---|---|
 * | 0–5 | motors of the joints in their order | 120, 90, 60, 120, 60, 30 N·m | ±1 |
 *
 * Entry 17 is ours; gym's observation is entries 0–16, from which the reward cannot be computed.
 *
 *   R(s, a, s′) = v_fd′ − 0.1 Σ aᵢ²             a as executed
 *
 * Start: the pose at rest, each position off by uniform(−0.1, 0.1), each velocity 0.1 × standard normal.
 * No terminal states; cut after 1000 steps of 0.05 s.
 */
export function halfCheetah(options: EraOptions = {}): Task {
  const era = eraOf("half-cheetah-v2", options);
  return mujocoTask({
    id: "half-cheetah-v2",
    title: "HalfCheetah: a planar runner with two legs (gym v2)",
    options: { era },
    mjcf: cheetahMjcf(era),
    timestep: 0.01,
    frameSkip: 5,
    observation: box([
      ["torso height over rest [m]"],
      ["torso pitch [rad]"],
      ...MOTORS.map(([joint]) => [`${joint} joint [rad]`] as const),
      ["x velocity [m/s]"],
      ["z velocity [m/s]"],
      ["pitch rate [rad/s]"],
      ...MOTORS.map(([joint]) => [`${joint} rate [rad/s]`] as const),
      ["finite-difference x velocity [m/s]"],
    ]),
    action: box(MOTORS.map(([joint, gear]) => [`${joint} motor [${gear} N·m]`, 1])),
    horizon: 1000,
    start: (qpos0, qvel0, rng) => ({ qpos: uniformAround(qpos0, 0.1, rng), qvel: normalAround(qvel0, 0.1, rng) }),
    track: ({ qpos }) => qpos[0],
    observe: ({ qpos, qvel, trackedVelocity }) => Float64Array.of(...qpos.subarray(1), ...qvel, trackedVelocity),
    simulated: {
      reward: ({ before, after, action }) =>
        (after.qpos[0] - before.qpos[0]) / 0.05 - action.reduce((sum, a) => sum + a * a, 0) / 10,
      isTerminal: () => false,
    },
    reward: (_, action, next) => next[FORWARD_VELOCITY] - EFFORT * squaredEffort(action, 1),
    rewardTerms: (_, action, next) => ({
      forward: next[FORWARD_VELOCITY],
      effort: -EFFORT * squaredEffort(action, 1),
    }),
    isTerminal: () => false,
    graphs: {
      reward: (_, actions, next) => sub(column(next, FORWARD_VELOCITY), mul(EFFORT, squaredEffortNode(actions, 1))),
      alive: alwaysAlive,
    },
    policyInputScale: Array.from({ length: 18 }, (_, i) => (i < 8 ? 1 : 0.1)),
    solvedReturn: 4800,
    looks: { follows: "torso", poseOf: seenFrom(1, 9), travelSpeed: (s) => [s[FORWARD_VELOCITY], 0, 0] },
  });
}

/** Joint or motor, and torque at full control, N·m. */
const MOTORS = [
  ["back thigh", 120],
  ["back shin", 90],
  ["back foot", 60],
  ["front thigh", 120],
  ["front shin", 60],
  ["front foot", 30],
] as const;

/** The capsule around (x, z), turned by `angle` about +y from the z axis. */
function limb(x: number, z: number, angle: number, halfLength: number): Capsule {
  const dx = halfLength * Math.sin(angle);
  const dz = halfLength * Math.cos(angle);
  return { from: [x - dx, 0, z - dz], to: [x + dx, 0, z + dz], radius: 0.046 };
}

const TRUNK: Capsule = { from: [-0.5, 0, 0], to: [0.5, 0, 0], radius: 0.046 };
const HEAD = limb(0.6, 0.1, 0.87, 0.15);

function cheetahMjcf(era: Era): string {
  return `<mujoco model="half cheetah">
  <compiler angle="radian" inertiafromgeom="auto" settotalmass="14"/>
  <option timestep="0.01" integrator="Euler"/>
  <default>
    <joint axis="0 1 0" limited="true" armature="0.1" solreflimit="0.02 1" solimplimit="0 0.8 0.03"/>
    <geom contype="1" conaffinity="0" condim="3" density="1000" friction="0.4 0.1 0.1" solref="0.02 1" solimp="0 0.8 0.01" rgba="0.8 0.6 0.4 1"/>
    <motor ctrllimited="true" ctrlrange="-1 1"/>
    <default class="root"><joint limited="false" armature="0"/></default>
  </default>
  <worldbody>
    <light directional="true" pos="0 0 4" dir="0 0 -1"/>
    <geom name="floor" type="plane" size="40 40 40" conaffinity="1" rgba="0.8 0.9 0.8 1"/>
    <body name="torso" pos="0 0 0.7">
      <joint class="root" name="rootx" type="slide" axis="1 0 0"/>
      <joint class="root" name="rootz" type="slide" axis="0 0 1"/>
      <joint class="root" name="rooty" axis="0 1 0"/>
      ${inertial(era, [TRUNK, HEAD])}${capsuleGeom("torso", TRUNK)}${capsuleGeom("head", HEAD)}
      <body name="back thigh" pos="-0.5 0 0">
        <joint name="back thigh" range="-0.52 1.05" stiffness="240" damping="6"/>
        ${link(era, "back thigh", limb(0.1, -0.13, -3.8, 0.145))}
        <body name="back shin" pos="0.16 0 -0.25">
          <joint name="back shin" range="-0.785 0.785" stiffness="180" damping="4.5"/>
          ${link(era, "back shin", limb(-0.14, -0.07, -2.03, 0.15))}
          <body name="back foot" pos="-0.28 0 -0.14">
            <joint name="back foot" range="-0.4 0.785" stiffness="120" damping="3"/>
            ${link(era, "back foot", limb(0.03, -0.097, -0.27, 0.094))}
          </body>
        </body>
      </body>
      <body name="front thigh" pos="0.5 0 0">
        <joint name="front thigh" range="-1 0.7" stiffness="180" damping="4.5"/>
        ${link(era, "front thigh", limb(-0.07, -0.12, 0.52, 0.133))}
        <body name="front shin" pos="-0.14 0 -0.24">
          <joint name="front shin" range="-1.2 0.87" stiffness="120" damping="3"/>
          ${link(era, "front shin", limb(0.065, -0.09, -0.6, 0.106))}
          <body name="front foot" pos="0.13 0 -0.18">
            <joint name="front foot" range="-0.5 0.5" stiffness="60" damping="1.5"/>
            ${link(era, "front foot", limb(0.045, -0.07, -0.6, 0.07))}
          </body>
        </body>
      </body>
    </body>
  </worldbody>
  <actuator>
    ${MOTORS.map(([joint, gear]) => `<motor name="${joint}" joint="${joint}" gear="${gear}"/>`).join("")}
  </actuator>
</mujoco>
`;
}
