import type { Actor } from "../../mdp/actor.js";
import { appended, type Experience, type ExperienceRow, type UnderWay } from "../../mdp/experience.js";
import { drawSeed } from "../../mdp/task.js";
import type { Rng } from "../../random/rng.js";
import { playWatched } from "./play.js";
import type { WorldPool } from "./pool.js";
import { type EpisodeScores, joinScores } from "./scores.js";

/** How real samples are gathered; names as in the settings. */
export interface GatherSettings {
  /** Whether the last episode is played to its end; else it stops at the last sample. */
  readonly wholeEpisodes: boolean;
  /** Whether an episode that stopped goes on in the next gathering; else it is cut. */
  readonly continueEpisodes: boolean;
  /** B */
  readonly bufferSize: number;
  /** H: what returns in the model are compared with are sums over an episode's first so many steps. */
  readonly headSteps: number;
}

export interface Gathered {
  readonly data: Experience;
  /** Of the episodes that ended; where none did, of the one under way. */
  readonly scores: EpisodeScores;
  /** Returns of episodes' first H steps: of those in `scores`, and of one that was cut for good. */
  readonly headReturns: readonly number[];
  /** Whether an episode ended, rather than all being under way or cut. */
  readonly ended: boolean;
}

/**
 * Real samples gathered: episodes one after the other, until there are at least `count` more. Draws from rng. An episode
 * that is cut at `count` samples is left out of the scores unless it is the only one.
 */
export async function gather(
  acting: Actor,
  pool: WorldPool,
  data: Experience,
  count: number,
  settings: GatherSettings,
  rng: Rng,
  onSamples?: (done: number) => void,
): Promise<Gathered> {
  const { task } = pool;
  const rows: ExperienceRow[] = [];
  const episodes: { scores: EpisodeScores; head: number; ended: boolean }[] = [];
  let underWay: UnderWay | null = data.underWay;
  let number = data.underWay === null ? data.episodes : data.episodes - 1;
  while (rows.length < count) {
    const own = rng.stream("episode", episodes.length);
    const before: UnderWay | null = underWay;
    let [head, step] = [before?.headTotal ?? 0, before?.steps ?? 0];
    let last: ExperienceRow | undefined;
    let isCut = false;
    const episode = number++;
    const longest = settings.wholeEpisodes ? task.horizon : count - rows.length;
    const book = await playWatched(acting, pool, {
      starts: [before ?? drawSeed(own.stream("start"))],
      noise: own.stream("noise"),
      longest: Math.min(longest, task.horizon - (before?.steps ?? 0)),
      watch: ({ observation, action, drawn, next, reward, terminal, truncated }) => {
        isCut = truncated;
        last = { observation, action, drawn, next, reward, terminal, episode };
        rows.push(last);
        if (step++ < settings.headSteps) head += reward;
        onSamples?.(Math.min(count, rows.length));
      },
    });
    const behind = book.underWay(0);
    const ended = last!.terminal || isCut || behind.steps >= task.horizon;
    underWay =
      ended || !settings.continueEpisodes
        ? null
        : {
            ...behind,
            headTotal: head,
            world: (await pool.worlds(1))[0].saveState(),
            observation: Float32Array.from(last!.next),
            ...(acting.memory && { memory: acting.memory(0) }),
          };
    episodes.push({ scores: book.scores(), head, ended });
  }
  const whole = episodes.filter(({ ended }) => ended);
  const scored = whole.length === 0 ? episodes : whole;
  return {
    data: appended(data, rows, settings.bufferSize, underWay),
    scores: joinScores(scored.map(({ scores }) => scores)),
    headReturns: (settings.continueEpisodes ? scored : episodes).map(({ head }) => head),
    ended: whole.length > 0,
  };
}
