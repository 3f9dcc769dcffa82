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

/** Scores of a policy in several tasks: of all their episodes, and of each task by itself. */
export interface EvaluationInTurn extends Evaluation {
  readonly turns?: readonly (Pick<Evaluation, "return" | "success" | "goalError"> & {
    readonly options: Task["options"];
  })[];
}

/** J(π, W) in each of the tasks, `episodes` starts of each, in worlds that are open for one task at a time: memory has room for the worlds of one. */
export async function evaluateInTurn(
  acting: Actor,
  tasks: readonly Task[],
  settings: { readonly episodes: number; readonly seed: number },
  onSteps?: (done: number, total: number) => void,
): Promise<EvaluationInTurn> {
  const parts: Evaluation[] = [];
  for (const [i, task] of tasks.entries()) {
    const [before, whole] = [i, tasks.length].map((count) => count * settings.episodes * task.horizon);
    const pool = worldPool(task);
    try {
      parts.push(await evaluateInWorld(acting, pool, settings, onSteps && ((done) => onSteps(before + done, whole))));
    } finally {
      pool.close();
    }
  }
  const mean = (of: (part: Evaluation) => number) => meanAndStd(parts.map(of)).mean;
  const returns = parts.flatMap((part) => part.returns);
  return {
    return: { ...meanAndStd(returns), episodes: returns.length },
    success: parts[0].success === null ? null : mean(({ success }) => success!),
    goalError:
      parts[0].goalError === null
        ? null
        : { mean: mean(({ goalError }) => goalError!.mean), last: mean(({ goalError }) => goalError!.last) },
    returns,
    lengths: parts.flatMap((part) => part.lengths),
    turns: parts.map(({ return: returned, success, goalError }, i) => ({
      options: tasks[i].options,
      return: returned,
      success,
      goalError,
    })),
  };
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
