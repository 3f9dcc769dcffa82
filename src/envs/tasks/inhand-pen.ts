import type { Node } from "../../compute/node.js";
import { add, clip as clipped, constant, div, gate, minimum, mul, sub } from "../../compute/operators.js";
import type { NumberRow, Task } from "../../mdp/task.js";
import { aliveWithin, column, columns, euclidean, rowSum } from "../../mdp/task-graphs.js";
import { entries } from "../mujoco/mujoco-stage.js";
import { mujocoTask, type Simulation } from "../mujoco/mujoco-task.js";
import { allFinite, box, clip } from "../spaces.js";
import { HAND_JOINTS, penMjcf } from "./inhand-pen-mjcf.js";

const HAND = 24; // joints of the hand; the pen's six come after them in qpos and qvel
const DESIRED_POSITION = [0, -0.2, 0.25] as const; // m, where the pen starts
const PEN_TURN = 1.57; // rad about y, how the pen lies at the start
const DROPPED = 0.075; // m, height of the pen at which an episode ends
const CLOSE = 0.075; // m, distance of the bonuses
const ALIGNED = 0.9; // cosine of the first bonus
const REACHED = 0.95; // cosine of the second bonus and of success
const [SMALL_BONUS, BIG_BONUS, DROP] = [10, 50, -5] as const; // what is paid for the bonuses and for a drop
const HELD = 20; // an episode succeeds where more of its states than this do

/** First entries of the observation's parts. */
const POSITION = 24;
const DIRECTION = 33;
const DESIRED = 36;

/**
 * InHand-Pen: a hand of 24 joints turns a pen to a given direction (Adroit pen-v0).
 *
 * z up; the forearm lies along y, palm up, fingers towards +y. The pen starts level along x, 2 cm above the open hand,
 * and falls into it.
 *
 * | state | name | unit | bounds |
 * |---|---|---|---|
 * | 0–23 | joints: wrist, first, middle, ring, little finger, thumb | rad | none declared; soft stops, see the action |
 * | 24–26 | pen position x, y, z | m | none (ends at z = 0.075) |
 * | 27–29 | pen velocity along −z, y, x of the world | m/s | none |
 * | 30–32 | rates of the pen's three hinges, one after the other about its own x, y, z | rad/s | none |
 * | 33–35 | pen direction d, from its bottom to its top | 1 | ±1; length 1 |
 * | 36–38 | desired direction g | 1 | ±1; length 1, fixed within an episode |
 * | 39–62 | joint rates, in the order of 0–23 | rad/s | none |
 *
 * | action | name | unit | bounds |
 * |---|---|---|---|
 * | 0–23 | desired angle of each joint, over its servo's range (`HAND_JOINTS`); 0 is a half-closed hand | rad, scaled | ±1 |
 *
 * Entries 0–38 are those of pen-v0. Its last six, position − desired position and d − g, follow from them and are left
 * out: a model would predict each twice, and differently. In their place stand the joint rates, which pen-v0 lacks and
 * without which the next state is not determined. Position and direction are those of the engine's last forward pass, one
 * physics step before the end of the control step, as in the original.
 *
 * With δ the distance of the pen from (0, −0.2, 0.25), s = d·g / ‖d‖ and z the pen's height, of s′:
 *
 *   R(s, a, s′) = −δ + s + 10 [δ < 0.075 and s > 0.9] + 50 [δ < 0.075 and s > 0.95] − 5 [z < 0.075]
 *
 * d is divided by its length because a learned model does not keep it at 1, and a longer one would be paid for.
 * Success of a state: δ < 0.075 m and s > 0.95 (18.2°); an episode succeeds where more than 20 of its states do.
 *
 * Start: all joints at 0 and at rest, without noise. g = (sin b, −sin a cos b, cos a cos b) with a, b uniform in ±1 rad.
 * Terminal: z < 0.075 (the pen has dropped), or a number that is not finite. Cut after 100 steps of 0.01 s (5 of 0.002 s).
 * For the policy, rates of joints and hinges are scaled by 0.25: fingers turn at some 4 rad/s.
 */
export function inhandPen(): Task {
  return mujocoTask({
    id: "inhand-pen-v0",
    title: "InHand-Pen: a hand turns a pen to a direction (Adroit pen-v0)",
    mjcf: penMjcf(),
    timestep: 0.002,
    frameSkip: 5,
    observation: box(OBSERVATION),
    action: box(HAND_JOINTS.map(({ name }) => [`desired angle of ${name} [scaled rad]`, 1])),
    horizon: 100,
    goalSize: 3,
    start(qpos, qvel, rng) {
      const a = 2 * rng.uniform() - 1;
      const b = 2 * rng.uniform() - 1;
      const goal = Float64Array.of(Math.sin(b), -Math.sin(a) * Math.cos(b), Math.cos(a) * Math.cos(b));
      return { qpos, qvel, goal };
    },
    applyGoal({ data, goal }) {
      const [a, b] = [Math.atan2(-goal[1], goal[2]) / 2, Math.asin(goal[0]) / 2];
      const [ca, sa, cb, sb] = [Math.cos(a), Math.sin(a), Math.cos(b), Math.sin(b)];
      data.mocap_quat.set([ca * cb, sa * cb, ca * sb, sa * sb]); // Rx(a) · Ry(b), as the goal was drawn
    },
    control(action, _, ctrl) {
      for (const [i, { reach }] of HAND_JOINTS.entries()) {
        const [low, high] = reach;
        ctrl[i] = (low + high) / 2 + (action[i] * (high - low)) / 2;
      }
    },
    observe({ qpos, qvel, goal, data, model }) {
      const pen = model.nbody - 1; // the last body
      const [position, matrix] = [data.xpos as Float64Array, data.xmat as Float64Array];
      return Float64Array.of(
        ...qpos.subarray(0, HAND),
        ...position.subarray(3 * pen, 3 * pen + 3),
        ...qvel.subarray(HAND),
        ...[2, 5, 8].map((i) => clip(matrix[9 * pen + i], 1)), // the body's z axis
        ...goal,
        ...qvel.subarray(0, HAND),
      );
    },
    simulated: {
      reward: ({ after }) => payment(measure(after)),
      isTerminal: (simulation) => measure(simulation).height < DROPPED,
      isSuccess: (simulation) => isReached(measure(simulation)),
    },
    reward: (_state, _action, next) => payment(grip(next)),
    rewardTerms: (_state, _action, next) => terms(grip(next)),
    isTerminal: (next, margin = 0) => !allFinite(next) || next[POSITION + 2] < lowestHeight(margin),
    graphs: {
      reward: (_states, _actions, next) => paymentNode(next),
      alive: (next, margin = 0) => aliveWithin(sub(column(next, POSITION + 2), lowestHeight(margin)), next),
    },
    isSuccess: (next) => isReached(grip(next)),
    episodeSuccess: (successes) => successes.filter(Boolean).length > HELD,
    goalError: { name: "angle between pen and goal [rad]", of: (s) => Math.acos(alignment(s)) },
    policyInputScale: OBSERVATION.map(([name]) => (name.endsWith("[rad/s]") ? 0.25 : 1)),
    looks: {
      poseOf: (s) => ({ qpos: [...entries(s, 0, HAND), ...penPositions(s)], goal: entries(s, DESIRED, DESIRED + 3) }),
      camera: { lookAt: [0.06, -0.27, 0.22], distance: 0.75, azimuth: 40, elevation: 30 },
    },
  });
}

const OBSERVATION: readonly (readonly [name: string, bound?: number])[] = [
  ...HAND_JOINTS.map(({ name }) => [`joint ${name} [rad]`] as const),
  ...["x", "y", "z"].map((axis) => [`pen position ${axis} [m]`] as const),
  ...["-z", "y", "x"].map((axis) => [`pen velocity ${axis} [m/s]`] as const),
  ...["x", "y", "z"].map((axis) => [`rate of the pen's hinge ${axis} [rad/s]`] as const),
  ...["x", "y", "z"].map((axis) => [`pen direction ${axis}`, 1] as const),
  ...["x", "y", "z"].map((axis) => [`desired direction ${axis}`, 1] as const),
  ...HAND_JOINTS.map(({ name }) => [`rate of ${name} [rad/s]`] as const),
];

/**
 * The pen's three slides and three hinges in an observation, in its own frame at the start, which is turned by 1.57 about
 * y. How far it is turned about its own axis is not to be seen, and taken as 0.
 */
function penPositions(s: NumberRow): readonly number[] {
  const [cos, sin] = [Math.cos(PEN_TURN), Math.sin(PEN_TURN)];
  const turnedBack = (x: number, y: number, z: number) => [cos * x - sin * z, y, sin * x + cos * z] as const;
  const [px, py, pz] = DESIRED_POSITION;
  const [dx, dy, dz] = turnedBack(s[DIRECTION], s[DIRECTION + 1], s[DIRECTION + 2]);
  return [
    ...turnedBack(s[POSITION] - px, s[POSITION + 1] - py, s[POSITION + 2] - pz),
    Math.atan2(-dy, dz), // the direction is (sin b, −sin a cos b, cos a cos b) of the hinges a, b
    Math.asin(clip(dx, 1)),
    0,
  ];
}

/** z at which an episode ends, m. */
const lowestHeight = (margin: number): number => DROPPED + margin * (DESIRED_POSITION[2] - DROPPED);

interface Grip {
  /** δ, m */
  readonly distance: number;
  /** s, the cosine between pen and goal */
  readonly cosine: number;
  /** z, m */
  readonly height: number;
}

const isReached = ({ distance, cosine }: Grip) => distance < CLOSE && cosine > REACHED;

function terms(grip: Grip) {
  const { distance, cosine, height } = grip;
  return {
    position: -distance,
    orientation: cosine,
    "small bonus": distance < CLOSE && cosine > ALIGNED ? SMALL_BONUS : 0,
    "big bonus": isReached(grip) ? BIG_BONUS : 0,
    drop: height < DROPPED ? DROP : 0,
  };
}

function payment(of: Grip): number {
  const { position, orientation, "small bonus": small, "big bonus": big, drop } = terms(of);
  return position + orientation + small + big + drop;
}

/** s of an observation, in −1…1; −1 where the pen has no direction. */
function alignment(s: NumberRow): number {
  const length = Math.hypot(s[DIRECTION], s[DIRECTION + 1], s[DIRECTION + 2]);
  if (length === 0) return -1;
  let dot = 0;
  for (let i = 0; i < 3; i++) dot += s[DIRECTION + i] * s[DESIRED + i];
  return Math.min(Math.max(dot / length, -1), 1);
}

function grip(s: NumberRow): Grip {
  const [x, y, z] = DESIRED_POSITION;
  const height = s[POSITION + 2];
  return {
    distance: Math.hypot(s[POSITION] - x, s[POSITION + 1] - y, height - z),
    cosine: alignment(s),
    height,
  };
}

/** R of observations in a graph, of the same terms. */
function paymentNode(s: Node): Node {
  const [position, direction] = [columns(s, POSITION, POSITION + 3), columns(s, DIRECTION, DIRECTION + 3)];
  const desired = columns(s, DESIRED, DESIRED + 3);
  const distance = euclidean(sub(position, constant(DESIRED_POSITION, [3])));
  const cosine = clipped(div(rowSum(mul(direction, desired)), euclidean(direction)), -1, 1);
  const close = sub(CLOSE, distance);
  return [
    sub(cosine, distance),
    gate(minimum(close, sub(cosine, ALIGNED)), SMALL_BONUS),
    gate(minimum(close, sub(cosine, REACHED)), BIG_BONUS),
    gate(sub(DROPPED, column(position, 2)), DROP),
  ].reduce(add);
}

/** The same of the simulator: the pen's middle and direction by its two ends. */
function measure({ data, goal }: Simulation): Grip {
  const ends = data.site_xpos as Float64Array; // top and bottom, the only two sites
  let [square, cosine] = [0, 0];
  for (let i = 0; i < 3; i++) {
    const [top, bottom] = [ends[i], ends[3 + i]];
    square += ((top + bottom) / 2 - DESIRED_POSITION[i]) ** 2;
    cosine += ((top - bottom) / 0.13) * goal[i];
  }
  return { distance: Math.sqrt(square), cosine, height: (ends[2] + ends[5]) / 2 };
}
