import type { Node } from "../../compute/node.js";
import { add, gate, minimum, mul, square, sub } from "../../compute/operators.js";
import type { NumberRow, Task } from "../../mdp/task.js";
import { absolute, aliveWithin, column, columns, rowSum } from "../../mdp/task-graphs.js";
import { type Era, type EraOptions, eraOf, link } from "../mujoco/mjcf.js";
import { seenFrom } from "../mujoco/mujoco-stage.js";
import { mujocoTask } from "../mujoco/mujoco-task.js";
import { allFinite, box, clip, squaredEffort, squaredEffortNode, uniformAround } from "../spaces.js";

const FORWARD_VELOCITY = 11;
const EFFORT = 0.001; // cost of Σ aᵢ²
const LOWEST = 0.7; // m, torso height
const STEEPEST = 0.2; // rad, torso pitch
const FARTHEST = 100; // rad, m/s and rad/s, of what stands between
const [FIRST_BOUNDED, BOUNDED] = [1, 10];

/**
 * Hopper-v2: a planar leg of four links hops forward.
 *
 *      ○ torso                 z up, x forward; pitch and joints turn in the x-z plane.
 *      │                       At rest the torso frame is at z = 1.25 m,
 *      ○ hip                   hip 1.05 m, knee 0.6 m, ankle 0.1 m.
 *      │
 *      ○ knee
 *      │
 *   ───○──── foot
 *
 * | state | name | unit | bounds |
 * |---|---|---|---|
 * | 0 | torso height z | m | none (ends at 0.7) |
 * | 1 | torso pitch | rad | none (ends at ±0.2) |
 * | 2–4 | thigh, leg, foot joint | rad | none declared; soft stops at −2.62…0, −2.62…0, ±0.785 |
 * | 5, 6 | velocity of the torso along x, z | m/s | clipped to ±10 |
 * | 7–10 | pitch, thigh, leg, foot rate | rad/s | clipped to ±10 |
 * | 11 | v_fd = (x_t − x_{t−1}) / 0.008 | m/s | none; 0 at reset |
 *
 * | action | name | unit | bounds |
 * |---|---|---|---|
 * | 0–2 | thigh, leg, foot motor | 200 N·m | ±1 |
 *
 * Entry 11 is ours; gym's observation is entries 0–10, from which the reward cannot be computed.
 *
 *   R(s, a, s′) = v_fd′ + 1 − 0.001 Σ aᵢ²       a as executed; the 1 is paid on the terminal step too (v2)
 *
 * Start: the pose at rest, each position and velocity off by uniform(−0.005, 0.005).
 * Terminal: z ≤ 0.7, or |pitch| ≥ 0.2, or an angle, z or velocity of 100 or more, or a number that is not finite.
 * Cut after 1000 steps of 0.008 s.
 *
 * Era "cylinder" has the masses of gym v2, "exact" those of v4 and v5. The margin of the floor is 0, because MuJoCo
 * adds the two margins of a contact since 3.5 and took the larger before.
 */
export function hopper(options: EraOptions = {}): Task {
  const era = eraOf("hopper-v2", options);
  return mujocoTask({
    id: "hopper-v2",
    title: "Hopper: a planar leg hops forward (gym v2)",
    options: { era },
    mjcf: hopperMjcf(era),
    timestep: 0.002,
    frameSkip: 4,
    observation: box([
      ["torso height [m]"],
      ["torso pitch [rad]"],
      ["thigh joint [rad]"],
      ["leg joint [rad]"],
      ["foot joint [rad]"],
      ["x velocity [m/s]", 10],
      ["z velocity [m/s]", 10],
      ["pitch rate [rad/s]", 10],
      ["thigh rate [rad/s]", 10],
      ["leg rate [rad/s]", 10],
      ["foot rate [rad/s]", 10],
      ["finite-difference x velocity [m/s]"],
    ]),
    action: box([
      ["thigh motor [200 N·m]", 1],
      ["leg motor [200 N·m]", 1],
      ["foot motor [200 N·m]", 1],
    ]),
    horizon: 1000,
    start: (qpos0, qvel0, rng) => ({
      qpos: uniformAround(qpos0, 0.005, rng),
      qvel: uniformAround(qvel0, 0.005, rng),
    }),
    track: ({ qpos }) => qpos[0],
    observe({ qpos, qvel, trackedVelocity }) {
      const observation = new Float64Array(12);
      observation.set(qpos.subarray(1));
      for (let i = 0; i < 6; i++) observation[5 + i] = clip(qvel[i], 10);
      observation[11] = trackedVelocity;
      return observation;
    },
    simulated: {
      reward: ({ before, after, action }) => {
        const [thigh, leg, foot] = action as unknown as [number, number, number];
        return (after.qpos[0] - before.qpos[0]) / 0.008 + 1 - 1e-3 * (thigh ** 2 + leg ** 2 + foot ** 2);
      },
      isTerminal: ({ qpos, qvel }) => {
        const bounded = [...qpos.subarray(2), ...qvel].every((entry) => Math.abs(entry) < 100);
        return !(bounded && qpos[1] > 0.7 && Math.abs(qpos[2]) < 0.2);
      },
    },
    reward: (_, action, next) => next[FORWARD_VELOCITY] + 1 - EFFORT * squaredEffort(action, 1),
    rewardTerms: (_, action, next) => ({
      forward: next[FORWARD_VELOCITY],
      alive: 1,
      effort: -EFFORT * squaredEffort(action, 1),
    }),
    isTerminal: (next, margin = 0) => !isHealthy(next, STEEPEST * (1 - margin)),
    graphs: {
      reward: (_, actions, next) =>
        sub(add(column(next, FORWARD_VELOCITY), 1), mul(EFFORT, squaredEffortNode(actions, 1))),
      alive: (next, margin = 0) => healthy(next, STEEPEST * (1 - margin)),
    },
    policyInputScale: [1, 1, 1, 1, 1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1],
    solvedReturn: 3800,
    looks: { follows: "torso", poseOf: seenFrom(1, 6), travelSpeed: (s) => [s[FORWARD_VELOCITY], 0, 0] },
  });
}

/** Whether the hopper stands, its torso pitched by less than `pitchLimit` (rad; the world's is 0.2). */
function isHealthy(s: NumberRow, pitchLimit: number): boolean {
  if (!allFinite(s)) return false;
  for (let i = 0; i < BOUNDED; i++) if (!(Math.abs(s[FIRST_BOUNDED + i]) < FARTHEST)) return false;
  return s[0] > LOWEST && Math.abs(s[1]) < pitchLimit;
}

/** The same of observations in a graph: 1 or 0. */
function healthy(s: Node, pitchLimit: number): Node {
  const near = gate(sub(FARTHEST ** 2, square(columns(s, FIRST_BOUNDED, FIRST_BOUNDED + BOUNDED))), 1);
  const upright = minimum(sub(column(s, 0), LOWEST), sub(pitchLimit, absolute(column(s, 1))));
  return aliveWithin(minimum(upright, sub(rowSum(near), BOUNDED - 0.5)), s);
}

function hopperMjcf(era: Era): string {
  return `<mujoco model="hopper">
  <compiler angle="degree" inertiafromgeom="auto"/>
  <option timestep="0.002" integrator="RK4"/>
  <default>
    <joint axis="0 -1 0" limited="true" armature="1" damping="1"/>
    <geom condim="1" density="1000" friction="0.9 0.005 0.0001" margin="0.001" solref="0.02 1" solimp="0.8 0.8 0.01" rgba="0.8 0.6 0.4 1"/>
    <motor ctrllimited="true" ctrlrange="-1 1" gear="200"/>
    <default class="root"><joint limited="false" armature="0" damping="0"/></default>
    <default class="foot"><geom friction="2 0.005 0.0001"/></default>
  </default>
  <worldbody>
    <light directional="true" pos="0 0 4" dir="0 0 -1"/>
    <geom name="floor" type="plane" size="20 20 0.125" condim="3" friction="1 0.005 0.0001" margin="0" rgba="0.8 0.9 0.8 1"/>
    <body name="torso" pos="0 0 1.25">
      <joint class="root" name="rootx" type="slide" axis="1 0 0" pos="0 0 -1.25"/>
      <joint class="root" name="rootz" type="slide" axis="0 0 1" pos="0 0 -1.25" ref="1.25"/>
      <joint class="root" name="rooty" axis="0 1 0"/>
      ${link(era, "torso", { from: [0, 0, -0.2], to: [0, 0, 0.2], radius: 0.05 })}
      <body name="thigh" pos="0 0 -0.2">
        <joint name="thigh" range="-150 0"/>
        ${link(era, "thigh", { from: [0, 0, -0.45], to: [0, 0, 0], radius: 0.05 })}
        <body name="leg" pos="0 0 -0.7">
          <joint name="leg" pos="0 0 0.25" range="-150 0"/>
          ${link(era, "leg", { from: [0, 0, -0.25], to: [0, 0, 0.25], radius: 0.04 })}
          <body name="foot" childclass="foot" pos="0.13 0 -0.35">
            <joint name="foot" pos="-0.13 0 0.1" range="-45 45"/>
            ${link(era, "foot", { from: [0.13, 0, 0.1], to: [-0.26, 0, 0.1], radius: 0.06 })}
          </body>
        </body>
      </body>
    </body>
  </worldbody>
  <actuator>
    <motor name="thigh" joint="thigh"/>
    <motor name="leg" joint="leg"/>
    <motor name="foot" joint="foot"/>
  </actuator>
</mujoco>
`;
}
