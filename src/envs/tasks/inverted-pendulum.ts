import { div, sub } from "../../compute/operators.js";
import type { Task } from "../../mdp/task.js";
import { absolute, aliveWithin, column, perRow } from "../../mdp/task-graphs.js";
import { type Era, type EraOptions, eraOf, link } from "../mujoco/mjcf.js";
import { seenFrom } from "../mujoco/mujoco-stage.js";
import { mujocoTask } from "../mujoco/mujoco-task.js";
import { allFinite, box, uniformAround } from "../spaces.js";

const ALIVE = 1; // reward of each step
const STEEPEST = 0.2; // rad, pole angle

/**
 * InvertedPendulum-v2: a cart on a rail balances a pole.
 *
 *        ○
 *       ╱   pole, 0.6 m; angle 0 is upright, a positive angle leans to +x
 *   ───▢─── cart, on a rail of ±1 m along x
 *
 * | state | name | unit | bounds |
 * |---|---|---|---|
 * | 0 | cart position | m | none declared; soft stops at ±1 |
 * | 1 | pole angle | rad | none (ends beyond ±0.2) |
 * | 2 | cart velocity | m/s | none |
 * | 3 | pole angular velocity | rad/s | none |
 *
 * | action | name | unit | bounds |
 * |---|---|---|---|
 * | 0 | force on the cart | 100 N | ±3 |
 *
 *   R(s, a, s′) = 1                             on the terminal step too (v2)
 *
 * Start: all zero, each position and velocity off by uniform(−0.01, 0.01).
 * Terminal: |angle| > 0.2, or a number that is not finite. Cut after 1000 steps of 0.04 s.
 *
 * Era "cylinder" has the masses of gym v2, "exact" those of v4 and v5.
 */
export function invertedPendulum(options: EraOptions = {}): Task {
  const era = eraOf("inverted-pendulum-v2", options);
  return mujocoTask({
    id: "inverted-pendulum-v2",
    title: "Inverted pendulum: a cart balances a pole (gym v2)",
    options: { era },
    mjcf: pendulumMjcf(era),
    timestep: 0.02,
    frameSkip: 2,
    observation: box([["cart position [m]"], ["pole angle [rad]"], ["cart velocity [m/s]"], ["pole rate [rad/s]"]]),
    action: box([["cart force [100 N]", 3]]),
    horizon: 1000,
    start: (qpos0, qvel0, rng) => ({ qpos: uniformAround(qpos0, 0.01, rng), qvel: uniformAround(qvel0, 0.01, rng) }),
    observe: ({ qpos, qvel }) => Float64Array.of(...qpos, ...qvel),
    simulated: {
      reward: () => 1,
      isTerminal: ({ qpos }) => Math.abs(qpos[1]) > 0.2,
    },
    reward: () => ALIVE,
    rewardTerms: () => ({ alive: ALIVE }),
    isTerminal: (next, margin = 0) => !(allFinite(next) && Math.abs(next[1]) <= STEEPEST * (1 - margin)),
    graphs: {
      reward: (_, __, next) => perRow(ALIVE, next),
      alive: (next, margin = 0) => aliveWithin(sub(STEEPEST * (1 - margin), absolute(column(next, 1))), next),
      room: (next) => sub(1, div(absolute(column(next, 1)), STEEPEST)),
    },
    solvedReturn: 950,
    looks: {
      geoms: [{ shape: "plane", size: [0, 0], position: [0, 0, -0.3] }],
      poseOf: seenFrom(0, 2),
      camera: { lookAt: [0, 0, 0.15], distance: 3.2, azimuth: -80 },
    },
  });
}

function pendulumMjcf(era: Era): string {
  return `<mujoco model="inverted pendulum">
  <compiler angle="degree" inertiafromgeom="auto"/>
  <option timestep="0.02" integrator="RK4"/>
  <default>
    <joint limited="true" damping="1"/>
    <geom contype="0" conaffinity="0" density="1000" rgba="0.8 0.6 0.4 1"/>
  </default>
  <worldbody>
    <light directional="true" pos="0 0 4" dir="0 0 -1"/>
    <geom name="rail" type="capsule" fromto="-1 0 0 1 0 0" size="0.02" rgba="0.6 0.6 0.6 1"/>
    <body name="cart">
      <joint name="slider" type="slide" axis="1 0 0" range="-1 1"/>
      ${link(era, "cart", { from: [-0.1, 0, 0], to: [0.1, 0, 0], radius: 0.1 })}
      <body name="pole">
        <joint name="hinge" axis="0 1 0" range="-90 90"/>
        ${link(era, "pole", { from: [0, 0, 0], to: [0.001, 0, 0.6], radius: 0.049 })}
      </body>
    </body>
  </worldbody>
  <actuator>
    <motor name="slide" joint="slider" ctrllimited="true" ctrlrange="-3 3" gear="100"/>
  </actuator>
</mujoco>
`;
}
