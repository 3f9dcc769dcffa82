import { add, minimum, mul, sub } from "../../compute/operators.js";
import type { Task } from "../../mdp/task.js";
import { aliveWithin, column } from "../../mdp/task-graphs.js";
import { type EraOptions, eraOf } from "../mujoco/mjcf.js";
import { seenFrom } from "../mujoco/mujoco-stage.js";
import { mujocoTask } from "../mujoco/mujoco-task.js";
import { allFinite, box, squaredEffort, squaredEffortNode, uniformAround } from "../spaces.js";
import { HUMANOID_MOTORS, humanoidMjcf } from "./humanoid-mjcf.js";

const JOINTS = [
  ...["abdomen z", "abdomen y", "abdomen x"],
  ...["right hip x", "right hip z", "right hip y", "right knee"],
  ...["left hip x", "left hip z", "left hip y", "left knee"],
  ...["right shoulder 1", "right shoulder 2", "right elbow"],
  ...["left shoulder 1", "left shoulder 2", "left elbow"],
];

const OBSERVATION_NAMES = [
  "torso height z [m]",
  ...["w", "x", "y", "z"].map((part) => `torso quaternion ${part}`),
  ...JOINTS.map((joint) => `${joint} [rad]`),
  ...["x", "y", "z"].map((axis) => `torso velocity ${axis} [m/s]`),
  ...["x", "y", "z"].map((axis) => `torso angular velocity ${axis} [rad/s]`),
  ...JOINTS.map((joint) => `${joint} rate [rad/s]`),
  "finite-difference x velocity of the centre of mass [m/s]",
];
const POSITIONS = 22; // entries before the velocities
const FORWARD_VELOCITY = 45;

const FORWARD = 1.25; // reward of v_fd
const ALIVE = 5; // reward of each step
const STRONGEST = 0.4; // of each motor
const EFFORT = 0.1; // cost of Σ aᵢ²
const LOWEST = 1; // m, torso height
const HIGHEST = 2; // m, torso height

/**
 * Humanoid-v2: a body with two arms and two legs learns to walk along x.
 *
 *      ●        z up, x forward, y to its left. At rest it stands upright, the torso's frame at z = 1.4 m.
 *    ┌─┼─┐      Abdomen: z, y, x. Each hip: x, z, y. Each knee, shoulder (two axes) and elbow.
 *    │ │ │
 *     ┌┴┐
 *     │ │
 *
 * | state | name | unit | bounds |
 * |---|---|---|---|
 * | 0 | torso height z | m | none (ends at 1 and 2) |
 * | 1–4 | orientation of the torso, quaternion w, x, y, z | 1 | none declared; length 1 |
 * | 5–7 | abdomen z, y, x | rad | none declared; soft stops at ±0.785, −1.309…0.524, ±0.611 |
 * | 8–10, 12–14 | right, left hip x, z, y | rad | none declared; soft stops at −0.436…0.087, −1.047…0.611, −1.920…0.349 |
 * | 11, 15 | right, left knee | rad | none declared; soft stops at −2.793…−0.035 |
 * | 16, 17 | right shoulder 1, 2 | rad | none declared; soft stops at −1.484…1.047 |
 * | 19, 20 | left shoulder 1, 2 | rad | none declared; soft stops at −1.047…1.484 |
 * | 18, 21 | right, left elbow | rad | none declared; soft stops at −1.571…0.873 |
 * | 22–24 | velocity of the torso along the world's x, y, z | m/s | none |
 * | 25–27 | angular velocity of the torso about its own x, y, z | rad/s | none |
 * | 28–44 | rates of the joints, in their order | rad/s | none |
 * | 45 | v_fd = (X_t − X_{t−1}) / 0.015 | m/s | none; 0 at reset |
 *
 * | action | name | unit | bounds |
 * |---|---|---|---|
 * | 0–2 | abdomen y, z, x motor (not the order of the joints) | 100 N·m | ±0.4 |
 * | 3–6, 7–10 | right, left hip x, z, y, knee motor | 100, 100, 300, 200 N·m | ±0.4 |
 * | 11–13, 14–16 | right, left shoulder 1, 2, elbow motor | 25 N·m | ±0.4 |
 *
 * Entries 0–44 are MBPO's HumanoidTruncatedObs: gym's observation (376) without inertias, velocities and contact
 * forces of the bodies and without motor torques, which follow from the state or, under MuJoCo 2, are zero, and
 * which a model would have to learn at length. Entry 45 is ours: the reward cannot be computed from the others.
 *
 *   R(s, a, s′) = 1.25 v_fd′ + 5 − 0.1 Σ aᵢ²       a as executed; the 5 is paid on the terminal step too (v2)
 *
 * X is x of the whole body's centre of mass as the engine's last forward pass left it (as in gym; under RK4 it trails
 * qpos by a part of a physics step). The impact cost of v2, min(10, 5e-7 Σ cfrc_ext²), is left out, as in v4.
 *
 * Start: the pose at rest, each position and velocity off by uniform(−0.01, 0.01), the quaternion brought to length 1.
 * Terminal: z < 1 or z > 2, or a number that is not finite. Cut after 1000 steps of 0.015 s (5 of 0.003 s).
 *
 * Era "cylinder" has the masses of gym v2, "exact" those of v4 and v5. For the policy, velocities are scaled by 0.1:
 * joints turn at some 10 rad/s where angles stay near 1 rad. Gym names no return at which the task is solved.
 */
export function humanoid(options: EraOptions = {}): Task {
  const era = eraOf("humanoid-v2", options);
  return mujocoTask({
    id: "humanoid-v2",
    title: "Humanoid: a body with arms and legs learns to walk (gym v2)",
    options: { era },
    mjcf: humanoidMjcf(era),
    timestep: 0.003,
    frameSkip: 5,
    observation: box(OBSERVATION_NAMES.map((name) => [name])),
    action: box(
      HUMANOID_MOTORS.map(([joint, gear]) => [`${joint.replaceAll("_", " ")} motor [${gear} N·m]`, STRONGEST]),
    ),
    horizon: 1000,
    start: (qpos0, qvel0, rng) => ({ qpos: uniformAround(qpos0, 0.01, rng), qvel: uniformAround(qvel0, 0.01, rng) }),
    track: ({ data }) => data.subtree_com[3]!, // x for body 1, the torso, whose subtree is the whole body
    observe: ({ qpos, qvel, trackedVelocity }) => Float64Array.of(...qpos.subarray(2), ...qvel, trackedVelocity),
    simulated: {
      reward: ({ before, tracked, action }) =>
        (1.25 * (tracked - before.tracked)) / 0.015 + 5 - 0.1 * action.reduce((sum, entry) => sum + entry * entry, 0),
      isTerminal: ({ qpos, qvel }) => {
        const isHealthy = [...qpos, ...qvel].every(Number.isFinite) && qpos[2] >= LOWEST && qpos[2] <= HIGHEST;
        return !isHealthy;
      },
    },
    reward: (_, action, next) => FORWARD * next[FORWARD_VELOCITY] + ALIVE - EFFORT * squaredEffort(action, STRONGEST),
    rewardTerms: (_, action, next) => ({
      forward: FORWARD * next[FORWARD_VELOCITY],
      alive: ALIVE,
      effort: -EFFORT * squaredEffort(action, STRONGEST),
    }),
    isTerminal: (next) => !(allFinite(next) && next[0] >= LOWEST && next[0] <= HIGHEST),
    graphs: {
      reward: (_, actions, next) =>
        sub(
          add(mul(FORWARD, column(next, FORWARD_VELOCITY)), ALIVE),
          mul(EFFORT, squaredEffortNode(actions, STRONGEST)),
        ),
      alive(next) {
        const height = column(next, 0);
        return aliveWithin(minimum(sub(height, LOWEST), sub(HIGHEST, height)), next);
      },
    },
    policyInputScale: OBSERVATION_NAMES.map((_, i) => (i < POSITIONS ? 1 : 0.1)),
    looks: { follows: "torso", poseOf: seenFrom(2, 24), travelSpeed: (s) => [s[22], s[23], 0] },
  });
}
