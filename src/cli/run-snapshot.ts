import { type Snapshot, stageOf } from "../agents/snapshot.js";
import { StorageError } from "../errors/errors.js";
import type { Task } from "../mdp/task.js";
import { listCheckpoints, newestCheckpoint, readCheckpoint } from "../runs/checkpoint.js";
import { type RunConfig, readConfig } from "../runs/config.js";
import type { Parts } from "./parts.js";
import { recallTask, remakerOf } from "./task-source.js";
import type { Terminal } from "./terminal.js";

/** A run as it was after an iteration. */
export interface OpenedSnapshot {
  readonly config: RunConfig;
  readonly snapshot: Snapshot;
  readonly task: Task;
  readonly parts: Parts;
}

/**
 * A run as it was after one iteration, or after the newest that can be read. Warns on the terminal.
 *
 * @param loadParts is called when config and checkpoint are known to be there
 * @throws {StorageError} where there is no such checkpoint, or the task's module is gone
 */
export async function openSnapshot(
  directory: string,
  iteration: number | undefined,
  terminal: Terminal,
  loadParts: () => Promise<Parts>,
): Promise<OpenedSnapshot> {
  const warn = (message: string) => terminal.err(`Warning: ${message}\n`);
  const config = readConfig(directory);
  const snapshot = snapshotOf(directory, iteration, warn);
  const parts = await loadParts();
  const task = await taskOfSnapshot(snapshot, directory, config, terminal.cwd, parts, warn);
  return { config, snapshot, task, parts };
}

/** The task of a run as it was in the iteration of a snapshot: its settings may change it on the way. */
async function taskOfSnapshot(
  snapshot: Snapshot,
  run: string,
  config: RunConfig,
  cwd: string,
  parts: Parts,
  warn: (message: string) => void,
): Promise<Task> {
  const task = await recallTask(run, config, cwd, parts, warn);
  const stages = await parts.taskStages(task, config.settings.task, remakerOf(run, config, cwd, parts));
  return stages[stageOf(snapshot)];
}

/** The snapshot after one iteration, or the newest. @throws {StorageError} where there is none */
export function snapshotOf(run: string, iteration: number | undefined, warn: (message: string) => void): Snapshot {
  const kept = listCheckpoints(run);
  if (iteration !== undefined) {
    if (!kept.includes(iteration)) {
      throw new StorageError(
        run,
        `has no checkpoint of iteration ${iteration}`,
        kept.length > 0 ? `It has ${kept.join(", ")}` : "It has none yet",
      );
    }
    return readCheckpoint(run, iteration);
  }
  const snapshot = newestCheckpoint(run, warn);
  if (snapshot === undefined)
    throw new StorageError(
      run,
      "has no checkpoint that can be read",
      "Let the run finish its first iteration: stackelberg resume",
    );
  return snapshot;
}
