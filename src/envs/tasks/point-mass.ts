import type { Node } from "../../compute/node.js";
import { add, mul, neg, sub } from "../../compute/operators.js";
import type { NumberRow, Task } from "../../mdp/task.js";
import { absolute, alwaysAlive, columns, euclidean, rowSum } from "../../mdp/task-graphs.js";
import { mujocoTask } from "../mujoco/mujoco-task.js";
import { box, uniformAround } from "../spaces.js";

/**
 * PointMass-v0: a ball on a frictionless plane is pushed to a target. The cheap task for trying things out; the
 * small example of the authors' code.
 *
 * | state | name | unit | bounds |
 * |---|---|---|---|
 * | 0, 1 | position x, y | m | none declared; soft stops at ±1.4 |
 * | 2, 3 | velocity x, y | m/s | none |
 * | 4, 5 | target x, y | m | ±1; fixed within an episode |
 *
 * | action | name | unit | bounds |
 * |---|---|---|---|
 * | 0, 1 | force x, y | 10 N | ±1 |
 *
 * With d = position − target of s′:
 *
 *   R(s, a, s′) = −‖d‖₁ − ½ ‖d‖₂
 *
 * Success: R > −0.1. Start: position and target uniform in ±1, at rest. No terminal states; cut after 25 steps of
 * 0.05 s. The mass is 0.524 kg, the damping 0.1 N·s/m, and there is no gravity.
 */
export function pointMass(): Task {
  return mujocoTask({
    id: "point-mass-v0",
    title: "Point mass: push a ball to a target",
    mjcf: MJCF,
    timestep: 0.01,
    frameSkip: 5,
    observation: box([
      ["position x [m]"],
      ["position y [m]"],
      ["velocity x [m/s]"],
      ["velocity y [m/s]"],
      ["target x [m]", 1],
      ["target y [m]", 1],
    ]),
    action: box([
      ["force x [10 N]", 1],
      ["force y [10 N]", 1],
    ]),
    horizon: 25,
    goalSize: 2,
    start: (qpos0, qvel0, rng) => ({
      qpos: uniformAround(qpos0, 1, rng),
      qvel: qvel0,
      goal: uniformAround([0, 0], 1, rng),
    }),
    observe: ({ qpos, qvel, goal }) => Float64Array.of(...qpos, ...qvel, ...goal),
    simulated: {
      reward: ({ after }) => closeness(after.qpos, after.goal),
      isTerminal: () => false,
      isSuccess: ({ qpos, goal }) => closeness(qpos, goal) > -0.1,
    },
    reward: (_state, _action, next) => nearness(next),
    rewardTerms(_state, _action, next) {
      const [x, y] = [next[0] - next[4], next[1] - next[5]];
      return { "distance, ‖d‖₁": -(Math.abs(x) + Math.abs(y)), "distance, ‖d‖₂": -0.5 * Math.hypot(x, y) };
    },
    isTerminal: () => false,
    graphs: { reward: (_states, _actions, next) => nearnessNode(next), alive: alwaysAlive },
    isSuccess: (next) => nearness(next) > -0.1,
    looks: {
      geoms: [
        { body: "target", shape: "cylinder", size: [0.06, 0.005], position: [0, 0, -0.045], color: [0.8, 0.2, 0.2] },
      ],
      placesOf: (goal) => ({ target: { position: [goal[0], goal[1], 0] } }),
      poseOf: (s) => ({ qpos: [s[0], s[1]], goal: [s[4], s[5]] }),
      camera: { lookAt: [0, 0, 0], distance: 4.5, azimuth: -90, elevation: 60 },
    },
    goalError: { name: "distance to the target [m]", of: (s) => Math.hypot(s[0] - s[4], s[1] - s[5]) },
  });
}

/** −‖d‖₁ − ½ ‖d‖₂ of an observation. */
function nearness(s: NumberRow): number {
  const x = s[0] - s[4];
  const y = s[1] - s[5];
  return -(Math.abs(x) + Math.abs(y)) - 0.5 * Math.sqrt(x * x + y * y);
}

/** The same of observations in a graph. */
function nearnessNode(s: Node): Node {
  const d = sub(columns(s, 0, 2), columns(s, 4, 6));
  return neg(add(rowSum(absolute(d)), mul(0.5, euclidean(d))));
}

/** The same of the simulator's ball and target. */
function closeness(ball: Float64Array, target: Float64Array): number {
  const d = ball.map((entry, i) => entry - target[i]);
  return -d.reduce((sum, entry) => sum + Math.abs(entry), 0) - Math.hypot(...d) / 2;
}

const MJCF = `<mujoco model="point mass">
  <option timestep="0.01" integrator="RK4" gravity="0 0 0"/>
  <default>
    <joint type="slide" limited="true" range="-1.4 1.4" armature="0.01" damping="0.1"/>
    <geom contype="0" conaffinity="0"/>
    <motor gear="10" ctrllimited="true" ctrlrange="-1 1"/>
  </default>
  <worldbody>
    <geom name="floor" type="plane" size="1.5 1.5 0.1" pos="0 0 -0.05"/>
    <body name="ball">
      <joint name="x" axis="1 0 0"/>
      <joint name="y" axis="0 1 0"/>
      <geom name="ball" type="sphere" size="0.05" density="1000"/>
    </body>
  </worldbody>
  <actuator>
    <motor name="x" joint="x"/>
    <motor name="y" joint="y"/>
  </actuator>
</mujoco>`;
