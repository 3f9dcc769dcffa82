import { cachedFor } from "../../compute/cached.js";
import { mul, square, sub } from "../../compute/operators.js";
import type { Task, TaskGraphs } from "../../mdp/task.js";

/**
 * The same task for a search that goes by slopes, which ends of episodes do not have:
 *
 *   r(s, a, s′) − w (1 − room(s′))²
 *
 * Nothing in the middle of what the limits leave, w at a limit. The task itself where w is 0, or where its graphs do not say
 * reward and room.
 */
export function keepingAway(task: Task, weight: number): Task {
  const { graphs } = task;
  if (graphs?.reward === undefined || graphs.room === undefined || weight === 0) return task;
  const { reward, room } = graphs;
  const kept = cachedFor(
    graphs,
    ["keeping away from ends", weight],
    (): TaskGraphs => ({
      ...graphs,
      reward: (states, actions, next) => sub(reward(states, actions, next), mul(weight, square(sub(1, room(next))))),
    }),
  );
  return { ...task, graphs: kept };
}
