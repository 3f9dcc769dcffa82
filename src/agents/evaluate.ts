import type { Compute } from "../compute/engine.js";
import { meanAndStd } from "../math/statistics.js";
import type { Task } from "../mdp/task.js";
import type { GaussianPolicy } from "../policy/gaussian-policy.js";
import { seeded } from "../random/rng.js";
import type { GoalErrorStatistics, ReturnStatistics } from "./metrics.js";
import type { Settings } from "./settings.js";
import type { Snapshot } from "./snapshot.js";
import { decodeSnapshot } from "./snapshot-codec.js";
import { type EpisodeScores, joinScores, playEpisodes, type WorldPool, worldPool } from "./world-players.js";

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

/** J(π, W), undiscounted, over `episodes` starts that follow from `seed` alone. */
export async function evaluateInWorld(
  compute: Compute,
  pool: WorldPool,
  policy: GaussianPolicy,
  {
    episodes,
    seed,
    stochastic = false,
  }: { readonly episodes: number; readonly seed: number; readonly stochastic?: boolean },
): Promise<Evaluation> {
  const parts: EpisodeScores[] = [];
  for (let first = 0; first < episodes; first += WORLDS_AT_ONCE) {
    const seeds = Array.from({ length: Math.min(WORLDS_AT_ONCE, episodes - first) }, (_, i) => seed + first + i);
    parts.push(
      await playEpisodes(compute, pool, policy, seeds, stochastic ? seeded(seed).stream("evaluation", first) : "mean"),
    );
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
  readonly episodes: number;
  readonly seed: number;
  /** Samples actions instead of taking the mean; default false. */
  readonly stochastic?: boolean;
}): Promise<Evaluation> {
  const { snapshot, settings, task, compute, ...options } = request;
  const { state } = decodeSnapshot(snapshot, task, settings, seeded(0));
  const pool = worldPool(task);
  try {
    return await evaluateInWorld(compute, pool, state.policy.policy, options);
  } finally {
    pool.close();
  }
}
