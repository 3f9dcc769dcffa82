import { add, minimum, mul, sub } from "../../compute/operators.js";
import type { Task } from "../../mdp/task.js";
import { aliveWithin, column } from "../../mdp/task-graphs.js";
import { type EraOptions, eraOf } from "../mujoco/mjcf.js";
import { seenFrom } from "../mujoco/mujoco-stage.js";
import { mujocoTask } from "../mujoco/mujoco-task.js";
import { allFinite, box, normalAround, squaredEffort, squaredEffortNode, uniformAround } from "../spaces.js";
import { antMjcf } from "./ant-mjcf.js";

/** Joints in the order of qpos, and in the order of the action, which is another one. */
const JOINTS = ["hip 1", "ankle 1", "hip 2", "ankle 2", "hip 3", "ankle 3", "hip 4", "ankle 4"];
const MOTORS = ["hip 4", "ankle 4", "hip 1", "ankle 1", "hip 2", "ankle 2", "hip 3", "ankle 3"];

const OBSERVATION_NAMES = [
  "torso height z [m]",
  ...["w", "x", "y", "z"].map((part) => `torso quaternion ${part}`),
  ...JOINTS.map((joint) => `${joint} [rad]`),
  ...["x", "y", "z"].map((axis) => `torso velocity ${axis} [m/s]`),
  ...["x", "y", "z"].map((axis) => `torso angular velocity ${axis} [rad/s]`),
  ...JOINTS.map((joint) => `${joint} rate [rad/s]`),
  "finite-difference x velocity [m/s]",
];
const POSITIONS = 13; // entries before the velocities
const FORWARD_VELOCITY = 27;

const EFFORT = 0.5; // cost of Σ aᵢ²
const LOWEST = 0.2; // m, torso height
const HIGHEST = 1.0; // m

/**
 * Ant-v2: a sphere on four legs learns to walk along x.
 *
 *   2 ╲   ╱ 1      seen from above, x to the right, y upwards: leg 1 points to (+, +), 2 to (−, +), 3 to (−, −),
 *      (●)         4 to (+, −). A leg is a fixed part, a thigh that turns about the vertical hip, and a shin that
 *   3 ╱   ╲ 4      turns about the horizontal ankle.
 *
 * | state | name | unit | bounds |
 * |---|---|---|---|
 * | 0 | torso height z | m | none (ends at 0.2 and 1) |
 * | 1–4 | orientation of the torso, quaternion w, x, y, z | 1 | none declared; length 1 |
 * | 5, 7, 9, 11 | hip 1, 2, 3, 4 | rad | none declared; soft stops at ±0.524 |
 * | 6, 12 | ankle 1, 4 | rad | none declared; soft stops at 0.524…1.222 |
 * | 8, 10 | ankle 2, 3 | rad | none declared; soft stops at −1.222…−0.524 |
 * | 13–15 | velocity of the torso along the world's x, y, z | m/s | none |
 * | 16–18 | angular velocity of the torso about its own x, y, z | rad/s | none |
 * | 19–26 | rates of the joints, hip 1, ankle 1, … ankle 4 | rad/s | none |
 * | 27 | v_fd = (X_t − X_{t−1}) / 0.05 | m/s | none; 0 at reset |
 *
 * | action | name | unit | bounds |
 * |---|---|---|---|
 * | 0–7 | hip 4, ankle 4, hip 1, ankle 1, hip 2, ankle 2, hip 3, ankle 3 motor (not the order of the joints) | 150 N·m | ±1 |
 *
 * Entries 0–26 are MBPO's AntTruncatedObs: gym's observation (111) without the contact forces of the bodies. Entry 27
 * is ours: the reward cannot be computed from the others.
 *
 *   R(s, a, s′) = v_fd′ + 1 − 0.5 Σ aᵢ²       a as executed; the 1 is paid on the terminal step too (v2)
 *
 * X is x of the torso's frame as the engine's last forward pass left it (as in gym; under RK4 it trails qpos by about
 * 0.3 mm). The contact cost of v2, 0.0005 Σ clip(cfrc_ext, −1, 1)², is left out, as in v4: it was zero under
 * MuJoCo 2.0, and about 0.001 a step under 1.50.
 *
 * Start: z = 0.75, upright, all joints at 0 (the ankles begin outside their limits, which fold them in), each position
 * off by uniform(−0.1, 0.1), the quaternion's entries too, which is then brought to length 1 as the engine of v2
 * did; each velocity normal with deviation 0.1.
 * Terminal: z < 0.2 or z > 1, or a number that is not finite. Cut after 1000 steps of 0.05 s (5 of 0.01 s). Standing
 * still returns about 993.
 *
 * Era "cylinder" has the masses of gym v2, "exact" those of v4 and v5. For the policy, velocities are scaled by 0.1:
 * joints turn at up to 10 rad/s where angles stay near 1 rad.
 */
export function ant(options: EraOptions = {}): Task {
  const era = eraOf("ant-v2", options);
  return mujocoTask({
    id: "ant-v2",
    title: "Ant: a sphere on four legs learns to walk (gym v2)",
    options: { era },
    mjcf: antMjcf(era),
    timestep: 0.01,
    frameSkip: 5,
    observation: box(OBSERVATION_NAMES.map((name) => [name])),
    action: box(MOTORS.map((motor) => [`${motor} motor [150 N·m]`, 1])),
    horizon: 1000,
    start: (qpos0, qvel0, rng) => ({
      qpos: uniformAround(qpos0, 0.1, rng),
      qvel: normalAround(qvel0, 0.1, rng),
    }),
    track: ({ data }) => data.xpos[3]!, // x of body 1, the torso
    observe: ({ qpos, qvel, trackedVelocity }) => Float64Array.of(...qpos.subarray(2), ...qvel, trackedVelocity),
    simulated: {
      reward: ({ before, tracked, action }) =>
        (tracked - before.tracked) / 0.05 + 1 - 0.5 * action.reduce((sum, entry) => sum + entry * entry, 0),
      isTerminal: ({ qpos, qvel }) => {
        const isAlive = [...qpos, ...qvel].every(Number.isFinite) && qpos[2] >= LOWEST && qpos[2] <= HIGHEST;
        return !isAlive;
      },
    },
    reward: (_, action, next) => next[FORWARD_VELOCITY] + 1 - EFFORT * squaredEffort(action, 1),
    rewardTerms: (_, action, next) => ({
      forward: next[FORWARD_VELOCITY],
      alive: 1,
      effort: -EFFORT * squaredEffort(action, 1),
    }),
    isTerminal: (next) => !(allFinite(next) && next[0] >= LOWEST && next[0] <= HIGHEST),
    graphs: {
      reward: (_, actions, next) =>
        sub(add(column(next, FORWARD_VELOCITY), 1), mul(EFFORT, squaredEffortNode(actions, 1))),
      alive(next) {
        const height = column(next, 0);
        return aliveWithin(minimum(sub(height, LOWEST), sub(HIGHEST, height)), next);
      },
    },
    policyInputScale: OBSERVATION_NAMES.map((_, i) => (i < POSITIONS ? 1 : 0.1)),
    solvedReturn: 6000,
    looks: { follows: "torso", poseOf: seenFrom(2, 15), travelSpeed: (s) => [s[FORWARD_VELOCITY], s[14], 0] },
  });
}
