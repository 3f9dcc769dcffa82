import { ConfigError } from "../errors/errors.js";
import type { Task } from "../mdp/task.js";

/**
 * Refuses a task that does not say, as a graph, where episodes end, nor what they are rewarded with, unless the model
 * player learns it.
 *
 * @throws {ConfigError}
 */
export function needGraphs({ id, graphs }: Task, learnsReward: boolean): void {
  const mend = "Give the task `graphs` (docs/tasks.md), or play with --policy npg";
  if (graphs === undefined)
    throw new ConfigError("players.policy", `${id} does not say where episodes end as a graph`, mend);
  if (graphs.reward === undefined && !learnsReward) {
    throw new ConfigError(
      "players.policy",
      `${id} does not say its reward as a graph, and no model player learns it`,
      mend,
    );
  }
}
