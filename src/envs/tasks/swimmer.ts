import { mul, sub } from "../../compute/operators.js";
import type { Task } from "../../mdp/task.js";
import { alwaysAlive, column } from "../../mdp/task-graphs.js";
import { type Era, type EraOptions, eraOf, link } from "../mujoco/mjcf.js";
import { seenFrom } from "../mujoco/mujoco-stage.js";
import { mujocoTask } from "../mujoco/mujoco-task.js";
import { box, squaredEffort, squaredEffortNode, uniformAround } from "../spaces.js";

const FORWARD_VELOCITY = 8;
const EFFORT = 0.0001; // cost of Σ aᵢ²

/**
 * Swimmer-v2: three rods in a plane swim along x through a viscous fluid.
 *
 *    back      middle      head      seen from above at rest, x to the right, y upwards; each rod is 1 m long.
 *   ●─────────○─────────○─────────●  The head is at x = 0.5…1.5, the first joint at 0.5, the second at −0.5.
 *           joint 2   joint 1
 *
 * | state | name | unit | bounds |
 * |---|---|---|---|
 * | 0 | angle of the head against x | rad | none |
 * | 1, 2 | joint 1, joint 2 | rad | none declared; soft stops at ±1.745 |
 * | 3, 4 | velocity of the head's frame (the origin at rest) along x, y | m/s | none |
 * | 5 | rate of the head's angle | rad/s | none |
 * | 6, 7 | joint 1, joint 2 rate | rad/s | none |
 * | 8 | v_fd = (x_t − x_{t−1}) / 0.04 | m/s | none; 0 at reset |
 *
 * | action | name | unit | bounds |
 * |---|---|---|---|
 * | 0, 1 | joint 1, joint 2 motor | 150 N·m | ±1 |
 *
 * Entry 8 is ours; gym's observation is entries 0–7, from which the reward cannot be computed.
 *
 *   R(s, a, s′) = v_fd′ − 0.0001 Σ aᵢ²       a as executed, x = qpos[0]
 *
 * Start: straight and at rest, each position and velocity off by uniform(−0.1, 0.1).
 * Terminal: never. Cut after 1000 steps of 0.04 s (4 of 0.01 s).
 *
 * Era "cylinder" has the masses of gym v2, "exact" those of v4 and v5; drag follows the inertia, so it differs too.
 * For the policy, velocities are scaled by 0.1: joints turn at some 5 rad/s where angles stay near 1 rad.
 */
export function swimmer(options: EraOptions = {}): Task {
  const era = eraOf("swimmer-v2", options);
  return mujocoTask({
    id: "swimmer-v2",
    title: "Swimmer: three rods swim forward (gym v2)",
    options: { era },
    mjcf: swimmerMjcf(era),
    timestep: 0.01,
    frameSkip: 4,
    observation: box([
      ["head angle [rad]"],
      ["joint 1 [rad]"],
      ["joint 2 [rad]"],
      ["x velocity [m/s]"],
      ["y velocity [m/s]"],
      ["head rate [rad/s]"],
      ["joint 1 rate [rad/s]"],
      ["joint 2 rate [rad/s]"],
      ["finite-difference x velocity [m/s]"],
    ]),
    action: box([
      ["joint 1 motor [150 N·m]", 1],
      ["joint 2 motor [150 N·m]", 1],
    ]),
    horizon: 1000,
    start: (qpos0, qvel0, rng) => ({ qpos: uniformAround(qpos0, 0.1, rng), qvel: uniformAround(qvel0, 0.1, rng) }),
    track: ({ qpos }) => qpos[0],
    observe: ({ qpos, qvel, trackedVelocity }) => Float64Array.of(...qpos.subarray(2), ...qvel, trackedVelocity),
    simulated: {
      reward: ({ before, after, action }) =>
        (after.qpos[0] - before.qpos[0]) / 0.04 - 1e-4 * (action[0] ** 2 + action[1] ** 2),
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
    policyInputScale: [1, 1, 1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1],
    solvedReturn: 360,
    looks: { follows: "head", poseOf: seenFrom(2, 5), travelSpeed: (s) => [s[FORWARD_VELOCITY], s[4], 0] },
  });
}

function swimmerMjcf(era: Era): string {
  return `<mujoco model="swimmer">
  <compiler angle="degree" inertiafromgeom="auto"/>
  <option timestep="0.01" integrator="RK4" density="4000" viscosity="0.1"/>
  <default>
    <joint armature="0.1"/>
    <geom contype="0" conaffinity="0" density="1000"/>
    <motor ctrllimited="true" ctrlrange="-1 1" gear="150"/>
  </default>
  <worldbody>
    <geom name="floor" type="plane" pos="0 0 -0.1" size="40 40 0.1"/>
    <body name="head">
      <joint name="x" type="slide" axis="1 0 0"/>
      <joint name="y" type="slide" axis="0 1 0"/>
      <joint name="angle" axis="0 0 1"/>
      ${link(era, "head", { from: [0.5, 0, 0], to: [1.5, 0, 0], radius: 0.1 })}
      <body name="middle" pos="0.5 0 0">
        <joint name="joint1" axis="0 0 1" limited="true" range="-100 100"/>
        ${link(era, "middle", { from: [-1, 0, 0], to: [0, 0, 0], radius: 0.1 })}
        <body name="back" pos="-1 0 0">
          <joint name="joint2" axis="0 0 1" limited="true" range="-100 100"/>
          ${link(era, "back", { from: [-1, 0, 0], to: [0, 0, 0], radius: 0.1 })}
        </body>
      </body>
    </body>
  </worldbody>
  <actuator>
    <motor name="joint1" joint="joint1"/>
    <motor name="joint2" joint="joint2"/>
  </actuator>
</mujoco>`;
}
