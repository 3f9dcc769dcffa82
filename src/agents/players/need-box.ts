import { ConfigError } from "../../errors/errors.js";
import type { Task } from "../../mdp/task.js";

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
