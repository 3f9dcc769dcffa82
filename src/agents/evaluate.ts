import type { Compute } from "../compute/engine.js";
import { meanAndStd } from "../math/statistics.js";
import type { Task } from "../mdp/task.js";
import { seeded } from "../random/rng.js";
import type { ReturnStatistics } from "./metrics.js";
import type { GaussianPolicy } from "../policy/gaussian-policy.js";
import type { Settings } from "./settings.js";
import type { Snapshot } from "./snapshot.js";
import { decodeSnapshot } from "./snapshot-codec.js";
import { type EpisodeScores, playEpisodes, type WorldPool, worldPool } from "./world-players.js";

/** Scores of a policy in the world. */
export interface Evaluation {
  readonly return: ReturnStatistics;
  /** Share of successful episodes; null where the task defines no success. */
  readonly success: number | null;
  readonly returns: readonly number[];
  readonly lengths: readonly number[];
}

export function summarize({ returns, successes }: EpisodeScores): { readonly return: ReturnStatistics; readonly success: number | null } {
  return {
    return: { ...meanAndStd(returns), episodes: returns.length },
    success: successes === null ? null : successes.filter(Boolean).length / successes.length,
  };
}

/** J(π, W), undiscounted, over `episodes` starts that follow from `seed` alone. */
export async function evaluateInWorld(
  compute: Compute,
  pool: WorldPool,
  policy: GaussianPolicy,
  { episodes, seed, stochastic = false }: { readonly episodes: number; readonly seed: number; readonly stochastic?: boolean },
): Promise<Evaluation> {
  const seeds = Array.from({ length: episodes }, (_, i) => seed + i);
  const scores = await playEpisodes(compute, pool, policy, seeds, stochastic ? seeded(seed).stream("evaluation") : "mean");
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
