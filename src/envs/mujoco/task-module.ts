import { ConfigError } from "../../errors/errors.js";
import type { DescribedJoint, DescribedModel } from "./describe-model.js";

/** What a module is made for. */
export interface TaskModuleOptions {
  /** The task's id, with a version: `robot-v0`. */
  readonly id: string;
  /** Where the model lies, as the module says it: `./robot.xml`. */
  readonly model: string;
}

/** Time between two actions that a task begins with, s. */
const CONTROL_STEP = 0.02;
const HORIZON = 1000;

/** An entry of qpos or qvel. */
interface Entry {
  readonly name: string;
  readonly at: number;
}

/** Where a robot stands on the ground; nothing should depend on it. */
const GROUND_AXES = [0, 1];
const along = ({ axis }: DescribedJoint): number => axis.findIndex((x) => Math.abs(x) > 0.99);
const isGround = (joint: DescribedJoint): boolean =>
  joint.kind === "slide" && joint.ofRoot && GROUND_AXES.includes(along(joint));

const QUATERNION = ["w", "x", "y", "z"];
const AXES = ["x", "y", "z"];

/** @param travels whether it goes about on the ground: where it is there is left out */
function positions(joint: DescribedJoint, travels: boolean): readonly Entry[] {
  const { name, kind, position } = joint;
  if (kind === "hinge") return [{ name: `${name} [rad]`, at: position }];
  if (kind === "slide") return travels && isGround(joint) ? [] : [{ name: `${name} [m]`, at: position }];
  const turned = (from: number) => QUATERNION.map((part, i) => ({ name: `${name} quaternion ${part}`, at: from + i }));
  return kind === "ball"
    ? turned(position)
    : [{ name: `${name} height [m]`, at: position + 2 }, ...turned(position + 3)];
}

function velocities({ name, kind, velocity }: DescribedJoint): readonly Entry[] {
  if (kind === "hinge") return [{ name: `${name} rate [rad/s]`, at: velocity }];
  if (kind === "slide") return [{ name: `${name} velocity [m/s]`, at: velocity }];
  const rates = (from: number) => AXES.map((axis, i) => ({ name: `${name} rate about ${axis} [rad/s]`, at: from + i }));
  if (kind === "ball") return rates(velocity);
  return [
    ...AXES.map((axis, i) => ({ name: `${name} velocity along ${axis} [m/s]`, at: velocity + i })),
    ...rates(velocity + 3),
  ];
}

/** The entry of qvel that is the way forward: along x, of what hangs in the world itself. */
function forward(joints: readonly DescribedJoint[]): number | undefined {
  const root = joints.find(
    (joint) => joint.ofRoot && (joint.kind === "free" || (isGround(joint) && along(joint) === 0)),
  );
  // A robot with one joint along x alone is a cart: it has a place to be, not a way to go.
  const travels = root !== undefined && (root.kind === "free" || joints.filter(({ ofRoot }) => ofRoot).length > 1);
  return travels ? root.velocity : undefined;
}

const list = (values: readonly (number | string)[]): string => `[${values.map((x) => JSON.stringify(x)).join(", ")}]`;

/**
 * The source of a task's module for a MuJoCo model: it plays and passes `check-task` as it is, and says where to go on.
 * What can travel along x is paid for its speed; what cannot, for staying in the pose that the model begins in.
 *
 * @throws {ConfigError} where a control has no range
 */
export function taskModule(
  { joints, actuators, timestep, pose }: DescribedModel,
  { id, model }: TaskModuleOptions,
): string {
  const free = actuators.find(({ range }) => range === null);
  if (free !== undefined)
    throw new ConfigError(model, `the control of ${free.name} has no range`, 'Give it one: ctrlrange="-1 1"');
  const way = forward(joints);
  const travels = way !== undefined;
  const [seen, moving] = [joints.flatMap((joint) => positions(joint, travels)), joints.flatMap(velocities)];
  const frameSkip = Math.max(1, Math.round(CONTROL_STEP / timestep));
  const ranges = actuators.map(({ range }) => range!);
  const names = [...seen, ...moving].map(({ name }) => name);
  const entryOf = (at: number) => seen.length + moving.findIndex((entry) => entry.at === at);
  const task = way === undefined ? hold() : travel(entryOf(way), way);
  return `/**
 * A task on ${model}, made by \`stackelberg new-task\`: a beginning, to be changed.
 *
 *   stackelberg check-task ./<this file>
 *   stackelberg train pal ./<this file>
 *
 * ${task.says}
 * Start: the model's own pose, each position and velocity off by uniform(−0.01, 0.01). No terminal states.
 */
import { box, mujocoTask, operators, taskGraphs, uniformAround } from "stackelberg";
import { readModel } from "stackelberg/node";

const { ${task.operators.join(", ")} } = operators;

// What the learner sees: these entries of qpos, then these of qvel.${
    travels ? " Where the robot is on the ground is left out." : ""
  }
const POSITIONS = ${list(seen.map(({ at }) => at))};
const VELOCITIES = ${list(moving.map(({ at }) => at))};
const EFFORT = 0.001; // cost of a squared control
${task.constants}
// Ranges of the controls, and what using them costs.
const LOW = ${list(ranges.map(([low]) => low))};
const HIGH = ${list(ranges.map(([, high]) => high))};
const effortOf = (action) =>
  EFFORT * LOW.reduce((sum, low, i) => sum + Math.min(Math.max(action[i], low), HIGH[i]) ** 2, 0);

const observe = ({ qpos, qvel }) =>
  Float64Array.of(...POSITIONS.map((i) => qpos[i]), ...VELOCITIES.map((i) => qvel[i]));

export default mujocoTask({
  id: ${JSON.stringify(id)},
  title: ${JSON.stringify(task.title)},
  ...(await readModel(new URL(${JSON.stringify(model)}, import.meta.url))), // its text, and the files that this names
  timestep: ${timestep}, // s, the model's
  frameSkip: ${frameSkip}, // physics steps for each action
  horizon: ${HORIZON}, // actions, the longest episode
  observation: box([
${names.map((name) => `    [${JSON.stringify(name)}],\n`).join("")}  ]),
  action: {
    size: ${actuators.length},
    names: ${list(actuators.map(({ name }) => `${name} [control]`))},
    low: LOW,
    high: HIGH,
  },
  start: (qpos0, qvel0, rng) => ({ qpos: uniformAround(qpos0, 0.01, rng), qvel: uniformAround(qvel0, 0.01, rng) }),
  observe,

  // The reward three times: from the simulator, from observations alone (they come from a learned model too), and as a
  // graph, through which gradients flow. check-task compares them.
  simulated: {
    reward: ({ after, action }) => ${task.simulated} - effortOf(action),
    isTerminal: () => false,
  },
  reward: (_, action, next) => ${task.reward} - effortOf(action),
  isTerminal: () => false,
  graphs: {
    reward: (_, actions, next) => {
      const executed = clip(actions, constant(LOW, [LOW.length]), constant(HIGH, [HIGH.length]));
      return sub(${task.graph}, mul(EFFORT, taskGraphs.rowSum(square(executed))));
    },
    alive: taskGraphs.alwaysAlive,
  },
});
`;

  function travel(entry: number, at: number) {
    return {
      title: `${id}: forward, fast`,
      says: "It is paid for its speed along x, and pays for effort.",
      operators: ["clip", "constant", "mul", "square", "sub"],
      constants: `const SPEED = ${entry}; // the entry of the observation that is paid\n`,
      simulated: `after.qvel[${at}]`,
      reward: "next[SPEED]",
      graph: "taskGraphs.column(next, SPEED)",
    };
  }

  function hold() {
    return {
      title: `${id}: stays in its pose`,
      says: "It is paid for staying in the pose that the model begins in, and pays for effort.",
      operators: ["clip", "constant", "mul", "neg", "square", "sub"],
      constants: `// The pose to stay in; edit it to have another.\nconst POSE = ${list(seen.map(({ at }) => pose[at]))};\nconst awayFrom = (s) => POSE.reduce((sum, x, i) => sum + (s[i] - x) ** 2, 0);\n`,
      simulated: "-awayFrom(observe(after))",
      reward: "-awayFrom(next)",
      graph:
        "neg(taskGraphs.rowSum(square(sub(taskGraphs.columns(next, 0, POSE.length), constant(POSE, [POSE.length])))))",
    };
  }
}
