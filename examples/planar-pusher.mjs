/**
 * A robot of one's own that has to reach goals: a finger pushes a puck over a table to a place that is drawn anew for each
 * episode. It can push and not pull, so that a goal to the side is reached from around the puck.
 *
 *   stackelberg check-task ./examples/planar-pusher.mjs
 *   stackelberg train pal ./examples/planar-pusher.mjs
 *
 *          y                goals: 0.1 to 0.3 m from the middle, at most 60° off the y axis
 *      ·   │   ·
 *       ╲  │  ╱
 *        ╲ ◯ ╱    puck, radius 0.05 m, within ±0.03 m of the middle
 *          │
 *          ●      finger, radius 0.03 m, within ±0.03 m of (0, −0.2)
 *
 * | state | name | unit |
 * |---|---|---|
 * | 0, 1 | finger x, y | m |
 * | 2, 3 | puck x, y | m |
 * | 4, 5 | velocity of the finger x, y | m/s |
 * | 6, 7 | velocity of the puck x, y | m/s |
 * | 8, 9 | goal x, y, fixed within an episode | m |
 *
 * | action | name | unit | bounds |
 * |---|---|---|---|
 * | 0, 1 | force on the finger x, y | 2 N | ±1 |
 *
 *   R(s, a, s′) = −5 ‖puck − goal‖ − ‖finger − puck‖ − 0.01 ‖a‖²          of the state after the step
 *
 * Success: the puck within 0.04 m of the goal in the last state. Everything begins at rest; never ends early; cut after 60
 * steps of 0.05 s.
 */
import { mujocoTask, operators, taskGraphs } from "stackelberg";

const { add, mul, neg, sub } = operators;
const { alwaysAlive, columns, euclidean, rowSum } = taskGraphs;

const GOAL_WEIGHT = 5;
const EFFORT = 0.01;
const SUCCESS_DISTANCE = 0.04; // m
const FINGER_Y = -0.2; // m
const SPREAD = 0.03; // m, of the places where finger and puck begin
const GOALS = { nearest: 0.1, farthest: 0.3, widest: Math.PI / 3 }; // m, m, rad off the y axis

/** Reward of where finger, puck and goal are, and of what was done. */
const payment = (finger, puck, goal, action) =>
  -GOAL_WEIGHT * distance(puck, goal) - distance(finger, puck) - EFFORT * (action[0] ** 2 + action[1] ** 2);
const distance = (one, other) => Math.hypot(one[0] - other[0], one[1] - other[1]);

/** What an observation says. */
const fingerOf = (s) => [s[0], s[1]];
const puckOf = (s) => [s[2], s[3]];
const goalOf = (s) => [s[8], s[9]];
const away = (s) => distance(puckOf(s), goalOf(s));

const axes = (name, unit) => ["x", "y"].map((axis) => `${name} ${axis} [${unit}]`);
const NAMES = [
  ...axes("finger", "m"),
  ...axes("puck", "m"),
  ...axes("finger velocity", "m/s"),
  ...axes("puck velocity", "m/s"),
  ...axes("goal", "m"),
];
const unbounded = (sign) => NAMES.map(() => sign * Number.POSITIVE_INFINITY);

export default mujocoTask({
  id: "planar-pusher-v0",
  title: "Planar pusher: a finger pushes a puck to a place",
  timestep: 0.01,
  frameSkip: 5,
  horizon: 60,
  observation: { size: NAMES.length, names: NAMES, low: unbounded(-1), high: unbounded(1) },
  action: { size: 2, names: axes("force", "2 N"), low: [-1, -1], high: [1, 1] },

  goalSize: 2,
  start(qpos, qvel, rng) {
    const radius = GOALS.nearest + (GOALS.farthest - GOALS.nearest) * rng.uniform();
    const angle = GOALS.widest * (2 * rng.uniform() - 1);
    return {
      qpos: qpos.map((place) => place + SPREAD * (2 * rng.uniform() - 1)),
      qvel,
      goal: Float64Array.of(radius * Math.sin(angle), radius * Math.cos(angle)),
    };
  },
  observe: ({ qpos, qvel, goal }) => Float64Array.of(...placesIn(qpos).flat(), ...qvel, ...goal),

  // Reward and success twice, from the simulator and from observations: `check-task` compares the two.
  simulated: {
    reward: ({ after, action }) => payment(...placesIn(after.qpos), after.goal, action),
    isTerminal: () => false,
    isSuccess: ({ qpos, goal }) => distance(placesIn(qpos)[1], goal) < SUCCESS_DISTANCE,
  },
  reward: (_state, action, next) => payment(fingerOf(next), puckOf(next), goalOf(next), action),
  isTerminal: () => false,
  isSuccess: (next) => away(next) < SUCCESS_DISTANCE,
  // And a third time as nodes, for players that take gradients through a model.
  graphs: {
    reward: (_states, actions, next) => {
      const [finger, puck, goal] = [columns(next, 0, 2), columns(next, 2, 4), columns(next, 8, 10)];
      const distances = add(mul(GOAL_WEIGHT, euclidean(sub(puck, goal))), euclidean(sub(finger, puck)));
      return neg(add(distances, mul(EFFORT, rowSum(mul(actions, actions)))));
    },
    alive: alwaysAlive,
  },
  episodeSuccess: (successes) => successes.at(-1) ?? false,
  goalError: { name: "distance from puck to goal [m]", of: away },

  looks: {
    geoms: [{ body: "goal", shape: "cylinder", size: [0.04, 0.002], position: [0, 0, -0.048], color: [0.2, 0.6, 0.3] }],
    placesOf: (goal) => ({ goal: { position: [goal[0], goal[1], 0] } }),
    poseOf: (s) => ({ qpos: [s[0], s[1] - FINGER_Y, s[2], s[3]], goal: goalOf(s) }),
    camera: { lookAt: [0, 0.05, 0], distance: 1.1, azimuth: -90, elevation: 55 },
  },

  // The puck is braked by the table: dry friction and damping of its slides. Contacts are without friction, so that it
  // does not turn.
  mjcf: `<mujoco model="planar pusher">
    <option timestep="0.01" integrator="implicitfast" gravity="0 0 0"/>
    <default><geom condim="1" solref="0.02 1"/></default>
    <worldbody>
      <geom type="plane" size="0.6 0.6 0.1" pos="0 0 -0.05" contype="0" conaffinity="0" rgba="0.85 0.85 0.82 1"/>
      <body name="finger" pos="0 ${FINGER_Y} 0">
        <joint name="finger x" type="slide" axis="1 0 0" damping="3"/>
        <joint name="finger y" type="slide" axis="0 1 0" damping="3"/>
        <geom type="sphere" size="0.03" mass="0.3" rgba="0.25 0.35 0.6 1"/>
      </body>
      <body name="puck">
        <joint name="puck x" type="slide" axis="1 0 0" damping="1" frictionloss="0.3"/>
        <joint name="puck y" type="slide" axis="0 1 0" damping="1" frictionloss="0.3"/>
        <geom type="sphere" size="0.05" mass="0.2" rgba="0.85 0.5 0.2 1"/>
      </body>
    </worldbody>
    <actuator>
      <motor joint="finger x" gear="2" ctrllimited="true" ctrlrange="-1 1"/>
      <motor joint="finger y" gear="2" ctrllimited="true" ctrlrange="-1 1"/>
    </actuator>
  </mujoco>`,
});

/** Finger and puck of the simulator, whose slides begin at 0. */
function placesIn(qpos) {
  return [
    [qpos[0], qpos[1] + FINGER_Y],
    [qpos[2], qpos[3]],
  ];
}
