import type { Compute } from "../compute/engine.js";
import { meanAndStd } from "../math/statistics.js";
import type { Actor } from "../mdp/actor.js";
import { checkedTask } from "../mdp/checked-task.js";
import type { Task } from "../mdp/task.js";
import { seeded } from "../random/rng.js";
import type { GoalErrorStatistics, ReturnStatistics } from "./metrics.js";
import type { Settings } from "./settings.js";
import type { Snapshot } from "./snapshot.js";
import { SnapshotReader } from "./snapshot-reader.js";
import { type OwnPlayers, openPlayers } from "./ways.js";
import { playEpisodes } from "./world/play.js";
import { type WorldPool, worldPool } from "./world/pool.js";
import { type EpisodeScores, joinScores } from "./world/scores.js";

/** Scores of a policy in the world. */
export interface Evaluation {
  readonly return: ReturnStatistics;
  /** Share of successful episodes; null where the task defines no success. */
  readonly success: number | null;
  /** How far from the goal; null where the task has no such measure. */
  readonly goalError: GoalErrorStatistics | null;
  readonly returns: readonly number[];
  readonly lengths: readonly number[];
}

export function summarize({
  returns,
  successes,
  goalErrors,
}: EpisodeScores): Pick<Evaluation, "return" | "success" | "goalError"> {
  const over = (key: "mean" | "last") => meanAndStd(goalErrors!.map((error) => error[key])).mean;
  return {
    return: { ...meanAndStd(returns), episodes: returns.length },
    success: successes === null ? null : successes.filter(Boolean).length / successes.length,
    goalError: goalErrors === null ? null : { mean: over("mean"), last: over("last") },
  };
}

/** More worlds than this are not played in step. */
const WORLDS_AT_ONCE = 100;

/**
 * J(π, W), undiscounted, over `episodes` starts that follow from `seed` alone.
 *
 * @param onSteps hears of each step of an episode; `total` is what there would be if none ended before the horizon
 */
export async function evaluateInWorld(
  acting: Actor,
  pool: WorldPool,
  {
    episodes,
    seed,
    stochastic = false,
  }: { readonly episodes: number; readonly seed: number; readonly stochastic?: boolean },
  onSteps?: (done: number, total: number) => void,
): Promise<Evaluation> {
  const parts: EpisodeScores[] = [];
  let done = 0;
  const watch = onSteps && (() => onSteps(++done, episodes * pool.task.horizon));
  for (let first = 0; first < episodes; first += WORLDS_AT_ONCE) {
    const starts = Array.from({ length: Math.min(WORLDS_AT_ONCE, episodes - first) }, (_, i) => seed + first + i);
    const noise = stochastic ? seeded(seed).stream("evaluation", first) : "mean";
    parts.push(await playEpisodes(acting, pool, { starts, noise, ...(watch && { watch }) }));
  }
  const scores = joinScores(parts);
  return { ...summarize(scores), returns: scores.returns, lengths: scores.lengths };
}

/** Scores the policy of a snapshot. */
export async function evaluatePolicy(request: {
  readonly snapshot: Snapshot;
  readonly settings: Settings;
  readonly task: Task;
  readonly compute: Compute;
  /** As `train` was given them. */
  readonly players?: OwnPlayers;
  readonly episodes: number;
  readonly seed: number;
  /** Samples actions instead of taking the mean; default false. */
  readonly stochastic?: boolean;
  /** Hears how far it is. */
  readonly onSteps?: (done: number, total: number) => void;
}): Promise<Evaluation> {
  const { snapshot, settings, compute, players, onSteps, ...options } = request;
  const task = checkedTask(request.task);
  const { policy } = openPlayers(task, settings, players);
  const acting = await policy.actor(compute, policy.recall(new SnapshotReader(snapshot)));
  const pool = worldPool(task);
  try {
    return await evaluateInWorld(acting, pool, options, onSteps);
  } finally {
    pool.close();
    await acting.release();
  }
}
