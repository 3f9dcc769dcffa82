import type { Node } from "../../compute/node.js";
import { add, cos, gate, maximum, minimum, mul, neg, sin, sub } from "../../compute/operators.js";
import type { NumberRow, Task } from "../../mdp/task.js";
import { absoluteAngle, aliveWithin, column, columns, euclidean } from "../../mdp/task-graphs.js";
import { between, DYNAMICS_OPTIONS } from "../dynamics.js";
import { entries } from "../mujoco/mujoco-stage.js";
import { mujocoTask, type Simulation } from "../mujoco/mujoco-task.js";
import { checkedOption } from "../options.js";
import { allFinite, box, clip } from "../spaces.js";
import { applyDynamics, DYNAMICS_SIZE, drawDynamics, SENSOR_ERRORS } from "./dkitty-dynamics.js";
import { dkittyMjcf, LEG_JOINTS } from "./dkitty-orient-mjcf.js";

const HORIZON = 80; // control steps
const CONTROL_STEP = 0.1; // s
const FASTEST = Math.PI; // rad/s, of what an action may ask for
const LEGS_AT = 6; // address of the leg joints in qpos

const FALLEN = 0.9; // upright at which an episode ends
const STANDING = 0.96; // upright from which a bonus is paid
const NEAR = 0.26; // rad, facing error of the small bonus
const REACHED = 0.087; // rad, facing error of success

/** What is paid: for u between FALLEN and 1, for a fall, for each rad of ε and m of c, and the two bonuses. */
const [UPRIGHT, FALL, FACING, DRIFT, SMALL_BONUS, BIG_BONUS] = [2, -500, -4, -4, 5, 10] as const;

/** Entries of the observation. */
const ROTATION = 3;
const DESIRED = 39;
/** The legs' angles and rates. */
const SENSORS = Array.from({ length: 24 }, (_, i) => (i < 12 ? 6 + i : 12 + i));

/**
 * DKitty-Orient: a quadruped of 12 joints turns on the spot until it faces a given direction.
 *
 *   FL ┌──▲──┐ FR      z up; the robot faces its own +y (▲), x to its right. The torso starts 0.3 m above the floor,
 *      │     │         on straight legs. Heading Rz counts from the world's +y, counter-clockwise.
 *   BL └─────┘ BR      Each leg: hip (about y), knee and ankle (about x).
 *
 * | state | name | unit | bounds |
 * |---|---|---|---|
 * | 0–2 | torso position x, y, height above its start | m | none |
 * | 3–5 | torso rotation Rx, Ry, Rz, applied in this order about moving axes | rad | none declared; soft stops at ±3.14 |
 * | 6–17 | legs FR, FL, BL, BR: hip, knee, ankle | rad | none declared; soft stops, see the action |
 * | 18–20 | torso velocity x, y, z | m/s | none |
 * | 21–23 | rates of Rx, Ry, Rz | rad/s | none |
 * | 24–35 | leg rates, in the order of 6–17 | rad/s | none |
 * | 36 | upright u = cos Rx cos Ry | 1 | ±1 (ends below 0.9) |
 * | 37, 38 | facing f: x, y of the torso's y axis, (−cos Ry sin Rz, cos Rx cos Rz − sin Rx sin Ry sin Rz) | 1 | ±1 |
 * | 39, 40 | desired facing: unit vector from the torso to the target | 1 | ±1 |
 *
 * | action | name | unit | bounds |
 * |---|---|---|---|
 * | 0–11 | desired angle of each leg joint: hip −0.5…0.279 (FR, BR) or −0.279…0.5 (FL, BL), knee 0…π/2, ankle −2…0 | rad, scaled | ±1 |
 *
 * An action asks for an angle within 0.1 s · π rad/s of the present one; a position servo of 5 N·m/rad then has 0.1 s.
 * The observation is ROBEL's without the last action, which has no influence on what follows. Entries 36–38 follow from
 * 3–5; reward, end and success are computed from 3–5, so that a learned model cannot make the two disagree in its favour.
 *
 * With ε the angle between f and the desired facing in the floor's plane, and c the torso's distance from the origin, of s′:
 *
 *   R(s, a, s′) = 20 (u − 0.9) − 500 [u < 0.9] − 4 ε − 4 c + 5 [ε < 0.26 or u > 0.96] + 10 [ε < 0.087 and u > 0.96]
 *
 * (The small bonus says "or" in ROBEL too.) Success of a state: ε < 0.087 rad and u > 0.96; an episode succeeds where its
 * 80th state does.
 *
 * Start: at rest on straight legs, heading uniform in ±π/3; the target is 1 m from the origin, at a heading uniform in
 * 2π/3…4π/3. Heading cannot pass ±π: a target beyond π is reached clockwise only.
 * Terminal: u < 0.9, or a number that is not finite. Cut after 80 steps of 0.1 s (40 of 0.0025 s).
 *
 * With dynamics `random`, each reset draws the parameters of `drawDynamics`, and leg angles and rates are observed with
 * uniform errors of up to `SENSOR_ERRORS`; commands start from the true angles.
 *
 * @param options `dynamics`: `"nominal"` by default
 * @throws {ConfigError} where there is no such option value
 */
export function dkittyOrient(options: { readonly dynamics?: string } = {}): Task {
  const id = "dkitty-orient-v0";
  const dynamics = checkedOption(`${id}.dynamics`, DYNAMICS_OPTIONS.dynamics, options.dynamics ?? "nominal");
  const random = dynamics === "random";
  return mujocoTask({
    id,
    title: "DKitty-Orient: a quadruped turns to face a direction (ROBEL)",
    options: { dynamics },
    mjcf: dkittyMjcf(random),
    ...(random && { ownModel: true, noiseSize: SENSOR_ERRORS.length }),
    timestep: 0.0025,
    frameSkip: 40,
    observation: box(OBSERVATION),
    action: box(LEG_JOINTS.map(({ name }) => [`desired angle of ${name} [scaled rad]`, 1])),
    horizon: HORIZON,
    goalSize: 2 + (random ? DYNAMICS_SIZE : 0),
    applyGoal({ data, model, goal }) {
      if (random) applyDynamics(model, goal.subarray(2));
      data.mocap_pos.set([goal[0], goal[1], 0]);
    },
    start(qpos, qvel, rng) {
      qpos[5] = between(-Math.PI / 3, Math.PI / 3, rng);
      const target = between((2 * Math.PI) / 3, (4 * Math.PI) / 3, rng);
      const point = [-Math.sin(target), Math.cos(target)];
      return { qpos, qvel, goal: Float64Array.of(...point, ...(random ? drawDynamics(rng) : [])) };
    },
    control(action, { qpos }, ctrl) {
      for (const [i, { reach }] of LEG_JOINTS.entries()) {
        const [low, high] = reach;
        const present = qpos[LEGS_AT + i];
        const desired = (low + high) / 2 + (action[i] * (high - low)) / 2;
        ctrl[i] = present + clip(desired - present, FASTEST * CONTROL_STEP);
      }
    },
    observe({ qpos, qvel, goal, noise }) {
      const { upright, facing } = posture(qpos, ROTATION);
      const s = Float64Array.of(...qpos, ...qvel, upright, ...facing, ...directionTo(qpos, goal));
      for (let i = 0; i < noise.length; i++) s[SENSORS[i]] += noise[i] * SENSOR_ERRORS[i];
      return s;
    },
    simulated: {
      reward: ({ after }) => payment(measure(after)),
      isTerminal: ({ qpos }) => measuredUpright(qpos) < FALLEN,
      isSuccess: (simulation) => isReached(measure(simulation)),
    },
    reward: (_state, _action, next) => payment(pose(next)),
    rewardTerms: (_state, _action, next) => terms(pose(next)),
    isTerminal: (next, margin = 0) => !allFinite(next) || posture(next, ROTATION).upright < lowestUpright(margin),
    graphs: {
      reward: (_states, _actions, next) => paymentNode(next),
      alive: (next, margin = 0) => aliveWithin(sub(postureNode(next).upright, lowestUpright(margin)), next),
    },
    isSuccess: (next) => isReached({ ...posture(next, ROTATION), error: facingError(next) }),
    episodeSuccess: (successes) => successes.length === HORIZON && successes[HORIZON - 1],
    goalError: { name: "facing error [rad]", of: facingError },
    looks: {
      poseOf: (s) => ({ qpos: entries(s, 0, 18), goal: seenTarget(s) }),
      camera: { lookAt: [0.05, -0.35, 0.12], distance: 1.9, azimuth: -25, elevation: 25 },
    },
  });
}

const OBSERVATION: readonly (readonly [name: string, bound?: number])[] = [
  ...["x", "y", "z"].map((axis) => [`torso position ${axis} [m]`] as const),
  ...["x", "y", "z"].map((axis) => [`torso rotation R${axis} [rad]`] as const),
  ...LEG_JOINTS.map(({ name }) => [`joint ${name} [rad]`] as const),
  ...["x", "y", "z"].map((axis) => [`torso velocity ${axis} [m/s]`] as const),
  ...["x", "y", "z"].map((axis) => [`rate of R${axis} [rad/s]`] as const),
  ...LEG_JOINTS.map(({ name }) => [`rate of ${name} [rad/s]`] as const),
  ["upright", 1],
  ["facing x", 1],
  ["facing y", 1],
  ["desired facing x", 1],
  ["desired facing y", 1],
];

/** u and f of the three angles that stand at `at`. */
function posture(row: NumberRow, at: number): { upright: number; facing: readonly [number, number] } {
  const [x, y, z] = [row[at], row[at + 1], row[at + 2]];
  return {
    upright: Math.cos(x) * Math.cos(y),
    facing: [-Math.cos(y) * Math.sin(z), Math.cos(x) * Math.cos(z) - Math.sin(x) * Math.sin(y) * Math.sin(z)],
  };
}

/** The same of observations in a graph. */
function postureNode(s: Node): { readonly upright: Node; readonly facing: readonly [Node, Node] } {
  const angles = columns(s, ROTATION, ROTATION + 3);
  const [cosines, sines] = [cos(angles), sin(angles)];
  const [cx, cy, cz] = [column(cosines, 0), column(cosines, 1), column(cosines, 2)];
  const [sx, sy, sz] = [column(sines, 0), column(sines, 1), column(sines, 2)];
  return { upright: mul(cx, cy), facing: [neg(mul(cy, sz)), sub(mul(cx, cz), mul(mul(sx, sy), sz))] };
}

/** u at which an episode ends. */
const lowestUpright = (margin: number): number => FALLEN + margin * (1 - FALLEN);

/** Unit vector in the plane from the torso to the target; 0 on top of it. */
function directionTo(qpos: Float64Array, target: Float64Array): readonly [number, number] {
  const [x, y] = [target[0] - qpos[0], target[1] - qpos[1]];
  const distance = Math.hypot(x, y);
  return distance === 0 ? [0, 0] : [clip(x / distance, 1), clip(y / distance, 1)];
}

/** The target of an observation: 1 m from the origin, where the line of the desired facing leaves that circle. */
function seenTarget(s: NumberRow): readonly [number, number] {
  const [x, y, u, v] = [s[0], s[1], s[DESIRED], s[DESIRED + 1]];
  const along = x * u + y * v;
  const far = Math.sqrt(Math.max(0, along * along + 1 - x * x - y * y)) - along;
  return [x + far * u, y + far * v];
}

/** ε of an observation, in 0…π; π where one of the two has no direction. */
function facingError(s: NumberRow): number {
  const [x, y] = posture(s, ROTATION).facing;
  const [u, v] = [s[DESIRED], s[DESIRED + 1]];
  if ((x === 0 && y === 0) || (u === 0 && v === 0)) return Math.PI;
  return Math.abs(Math.atan2(x * v - y * u, x * u + y * v));
}

interface Pose {
  readonly upright: number;
  /** ε, rad */
  readonly error: number;
  /** c, m */
  readonly drift: number;
}

const isReached = ({ upright, error }: Omit<Pose, "drift">) => error < REACHED && upright > STANDING;

function terms({ upright, error, drift }: Pose) {
  return {
    upright: (UPRIGHT * (upright - FALLEN)) / (1 - FALLEN),
    fall: upright < FALLEN ? FALL : 0,
    facing: FACING * error,
    drift: DRIFT * drift,
    "small bonus": error < NEAR || upright > STANDING ? SMALL_BONUS : 0,
    "big bonus": isReached({ upright, error }) ? BIG_BONUS : 0,
  };
}

function payment(of: Pose): number {
  const { upright, fall, facing, drift, "small bonus": small, "big bonus": big } = terms(of);
  return upright + fall + facing + drift + small + big;
}

/** R of observations in a graph, of the same terms. */
function paymentNode(s: Node): Node {
  const { upright, facing } = postureNode(s);
  const [x, y] = facing;
  const [u, v] = [column(s, DESIRED), column(s, DESIRED + 1)];
  const error = absoluteAngle(add(mul(x, u), mul(y, v)), sub(mul(x, v), mul(y, u)));
  const [near, standing, reached] = [sub(NEAR, error), sub(upright, STANDING), sub(REACHED, error)];
  return [
    mul(UPRIGHT / (1 - FALLEN), sub(upright, FALLEN)),
    gate(sub(FALLEN, upright), FALL),
    mul(FACING, error),
    mul(DRIFT, euclidean(columns(s, 0, 2))),
    gate(maximum(near, standing), SMALL_BONUS),
    gate(minimum(reached, standing), BIG_BONUS),
  ].reduce(add);
}

/** The pose that an observation shows. */
const pose = (s: NumberRow): Pose => ({
  ...posture(s, ROTATION),
  error: facingError(s),
  drift: Math.hypot(s[0], s[1]),
});

/** u of the simulator: the last entry of Rx · Ry · Rz. */
const measuredUpright = (qpos: Float64Array) => rotation(qpos)[2][2];

/** The same of the simulator, by the torso's rotation matrix and the difference of two headings. */
function measure({ qpos, goal }: Simulation): Pose {
  const matrix = rotation(qpos);
  const heading = Math.atan2(matrix[1][1], matrix[0][1]);
  const desired = Math.atan2(goal[1] - qpos[1], goal[0] - qpos[0]);
  const turn = Math.abs(desired - heading);
  return {
    upright: matrix[2][2],
    error: Math.min(turn, 2 * Math.PI - turn),
    drift: Math.sqrt(qpos[0] ** 2 + qpos[1] ** 2),
  };
}

type Matrix = readonly (readonly number[])[];

const product = (a: Matrix, b: Matrix): Matrix =>
  a.map((row) => [0, 1, 2].map((j) => row.reduce((sum, entry, k) => sum + entry * b[k][j], 0)));

/** R = Rx · Ry · Rz of the three root hinges. */
function rotation(qpos: Float64Array): Matrix {
  const [[cx, sx], [cy, sy], [cz, sz]] = [3, 4, 5].map((at) => [Math.cos(qpos[at]), Math.sin(qpos[at])]) as [
    [number, number],
    [number, number],
    [number, number],
  ];
  const aboutX = [
    [1, 0, 0],
    [0, cx, -sx],
    [0, sx, cx],
  ];
  const aboutY = [
    [cy, 0, sy],
    [0, 1, 0],
    [-sy, 0, cy],
  ];
  const aboutZ = [
    [cz, -sz, 0],
    [sz, cz, 0],
    [0, 0, 1],
  ];
  return product(product(aboutX, aboutY), aboutZ);
}
