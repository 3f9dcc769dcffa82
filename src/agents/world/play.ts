import type { Actor } from "../../mdp/actor.js";
import type { UnderWay } from "../../mdp/experience.js";
import { rollOut } from "../../mdp/rollouts.js";
import { type EpisodeStart, type WorldWatcher, worldEpisodes } from "../../mdp/world-episodes.js";
import { fillNormal, type Rng } from "../../random/rng.js";
import type { WorldPool } from "./pool.js";
import { type EpisodeScores, ScoreBook } from "./scores.js";

/** Which episodes are played, and who hears of them. */
export interface PlayedEpisodes {
  /** A seed for each episode that begins, or where one goes on. */
  readonly starts: readonly (number | UnderWay)[];
  /** Zero noise plays the mean action. */
  readonly noise: "mean" | Rng;
  readonly watch?: WorldWatcher;
  /** Cuts episodes after so many steps; default: the task's horizon. */
  readonly longest?: number;
}

/** Episodes in the world, all played in step by one actor. */
export async function playEpisodes(acting: Actor, pool: WorldPool, played: PlayedEpisodes): Promise<EpisodeScores> {
  return (await playWatched(acting, pool, played)).scores();
}

/** The same, with the scores still open. */
export async function playWatched(
  acting: Actor,
  pool: WorldPool,
  { starts, noise, watch, longest = Number.POSITIVE_INFINITY }: PlayedEpisodes,
): Promise<ScoreBook> {
  const { task } = pool;
  const book = new ScoreBook(
    task,
    starts.map((start) => (typeof start === "number" ? null : start)),
  );
  const begun: EpisodeStart[] = starts.map((start) => (typeof start === "number" ? { seed: start } : start));
  const episodes = worldEpisodes(task, await pool.worlds(starts.length), begun, acting, (step) => {
    book.watch(step);
    watch?.(step);
  });
  await rollOut(episodes, Math.min(longest, task.horizon), (going) => {
    const draws = new Float32Array(going.length * task.action.size);
    return noise === "mean" ? draws : fillNormal(draws, noise);
  });
  return book;
}
