import { SnapshotReader } from "../agents/snapshot-reader.js";
import { openPlayers } from "../agents/ways.js";
import { ConfigError, StorageError } from "../errors/errors.js";
import type { ActingNet } from "../mdp/parametric.js";
import type { Task } from "../mdp/task.js";
import { newestCheckpoint } from "./checkpoint.js";
import { readConfig } from "./config.js";

/**
 * The newest policy of another run of the same task: π* of the bound meter.
 *
 * @throws {StorageError} where the directory is no run, or has no checkpoint
 * @throws {ConfigError} where its task is another one
 */
export function referencePolicy(run: string, task: Task): ActingNet {
  const config = readConfig(run);
  if (config.task.id !== task.id) {
    throw new ConfigError(
      "meter.reference",
      `${run} is a run of ${config.task.id}, this one plays ${task.id}`,
      "Name a run of the same task",
    );
  }
  const snapshot = newestCheckpoint(run, () => {});
  if (snapshot === undefined) {
    throw new StorageError(run, "has no checkpoint that can be read", "Name a run that has finished an iteration");
  }
  const { policy } = openPlayers(task, config.settings);
  const net = policy.network?.(policy.recall(new SnapshotReader(snapshot)));
  if (net !== undefined) return net;
  throw new ConfigError("meter.reference", `${run} plans in its model, and has no policy network`, "Name another run");
}
