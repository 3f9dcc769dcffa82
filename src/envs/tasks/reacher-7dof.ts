import type { Node } from "../../compute/node.js";
import { add, clip as clipped, mul, neg, sub } from "../../compute/operators.js";
import type { NumberRow, Task } from "../../mdp/task.js";
import { absolute, alwaysAlive, columns, euclidean, rowSum } from "../../mdp/task-graphs.js";
import { entries } from "../mujoco/mujoco-stage.js";
import { mujocoTask } from "../mujoco/mujoco-task.js";
import { type NumberOption, numbersOf } from "../options.js";
import { box, clip } from "../spaces.js";
import { reacher7dofMjcf } from "./reacher-7dof-mjcf.js";

const JOINTS = [
  "shoulder pan",
  "shoulder lift",
  "upper arm roll",
  "elbow flex",
  "forearm roll",
  "wrist flex",
  "wrist roll",
] as const;
/** Torque of each motor at a command of 1, N·m. */
const TORQUES = [20, 10, 10, 10, 10, 10, 10] as const;
const CONTROL_STEP = 0.04; // s
/** Half the edges of the box that goals are drawn from, about the origin, m. */
const GOAL_SPREAD = [0.3, 0.2, 0.25] as const;
/** Positions are clipped to this before they are compared, m. */
const FARTHEST = 10;
/** What ‖e‖₂ costs, where ‖e‖₁ costs 1. */
const EUCLIDEAN = 5;
/** First entries of the fingertip and of the goal in the observation. */
const [FINGERTIP, GOAL] = [14, 17] as const;
/** A fingertip within so many metres of the goal is a success: the radius of both markers. */
const SUCCESS_DISTANCE = 0.05;

/** What can be changed, for the experiments in which the world or the task changes (Fig. 4). */
export const REACHER_OPTIONS = {
  forearm: {
    about: "the length of the forearm as a multiple of the original; mass and inertia follow",
    default: [1],
    low: 0.5,
    high: 2,
  },
  goals: {
    about: "by how much the box of goals is shifted along x, y, z [m]",
    default: [0, 0, 0],
    low: -0.5,
    high: 0.5,
  },
} as const satisfies Readonly<Record<string, NumberOption>>;

/**
 * Reacher-7dof-v0: an arm of seven hinges on a column brings its fingertip to a point in space. No gravity.
 *
 *            z up
 *            │  ○ elbow          The shoulder is at (0.1, −0.6, 0) m; upper arm 0.4 m, forearm 0.321 m.
 *   column ──●══╱ ╲              At rest the arm lies along +x with the fingertip at (0.821, −0.6, 0).
 *     ║  shoulder  ╲             The fingertip is the centre of the wrist: only the first four and the forearm's
 *     ║             ● fingertip  length place it.
 *
 * | state | name | unit | bounds |
 * |---|---|---|---|
 * | 0–6 | joints: shoulder pan and lift, upper arm roll, elbow flex, forearm roll, wrist flex and roll | rad | none declared; soft stops |
 * | 7–13 | their velocities × 0.04 s | rad | none |
 * | 14–16 | fingertip x, y, z | m | none |
 * | 17–19 | goal x, y, z, fixed within an episode | m | none |
 *
 * | action | name | unit | bounds |
 * |---|---|---|---|
 * | 0 | motor of the shoulder pan | 20 N·m | ±1 |
 * | 1–6 | motors of the other joints, in their order | 10 N·m | ±1 |
 *
 * With e = fingertip − goal of s′, both clipped to ±10 m:
 *
 *   R(s, a, s′) = −‖e‖₁ − 5 ‖e‖₂
 *
 * Success (our definition, the original has none): ‖e‖₂ < 0.05 m; an episode succeeds where its last state does.
 * Start: the arm at rest along +x, the goal uniform in ±0.3 × ±0.2 × ±0.25 m about the origin.
 * Terminal: never. Cut after 50 steps of 0.04 s (4 of 0.01 s).
 *
 * The fingertip of an observation is where the engine's last forward pass saw it, one physics step of 0.01 s before
 * the joints beside it; the original reads it so, and its returns depend on it.
 * For the policy, velocities × 10: a joint moves some 0.1 rad in a control step.
 *
 * @param options `forearm`: its length as a multiple of 0.321 m, `"1"`; `goals`: shift of their box in m, `"0,0,0"`
 * @throws {ConfigError} where an option is not as many numbers within their bounds
 */
export function reacher7dof(options: { readonly forearm?: string; readonly goals?: string } = {}): Task {
  const id = "reacher-7dof-v0";
  const [forearm] = numbersOf(`${id}.forearm`, REACHER_OPTIONS.forearm, options.forearm);
  const centre = numbersOf(`${id}.goals`, REACHER_OPTIONS.goals, options.goals);
  return mujocoTask({
    id,
    title: "Reacher: a 7-DoF arm brings its fingertip to a point in space",
    options: { forearm: String(forearm), goals: centre.join(",") },
    mjcf: reacher7dofMjcf(forearm),
    timestep: 0.01,
    frameSkip: 4,
    observation: box([
      ...JOINTS.map((joint) => [`${joint} [rad]`] as const),
      ...JOINTS.map((joint) => [`${joint} velocity × 0.04 s [rad]`] as const),
      ...["x", "y", "z"].map((axis) => [`fingertip ${axis} [m]`] as const),
      ...["x", "y", "z"].map((axis) => [`goal ${axis} [m]`] as const),
    ]),
    action: box(JOINTS.map((joint, i) => [`${joint} motor [${TORQUES[i]} N·m]`, 1])),
    horizon: 50,
    goalSize: 3,
    start: (qpos, qvel, rng) => ({
      qpos,
      qvel,
      goal: Float64Array.from(GOAL_SPREAD, (spread, axis) => centre[axis] + spread * (2 * rng.uniform() - 1)),
    }),
    applyGoal: ({ data, goal }) => data.mocap_pos.set(goal),
    observe({ qpos, qvel, goal, data }) {
      const observation = new Float64Array(20);
      observation.set(qpos);
      for (let i = 0; i < 7; i++) observation[7 + i] = qvel[i] * CONTROL_STEP;
      observation.set(data.site_xpos, 14); // the one site is the fingertip
      observation.set(goal, 17);
      return observation;
    },
    simulated: {
      reward: ({ after: { data, goal } }) => {
        const e = goal.map((coordinate, i) => (data.site_xpos as Float64Array)[i] - coordinate);
        return -e.reduce((sum, entry) => sum + Math.abs(entry), 0) - 5 * Math.hypot(...e);
      },
      isTerminal: () => false,
      isSuccess: ({ data, goal }) =>
        Math.hypot(...goal.map((coordinate, i) => (data.site_xpos as Float64Array)[i] - coordinate)) < SUCCESS_DISTANCE,
    },
    reward(_state, _action, next) {
      const [absolute, euclidean] = offset(next);
      return -absolute - EUCLIDEAN * euclidean;
    },
    rewardTerms(_state, _action, next) {
      const [absolute, euclidean] = offset(next);
      return { "distance, ‖e‖₁": -absolute, "distance, ‖e‖₂": -EUCLIDEAN * euclidean };
    },
    isTerminal: () => false,
    graphs: { reward: (_states, _actions, next) => nearness(next), alive: alwaysAlive },
    isSuccess: (next) => distance(next) < SUCCESS_DISTANCE,
    episodeSuccess: (successes) => successes[successes.length - 1] ?? false,
    goalError: { name: "distance to the goal [m]", of: distance },
    policyInputScale: Array.from({ length: 20 }, (_, i) => (i < 7 ? 1 : i < 14 ? 10 : i < 17 ? 2 : 5)),
    looks: {
      poseOf: (s) => ({ qpos: entries(s, 0, 7), goal: entries(s, 17, 20) }),
      camera: { lookAt: [0.25, -0.3, -0.05], distance: 2.3, azimuth: 40, elevation: 25 },
    },
  });
}

/** ‖e‖₁ and ‖e‖₂ of an observation, m. */
function offset(s: NumberRow): readonly [absolute: number, euclidean: number] {
  const along = (axis: number) => clip(s[FINGERTIP + axis], FARTHEST) - clip(s[GOAL + axis], FARTHEST);
  const [x, y, z] = [along(0), along(1), along(2)];
  return [Math.abs(x) + Math.abs(y) + Math.abs(z), Math.sqrt(x * x + y * y + z * z)];
}

/** −‖e‖₁ − 5 ‖e‖₂ of observations in a graph. */
function nearness(s: Node): Node {
  const point = (at: number) => clipped(columns(s, at, at + 3), -FARTHEST, FARTHEST);
  const e = sub(point(FINGERTIP), point(GOAL));
  return neg(add(rowSum(absolute(e)), mul(EUCLIDEAN, euclidean(e))));
}

/** From the fingertip to the goal of an observation, m. */
function distance(s: NumberRow): number {
  return Math.hypot(s[14] - s[17], s[15] - s[18], s[16] - s[19]);
}
