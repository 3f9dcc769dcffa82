import { createTask } from "../envs/index.js";
import { ConfigError } from "../errors/errors.js";
import type { Space, Task } from "../mdp/task.js";
import type { Settings } from "./settings.js";
import { type WorldPool, worldPool } from "./world/pool.js";

/** A change of the task within a run (section 5, Fig. 4): from the first iteration that begins with so many samples on. */
export type TaskChange = Settings["task"]["changes"][number];

/** Makes a run's task once more, with these options. */
export type RemakeTask = (options: Readonly<Record<string, string>>) => Task | Promise<Task>;

/** How a run's task changes: `task.changes` once each, or `task.turns` again and again; runs of before have no turns. */
export type TaskCourse = Pick<Settings["task"], "changes"> & Partial<Settings["task"]>;

/**
 * The tasks that a run plays: where they come in turn, each of them; else the task itself, and what each change makes of
 * the one before.
 *
 * @param remake by default the catalogue's
 * @throws {ConfigError} where a change or a turn names an unknown option or value or changes what a state or an action is,
 *   where a change changes nothing, and where two turns are the same task
 */
export async function taskStages(
  task: Task,
  { changes, turns = [] }: TaskCourse,
  remake: RemakeTask = (options) => createTask(task.id, options),
): Promise<readonly Task[]> {
  return turns.length > 0 ? tasksInTurn(task, turns, remake) : changedTasks(task, changes, remake);
}

async function tasksInTurn(
  task: Task,
  turns: NonNullable<TaskCourse["turns"]>,
  remake: RemakeTask,
): Promise<readonly Task[]> {
  const tasks: Task[] = [];
  for (const [i, options] of turns.entries()) {
    const own = await remake({ ...task.options, ...options });
    const same = tasks.findIndex((other) => JSON.stringify(other.options) === JSON.stringify(own.options));
    if (same >= 0) {
      throw new ConfigError(
        `task.turns.${i}`,
        `${JSON.stringify(options)} is the task of turn ${same} again: ${told(own)}`,
        "List each task once; task.turnIterations says how long a turn is",
      );
    }
    refuseOther(`task.turns.${i}`, options, task, own);
    tasks.push(own);
  }
  return tasks;
}

async function changedTasks(task: Task, changes: readonly TaskChange[], remake: RemakeTask): Promise<readonly Task[]> {
  const stages = [task];
  for (const [i, { options }] of changes.entries()) {
    const before = stages[i];
    const where = `task.changes.${i}.options`;
    const changed = await remake({ ...before.options, ...options });
    if (JSON.stringify(changed.options) === JSON.stringify(before.options)) {
      throw new ConfigError(where, `${JSON.stringify(options)} changes nothing`, `It is so already: ${told(before)}`);
    }
    refuseOther(where, options, before, changed);
    stages.push(changed);
  }
  return stages;
}

/** Refuses a task whose states or actions are others. @throws {ConfigError} */
function refuseOther(where: string, options: Readonly<Record<string, string>>, one: Task, other: Task): void {
  const part = differingPart(one, other);
  if (part === undefined) return;
  throw new ConfigError(
    where,
    `${JSON.stringify(options)} changes the ${part} of ${one.id}, which must stay the same within a run`,
    "Begin a new run with --task-option",
  );
}

/** Which of a run's tasks iteration k plays, if it begins with so many real samples. */
export function stageAt({ changes, turns = [], turnIterations = 1 }: TaskCourse, k: number, samples: number): number {
  return turns.length > 0 ? Math.floor(k / turnIterations) % turns.length : changesInForce(changes, samples);
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
