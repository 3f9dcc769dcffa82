import { add, minimum, mul, sub } from "../../compute/operators.js";
import type { Task } from "../../mdp/task.js";
import { absolute, aliveWithin, column } from "../../mdp/task-graphs.js";
import { type Era, type EraOptions, eraOf, link } from "../mujoco/mjcf.js";
import { seenFrom } from "../mujoco/mujoco-stage.js";
import { mujocoTask } from "../mujoco/mujoco-task.js";
import { allFinite, box, clip, squaredEffort, squaredEffortNode, uniformAround } from "../spaces.js";

const FORWARD_VELOCITY = 17;
const EFFORT = 0.001; // cost of Σ aᵢ²
const [LOWEST, HIGHEST] = [0.8, 2]; // m, torso height
const STEEPEST = 1; // rad, torso pitch

/**
 * Walker2d-v2: a planar torso on two legs walks forward.
 *
 *      ○ torso                 z up, x forward; pitch and joints turn in the x-z plane.
 *      │                       At rest the torso frame is at z = 1.25 m,
 *      ○ hips                  hips 1.05 m, knees 0.6 m, ankles 0.1 m; the legs do not touch each other.
 *     ╱ ╲
 *    ○   ○ knees
 *    │   │
 *    ○─  ○─ feet
 *
 * | state | name | unit | bounds |
 * |---|---|---|---|
 * | 0 | torso height z | m | none (ends at 0.8 and 2) |
 * | 1 | torso pitch | rad | none (ends at ±1) |
 * | 2–4 | right thigh, leg, foot joint | rad | none declared; soft stops at −2.62…0, −2.62…0, ±0.785 |
 * | 5–7 | left thigh, leg, foot joint | rad | as on the right |
 * | 8, 9 | velocity of the torso along x, z | m/s | clipped to ±10 |
 * | 10–16 | pitch rate, then the rates of the joints in their order | rad/s | clipped to ±10 |
 * | 17 | v_fd = (x_t − x_{t−1}) / 0.008 | m/s | none; 0 at reset |
 *
 * | action | name | unit | bounds |
 * |---|---|---|---|
 * | 0–5 | motors of the joints in their order | 100 N·m | ±1 |
 *
 * Entry 17 is ours; gym's observation is entries 0–16, from which the reward cannot be computed.
 *
 *   R(s, a, s′) = v_fd′ + 1 − 0.001 Σ aᵢ²       a as executed; the 1 is paid on the terminal step too (v2)
 *
 * Start: the pose at rest, each position and velocity off by uniform(−0.005, 0.005).
 * Terminal: not (0.8 < z < 2 and |pitch| < 1), or a number that is not finite. Cut after 1000 steps of 0.008 s.
 *
 * The friction of the right foot is 0.9 and that of the left 1.9, an old asymmetry that every result up to v4 has.
 */
export function walker2d(options: EraOptions = {}): Task {
  const era = eraOf("walker2d-v2", options);
  return mujocoTask({
    id: "walker2d-v2",
    title: "Walker2d: a planar torso on two legs walks forward (gym v2)",
    options: { era },
    mjcf: walkerMjcf(era),
    timestep: 0.002,
    frameSkip: 4,
    observation: box([
      ["torso height [m]"],
      ["torso pitch [rad]"],
      ...JOINTS.map((joint) => [`${joint} joint [rad]`] as const),
      ["x velocity [m/s]", 10],
      ["z velocity [m/s]", 10],
      ["pitch rate [rad/s]", 10],
      ...JOINTS.map((joint) => [`${joint} rate [rad/s]`, 10] as const),
      ["finite-difference x velocity [m/s]"],
    ]),
    action: box(JOINTS.map((joint) => [`${joint} motor [100 N·m]`, 1])),
    horizon: 1000,
    start: (qpos0, qvel0, rng) => ({
      qpos: uniformAround(qpos0, 0.005, rng),
      qvel: uniformAround(qvel0, 0.005, rng),
    }),
    track: ({ qpos }) => qpos[0],
    observe({ qpos, qvel, trackedVelocity }) {
      const observation = new Float64Array(18);
      observation.set(qpos.subarray(1));
      for (let i = 0; i < 9; i++) observation[8 + i] = clip(qvel[i], 10);
      observation[17] = trackedVelocity;
      return observation;
    },
    simulated: {
      reward: ({ before, after, action }) =>
        (after.qpos[0] - before.qpos[0]) / 0.008 + 1 - 1e-3 * action.reduce((sum, a) => sum + a * a, 0),
      isTerminal: ({ qpos }) => qpos[1] <= 0.8 || qpos[1] >= 2 || qpos[2] <= -1 || qpos[2] >= 1,
    },
    reward: (_, action, next) => next[FORWARD_VELOCITY] + 1 - EFFORT * squaredEffort(action, 1),
    rewardTerms: (_, action, next) => ({
      forward: next[FORWARD_VELOCITY],
      alive: 1,
      effort: -EFFORT * squaredEffort(action, 1),
    }),
    isTerminal: (next, margin = 0) =>
      !(allFinite(next) && next[0] > LOWEST && next[0] < HIGHEST && Math.abs(next[1]) < STEEPEST * (1 - margin)),
    graphs: {
      reward: (_, actions, next) =>
        sub(add(column(next, FORWARD_VELOCITY), 1), mul(EFFORT, squaredEffortNode(actions, 1))),
      alive(next, margin = 0) {
        const [height, pitch] = [column(next, 0), column(next, 1)];
        const upright = sub(STEEPEST * (1 - margin), absolute(pitch));
        return aliveWithin(minimum(minimum(sub(height, LOWEST), sub(HIGHEST, height)), upright), next);
      },
    },
    policyInputScale: Array.from({ length: 18 }, (_, i) => (i < 8 ? 1 : 0.1)),
    looks: { follows: "torso", poseOf: seenFrom(1, 9), travelSpeed: (s) => [s[FORWARD_VELOCITY], 0, 0] },
  });
}

const JOINTS = ["right thigh", "right leg", "right foot", "left thigh", "left leg", "left foot"];
function legMjcf(side: "right" | "left", era: Era): string {
  return `
      <body name="${side} thigh" childclass="${side}" pos="0 0 -0.2">
        <joint name="${side} thigh" range="-150 0"/>
        ${link(era, `${side} thigh`, { from: [0, 0, -0.45], to: [0, 0, 0], radius: 0.05 })}
        <body name="${side} leg" pos="0 0 -0.7">
          <joint name="${side} leg" pos="0 0 0.25" range="-150 0"/>
          ${link(era, `${side} leg`, { from: [0, 0, -0.25], to: [0, 0, 0.25], radius: 0.04 })}
          <body name="${side} foot" childclass="${side} foot" pos="0.2 0 -0.35">
            <joint name="${side} foot" pos="-0.2 0 0.1" range="-45 45"/>
            ${link(era, `${side} foot`, { from: [0, 0, 0.1], to: [-0.2, 0, 0.1], radius: 0.06 })}
          </body>
        </body>
      </body>`;
}

function walkerMjcf(era: Era): string {
  return `<mujoco model="walker2d">
  <compiler angle="degree" inertiafromgeom="auto"/>
  <option timestep="0.002" integrator="RK4"/>
  <default>
    <joint axis="0 -1 0" limited="true" armature="0.01" damping="0.1"/>
    <geom contype="1" conaffinity="0" condim="3" density="1000" friction="0.9 0.1 0.1" rgba="0.8 0.6 0.4 1"/>
    <motor ctrllimited="true" ctrlrange="-1 1" gear="100"/>
    <default class="root"><joint limited="false" armature="0" damping="0"/></default>
    <default class="right">
      <default class="right foot"><geom friction="0.9 0.1 0.1"/></default>
    </default>
    <default class="left"><geom rgba="0.5 0.36 0.26 1"/>
      <default class="left foot"><geom friction="1.9 0.1 0.1"/></default>
    </default>
  </default>
  <worldbody>
    <light directional="true" pos="0 0 4" dir="0 0 -1"/>
    <geom name="floor" type="plane" size="40 40 40" conaffinity="1" friction="0.7 0.1 0.1" rgba="0.8 0.9 0.8 1"/>
    <body name="torso" pos="0 0 1.25">
      <joint class="root" name="rootx" type="slide" axis="1 0 0" pos="0 0 -1.25"/>
      <joint class="root" name="rootz" type="slide" axis="0 0 1" pos="0 0 -1.25" ref="1.25"/>
      <joint class="root" name="rooty" axis="0 1 0"/>
      ${link(era, "torso", { from: [0, 0, -0.2], to: [0, 0, 0.2], radius: 0.05 })}
      ${legMjcf("right", era)}
      ${legMjcf("left", era)}
    </body>
  </worldbody>
  <actuator>${JOINTS.map((joint) => `<motor name="${joint}" joint="${joint}"/>`).join("")}</actuator>
</mujoco>
`;
}
