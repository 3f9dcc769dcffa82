import { createTask } from "../envs/index.js";
import { ConfigError } from "../errors/errors.js";
import type { Space, Task } from "../mdp/task.js";
import type { Settings } from "./settings.js";
import { type WorldPool, worldPool } from "./world/pool.js";

/** A change of the task within a run (section 5, Fig. 4): from the first iteration that begins with so many samples on. */
export type TaskChange = Settings["task"]["changes"][number];

/** Makes a run's task once more, with these options. */
export type RemakeTask = (options: Readonly<Record<string, string>>) => Task | Promise<Task>;

/**
 * The tasks that a run plays one after the other: the task itself, and what each change makes of the one before.
 *
 * @param remake by default the catalogue's
 * @throws {ConfigError} where a change names an unknown option or value, changes nothing, or changes what a state or an
 *   action is
 */
export async function taskStages(
  task: Task,
  changes: readonly TaskChange[],
  remake: RemakeTask = (options) => createTask(task.id, options),
): Promise<readonly Task[]> {
  const stages = [task];
  for (const [i, { options }] of changes.entries()) {
    const before = stages[i];
    const where = `task.changes.${i}.options`;
    const changed = await remake({ ...before.options, ...options });
    if (JSON.stringify(changed.options) === JSON.stringify(before.options)) {
      throw new ConfigError(where, `${JSON.stringify(options)} changes nothing`, `It is so already: ${told(before)}`);
    }
    const other = differingPart(before, changed);
    if (other !== undefined) {
      throw new ConfigError(
        where,
        `${JSON.stringify(options)} changes the ${other} of ${task.id}, which must stay the same within a run`,
        "Begin a new run with --task-option",
      );
    }
    stages.push(changed);
  }
  return stages;
}

/** How many of the changes are in force in an iteration that begins with so many real samples. */
export function changesInForce(changes: readonly TaskChange[], samples: number): number {
  return changes.filter(({ atSamples }) => atSamples <= samples).length;
}

/** Worlds of the stage that was entered last, the first to begin with. */
export interface StagedPool extends WorldPool {
  enter(stage: number): void;
}

export function stagedPool(stages: readonly Task[]): StagedPool {
  let pool = worldPool(stages[0]);
  return {
    get task() {
      return pool.task;
    },
    worlds: (count) => pool.worlds(count),
    enter(stage) {
      if (pool.task === stages[stage]) return;
      pool.close();
      pool = worldPool(stages[stage]);
    },
    close: () => pool.close(),
  };
}

/** `forearm=1.2, goals=0,0,0` */
const told = ({ options }: Task) =>
  Object.entries(options)
    .map(([name, value]) => `${name}=${value}`)
    .join(", ");

/** What of two tasks differs and may not; undefined where nothing does. */
function differingPart(one: Task, other: Task): string | undefined {
  const same = (a: Space, b: Space) =>
    (["names", "low", "high"] as const).every(
      (key) => a[key].length === b[key].length && a[key].every((entry, i) => entry === b[key][i]),
    );
  if (!same(one.observation, other.observation)) return "observation";
  if (!same(one.action, other.action)) return "action";
  if (one.horizon !== other.horizon) return "horizon";
  return one.controlStep === other.controlStep ? undefined : "control step";
}
