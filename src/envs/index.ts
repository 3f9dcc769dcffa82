import { ConfigError } from "../errors/errors.js";
import { suggest } from "../errors/nearest.js";
import type { Task } from "../mdp/task.js";
import { DYNAMICS_OPTIONS } from "./dynamics.js";
import { ERAS, type EraOptions } from "./mujoco/mjcf.js";
import { checkedOption, type TaskOption } from "./options.js";
import { ant } from "./tasks/ant.js";
import { dclawTurn } from "./tasks/dclaw-turn.js";
import { dkittyOrient } from "./tasks/dkitty-orient.js";
import { halfCheetah } from "./tasks/half-cheetah.js";
import { hopper } from "./tasks/hopper.js";
import { humanoid } from "./tasks/humanoid.js";
import { inhandPen } from "./tasks/inhand-pen.js";
import { invertedPendulum } from "./tasks/inverted-pendulum.js";
import { pointMass } from "./tasks/point-mass.js";
import { REACHER_OPTIONS, reacher7dof } from "./tasks/reacher-7dof.js";
import { swimmer } from "./tasks/swimmer.js";
import { walker2d } from "./tasks/walker2d.js";

/** A task that comes with the package: how it is made, and what each of its options can be. */
interface Entry {
  readonly make: (options: Readonly<Record<string, string>>) => Task;
  readonly options: Readonly<Record<string, TaskOption>>;
}

/** A gym task, which knows both eras. The catalogue has checked the value before it calls. */
const gym = (make: (options: EraOptions) => Task): Entry => ({
  make: (options) => make(options),
  options: { era: ERAS },
});

/** The worlds that come with the package (App. B.1), by versioned name. To add one, add a line. */
const CATALOGUE: Readonly<Record<string, Entry>> = {
  "point-mass-v0": { make: pointMass, options: {} },
  "inverted-pendulum-v2": gym(invertedPendulum),
  "hopper-v2": gym(hopper),
  "walker2d-v2": gym(walker2d),
  "half-cheetah-v2": gym(halfCheetah),
  "ant-v2": gym(ant),
  "swimmer-v2": gym(swimmer),
  "humanoid-v2": gym(humanoid),
  "reacher-7dof-v0": { make: reacher7dof, options: REACHER_OPTIONS },
  "dclaw-turn-v0": { make: dclawTurn, options: DYNAMICS_OPTIONS },
  "dkitty-orient-v0": { make: dkittyOrient, options: DYNAMICS_OPTIONS },
  "inhand-pen-v0": { make: inhandPen, options: {} },
};

const bareName = (id: string) => id.replace(/-v\d+$/, "");

/** Versioned names of all tasks. */
export function taskIds(): readonly string[] {
  return Object.keys(CATALOGUE);
}

/** What each option of a task can be: `{ era: ["cylinder", "exact"] }`, the default first, or numbers within bounds. */
export function taskOptions(name: string): Readonly<Record<string, TaskOption>> {
  return find(name).entry.options;
}

/**
 * A task by name, versioned (`"hopper-v2"`) or bare (`"hopper"`).
 *
 * @param options for instance `{ era: "exact" }`
 * @throws {ConfigError} where the name, an option or its value is unknown
 */
export function createTask(name: string, options: Readonly<Record<string, string>> = {}): Task {
  const { id, entry } = find(name);
  const checked: Record<string, string> = {};
  for (const [option, value] of Object.entries(options)) {
    const kind = Object.hasOwn(entry.options, option) ? entry.options[option] : undefined;
    if (!kind) {
      const known = Object.keys(entry.options);
      const mend = known.length > 0 ? suggest(option, known) : "Leave it out; this task has no options";
      throw new ConfigError(`${id}.${option}`, "there is no such option", mend);
    }
    checked[option] = checkedOption(`${id}.${option}`, kind, value);
  }
  return entry.make(checked);
}

function find(name: string): { readonly id: string; readonly entry: Entry } {
  const id = taskIds().find((known) => known === name || bareName(known) === name);
  if (id !== undefined) return { id, entry: CATALOGUE[id] };
  const names = /-v\d+$/.test(name) ? taskIds() : taskIds().map(bareName);
  throw new ConfigError("task", `there is no task ${JSON.stringify(name)}`, suggest(name, names));
}
