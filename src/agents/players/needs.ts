import { ConfigError } from "../../errors/errors.js";
import type { Task } from "../../mdp/task.js";

/*
 * What policy players ask of a task, checked before anything is made.
 */

/** Refuses a task that does not say, as a graph, where episodes end, nor what they are rewarded with, unless the model player learns it. @throws {ConfigError} */
export function needGraphs(settings: Readonly<Record<string, unknown>>, { id, graphs }: Task): void {
  const mend = "Give the task `graphs` (docs/tasks.md), or play with --policy npg";
  if (graphs === undefined)
    throw new ConfigError("players.policy", `${id} does not say where episodes end as a graph`, mend);
  const learns = (settings.gaussian as { readonly learnReward?: unknown } | undefined)?.learnReward;
  const model = settings.model as { readonly learnReward?: boolean } | undefined;
  if (graphs.reward === undefined && learns !== "auto" && learns !== "yes" && model?.learnReward !== true) {
    throw new ConfigError(
      "players.policy",
      `${id} does not say its reward as a graph, and no model player learns it`,
      mend,
    );
  }
}

/** Refuses an action box that has no width, or no end. @throws {ConfigError} */
export function needBox({ id, action }: Task): void {
  action.low.forEach((low, i) => {
    const high = action.high[i];
    if (!(Number.isFinite(low) && Number.isFinite(high) && high > low)) {
      throw new ConfigError(
        "players.policy",
        `entry ${i} of the action box of ${id} goes from ${low} to ${high}; actions are spread over a box of some width`,
        "Give the task finite bounds that differ",
      );
    }
  });
}
