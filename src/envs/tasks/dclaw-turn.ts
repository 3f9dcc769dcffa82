import type { Node } from "../../compute/node.js";
import { add, constant, gate, mul, sub } from "../../compute/operators.js";
import type { NumberRow, Task } from "../../mdp/task.js";
import { absolute, absoluteAngle, alwaysAlive, column, columns, euclidean, rowSum } from "../../mdp/task-graphs.js";
import { DYNAMICS_OPTIONS } from "../dynamics.js";
import { entries } from "../mujoco/mujoco-stage.js";
import { mujocoTask, type Simulation } from "../mujoco/mujoco-task.js";
import { checkedOption } from "../options.js";
import { box, clip } from "../spaces.js";
import { applyDynamics, DYNAMICS_SIZE, drawDynamics, SENSOR_ERRORS } from "./dclaw-dynamics.js";
import { CLAW_JOINTS, DCLAW_MJCF } from "./dclaw-mjcf.js";

const CONTROL_STEP = 0.1; // s
/** What an action of 1 asks of the three joints of a finger, rad. */
const REACH = [0.48, Math.PI / 3, Math.PI / 2] as const;
/** Farthest that a control step may ask a joint to go from where it is, rad: 2π/3 rad/s. */
const FARTHEST = ((2 * Math.PI) / 3) * CONTROL_STEP;
/** How a finger starts, and what the reward pulls it back to, rad. */
const POSE = [0, -Math.PI / 3, Math.PI / 3] as const;
const VALVE = 9; // index in qpos and qvel
/** Speeds below this cost nothing, rad/s. */
const SLOW = 0.5;
/** Errors of the valve below these count as near and as success, rad. */
const [NEAR, SUCCESS] = [0.25, 0.1] as const;
/** What is paid for both, and what |e| costs. */
const [NEAR_BONUS, SUCCESS_BONUS, ERROR_COST] = [10, 50, 5] as const;
/** First entries of the joints' velocities and of the directions of valve and goal in the observation. */
const [RATES, TURNED, GOAL] = [9, 18, 21] as const;

/**
 * DClaw-Turn-v0: a claw of three fingers, hanging over a three-lobed valve, turns it to an angle.
 *
 *      ══╦══   disc at 0.335 m      Each finger has three hinges: one swings it sideways, two bend it.
 *     ┌──╨──┐                       The valve turns about z, at about 0.1 m; its lobe "0" points along +x.
 *     ○  ○  ○   nine joints
 *      \ | /
 *       ✶      valve
 *
 * | state | name | unit | bounds |
 * |---|---|---|---|
 * | 0–8 | joints of first finger, middle finger and thumb, three each | rad | none declared; soft stops |
 * | 9–17 | their velocities | rad/s | none |
 * | 18, 19 | cos, sin of the valve's angle | | none |
 * | 20 | velocity of the valve | rad/s | none |
 * | 21, 22 | cos, sin of the goal, fixed within an episode | | none |
 *
 * | action | name | unit | bounds |
 * |---|---|---|---|
 * | 0–8 | desired angles of the joints | 0.48, π/3, π/2 rad | ±1 |
 *
 * A control step asks a joint for its desired angle, but for no more than 0.2094 rad (2π/3 rad/s) from where it is at
 * the start of the step; servos of 2 N·m/rad hold what was asked for 0.1 s.
 *
 * With e = goal − valve wrapped into −π … π, q the joints, q* = (0, −π/3, π/3) per finger, and q̇ their velocities with
 * those slower than 0.5 rad/s set to 0, all of s′:
 *
 *   R(s, a, s′) = −5 |e| − ‖q − q*‖ − ‖q̇‖ + 10 [|e| < 0.25] + 50 [|e| < 0.1]
 *
 * Success: |e| < 0.1 rad; an episode succeeds where its last state does.
 * Start: joints at q* and at rest, the valve uniform in ±π/3, the goal π ± uniform π/3, independent of the valve.
 * Terminal: never. Cut after 40 steps of 0.1 s (40 of 0.0025 s).
 *
 * The published observation lacks the velocities, from which the reward is made. It has e itself instead of the goal,
 * and e jumps by 2π where most episodes start; and the last action, on which nothing depends.
 * For the policy, velocities × 0.5: joints move at some 1 rad/s.
 *
 * With dynamics `random`, each reset draws the parameters of `drawDynamics`, and the observation is off by uniform errors
 * of up to `SENSOR_ERRORS`. Reward and success are then made of what the sensors say; commands start from the true joints.
 *
 * @param options `dynamics`: `"nominal"` by default
 * @throws {ConfigError} where there is no such option value
 */
export function dclawTurn(options: { readonly dynamics?: string } = {}): Task {
  const id = "dclaw-turn-v0";
  const dynamics = checkedOption(`${id}.dynamics`, DYNAMICS_OPTIONS.dynamics, options.dynamics ?? "nominal");
  const random = dynamics === "random";
  return mujocoTask({
    id,
    title: "DClaw: three fingers turn a valve to an angle (ROBEL)",
    options: { dynamics },
    mjcf: DCLAW_MJCF,
    ...(random && { ownModel: true, noiseSize: SENSOR_ERRORS.length }),
    timestep: 0.0025,
    frameSkip: 40,
    observation: box([
      ...CLAW_JOINTS.map((joint) => [`${joint} [rad]`] as const),
      ...CLAW_JOINTS.map((joint) => [`${joint} velocity [rad/s]`] as const),
      ["cos of the valve angle"],
      ["sin of the valve angle"],
      ["valve velocity [rad/s]"],
      ["cos of the goal angle"],
      ["sin of the goal angle"],
    ]),
    action: box(CLAW_JOINTS.map((joint, i) => [`desired ${joint} [${["0.48", "π/3", "π/2"][i % 3]} rad]`, 1])),
    horizon: 40,
    goalSize: 1 + (random ? DYNAMICS_SIZE : 0),
    start(qpos, qvel, rng) {
      for (let i = 0; i < VALVE; i++) qpos[i] = POSE[i % 3];
      qpos[VALVE] = (Math.PI / 3) * (2 * rng.uniform() - 1);
      const angle = wrap(Math.PI + (Math.PI / 3) * (2 * rng.uniform() - 1));
      return { qpos, qvel, goal: Float64Array.of(angle, ...(random ? drawDynamics(rng) : [])) };
    },
    applyGoal({ data, model, goal }) {
      if (random) applyDynamics(model, goal.subarray(1));
      data.mocap_pos.set([0.12 * Math.cos(goal[0]), 0.12 * Math.sin(goal[0]), 0]);
    },
    control(action, { qpos }, ctrl) {
      for (let i = 0; i < VALVE; i++) ctrl[i] = qpos[i] + clip(action[i] * REACH[i % 3] - qpos[i], FARTHEST);
    },
    observe(simulation) {
      const { joints, rates, valve } = reading(simulation);
      const { qvel, goal } = simulation;
      const observation = new Float64Array(23);
      observation.set(joints);
      observation.set(rates, 9);
      observation[18] = Math.cos(valve);
      observation[19] = Math.sin(valve);
      observation[20] = qvel[VALVE];
      observation[21] = Math.cos(goal[0]);
      observation[22] = Math.sin(goal[0]);
      return observation;
    },
    simulated: {
      reward({ after }) {
        const { joints, rates, error } = reading(after);
        const away = joints.map((angle, i) => angle - POSE[i % 3]);
        const fast = rates.filter((rate) => Math.abs(rate) >= SLOW);
        const bonus = error < SUCCESS ? 60 : error < NEAR ? 10 : 0;
        return bonus - 5 * error - Math.hypot(...away) - Math.hypot(...fast);
      },
      isTerminal: () => false,
      isSuccess: (simulation) => reading(simulation).error < SUCCESS,
    },
    reward(_state, _action, next) {
      const { error, away, fast, bonus } = costs(next);
      return -ERROR_COST * error - away - fast + bonus;
    },
    rewardTerms(_state, _action, next) {
      const { error, away, fast, bonus } = costs(next);
      return { "valve's error": -ERROR_COST * error, pose: -away, speed: -fast, bonus };
    },
    isTerminal: () => false,
    graphs: { reward: (_states, _actions, next) => payment(next), alive: alwaysAlive },
    isSuccess: (next) => valveError(next) < SUCCESS,
    episodeSuccess: (successes) => successes[successes.length - 1] ?? false,
    goalError: { name: "error of the valve's angle [rad]", of: valveError },
    policyInputScale: Array.from({ length: 23 }, (_, i) => ((i >= 9 && i < 18) || i === 20 ? 0.5 : 1)),
    looks: {
      poseOf: (s) => ({
        qpos: [...entries(s, 0, VALVE), Math.atan2(s[19], s[18])],
        goal: [Math.atan2(s[22], s[21])],
      }),
      camera: { lookAt: [0, 0, 0.13], distance: 0.7, azimuth: -60, elevation: 20 },
    },
  });
}

/** An angle brought into −π … π, rad. */
function wrap(angle: number): number {
  return angle - 2 * Math.PI * Math.floor((angle + Math.PI) / (2 * Math.PI));
}

/** |e| of an observation, rad: the angle between two directions, whose predictions need not have length 1. */
function valveError(s: NumberRow): number {
  return Math.abs(wrap(Math.atan2(s[GOAL + 1], s[GOAL]) - Math.atan2(s[TURNED + 1], s[TURNED])));
}

/** What an observation costs and earns: |e|, ‖q − q*‖, ‖q̇‖ of the joints that are fast, and the bonus for being near. */
function costs(s: NumberRow) {
  const error = valveError(s);
  let pose = 0;
  let speed = 0;
  for (let i = 0; i < 9; i++) {
    pose += (s[i] - POSE[i % 3]) ** 2;
    if (Math.abs(s[RATES + i]) >= SLOW) speed += s[RATES + i] ** 2;
  }
  const bonus = (error < NEAR ? NEAR_BONUS : 0) + (error < SUCCESS ? SUCCESS_BONUS : 0);
  return { error, away: Math.sqrt(pose), fast: Math.sqrt(speed), bonus };
}

/** R of observations in a graph, of the same costs. */
function payment(s: Node): Node {
  const [valve, goal] = [columns(s, TURNED, TURNED + 2), columns(s, GOAL, GOAL + 2)];
  const across = sub(mul(column(valve, 0), column(goal, 1)), mul(column(valve, 1), column(goal, 0)));
  const error = absoluteAngle(rowSum(mul(valve, goal)), across);
  const [joints, rates] = [columns(s, 0, VALVE), columns(s, RATES, RATES + VALVE)];
  const rest = constant(
    Array.from({ length: VALVE }, (_, i) => POSE[i % 3]),
    [VALVE],
  );
  const fast = gate(sub(absolute(rates), SLOW), rates);
  const bonus = add(gate(sub(NEAR, error), NEAR_BONUS), gate(sub(SUCCESS, error), SUCCESS_BONUS));
  return sub(bonus, add(mul(ERROR_COST, error), add(euclidean(sub(joints, rest)), euclidean(fast))));
}

/** What the sensors say: the nine joints, rad, their velocities, rad/s, the valve's angle and |e|, rad. */
function reading({ qpos, qvel, goal, noise }: Simulation) {
  const error = (i: number) => (noise[i] ?? 0) * SENSOR_ERRORS[i];
  const valve = qpos[VALVE] + error(18);
  return {
    joints: qpos.slice(0, VALVE).map((angle, i) => angle + error(i)),
    rates: qvel.slice(0, VALVE).map((rate, i) => rate + error(9 + i)),
    valve,
    error: Math.abs(wrap(goal[0] - valve)),
  };
}
