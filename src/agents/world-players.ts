import type { Compute } from "../compute/engine.js";
import { rollOut } from "../mdp/rollouts.js";
import { drawSeed, episodeSucceeded, type Task, type World } from "../mdp/task.js";
import type { Transition } from "../mdp/transition.js";
import { type WorldWatcher, worldEpisodes } from "../mdp/world-episodes.js";
import { actor, type GaussianPolicy } from "../policy/gaussian-policy.js";
import { fillNormal, type Rng } from "../random/rng.js";

/** Worlds of a task, made when first needed and kept for the next time. */
export interface WorldPool {
  readonly task: Task;
  /** `count` worlds, in whatever state. */
  worlds(count: number): Promise<readonly World[]>;
  close(): void;
}

export function worldPool(task: Task): WorldPool {
  const made: World[] = [];
  return {
    task,
    async worlds(count) {
      while (made.length < count) made.push(await task.createWorld());
      return made.slice(0, count);
    },
    close() {
      for (const world of made.splice(0)) world.close();
    },
  };
}

/** Scores of whole episodes. */
export interface EpisodeScores {
  readonly returns: readonly number[];
  readonly lengths: readonly number[];
  /** Whether each succeeded; null where the task defines no success. */
  readonly successes: readonly boolean[] | null;
  /** How far each was from the goal, in the task's own unit; null where the task has no such measure. */
  readonly goalErrors: readonly EpisodeError[] | null;
}

/** How far an episode was from the goal: mean over the states after its steps, and in the last of them. */
export interface EpisodeError {
  readonly mean: number;
  readonly last: number;
}

/** The scores of several groups of episodes as one. */
export function joinScores(parts: readonly EpisodeScores[]): EpisodeScores {
  return {
    returns: parts.flatMap(({ returns }) => returns),
    lengths: parts.flatMap(({ lengths }) => lengths),
    successes: parts[0]!.successes === null ? null : parts.flatMap(({ successes }) => successes ?? []),
    goalErrors: parts[0]!.goalErrors === null ? null : parts.flatMap(({ goalErrors }) => goalErrors ?? []),
  };
}

/** Keeps the scores of episodes as their steps are watched. */
class ScoreBook {
  readonly #task: Task;
  readonly #returns: number[] = [];
  readonly #successes: boolean[][] = [];
  readonly #errors: { total: number; last: number }[] = [];

  constructor(task: Task, episodes: number) {
    this.#task = task;
    for (let i = 0; i < episodes; i++) {
      this.#returns.push(0);
      this.#successes.push([]);
      this.#errors.push({ total: 0, last: Number.NaN });
    }
  }

  watch({ episode, reward, next, success = false }: Parameters<WorldWatcher>[0]): void {
    this.#returns[episode]! += reward;
    this.#successes[episode]!.push(success);
    const error = this.#errors[episode]!;
    error.last = this.#task.goalError?.of(next) ?? Number.NaN;
    error.total += error.last;
  }

  scores(): EpisodeScores {
    const task = this.#task;
    const lengths = this.#successes.map((steps) => steps.length);
    return {
      returns: this.#returns,
      lengths,
      successes: task.isSuccess ? this.#successes.map((steps) => episodeSucceeded(task, steps)) : null,
      goalErrors: task.goalError
        ? this.#errors.map(({ total, last }, i) => ({ mean: total / lengths[i]!, last }))
        : null,
    };
  }
}

/**
 * Episodes in the world, all played in step. Zero noise plays the mean action.
 *
 * @param seeds the episodes' starts
 * @param longest cuts episodes after so many steps; default: the task's horizon
 */
export async function playEpisodes(
  compute: Compute,
  pool: WorldPool,
  policy: GaussianPolicy,
  seeds: readonly number[],
  noise: "mean" | Rng,
  watch?: WorldWatcher,
  longest = Number.POSITIVE_INFINITY,
): Promise<EpisodeScores> {
  const { task } = pool;
  const acting = await actor(compute.engines[0]!, policy);
  const book = new ScoreBook(task, seeds.length);
  const episodes = worldEpisodes(task, await pool.worlds(seeds.length), seeds, acting.act, (step) => {
    book.watch(step);
    watch?.(step);
  });
  try {
    await rollOut(episodes, Math.min(longest, task.horizon), (going) => {
      const draws = new Float32Array(going.length * task.action.size);
      return noise === "mean" ? draws : fillNormal(draws, noise);
    });
  } finally {
    await acting.release();
  }
  return book.scores();
}

/**
 * Real samples gathered: episodes one after the other, until there are at least `count`. Draws from rng.
 *
 * @param wholeEpisodes whether the last episode is played to its end; else it is cut at `count` samples, and scores
 *   leave it out unless it is the only one
 */
export async function gather(
  compute: Compute,
  pool: WorldPool,
  policy: GaussianPolicy,
  { count, wholeEpisodes }: { readonly count: number; readonly wholeEpisodes: boolean },
  first: { readonly sample: number; readonly episode: number },
  rng: Rng,
  onSamples?: (done: number) => void,
): Promise<{ readonly transitions: readonly Transition[]; readonly scores: EpisodeScores }> {
  const transitions: Transition[] = [];
  const scores: EpisodeScores[] = [];
  while (transitions.length < count) {
    const number = scores.length;
    const own = rng.stream("episode", number);
    const left = count - transitions.length;
    const played = await playEpisodes(
      compute,
      pool,
      policy,
      [drawSeed(own.stream("start"))],
      own.stream("noise"),
      (step) => {
        const { observation, action, next, reward, terminal } = step;
        transitions.push({
          index: first.sample + transitions.length,
          episode: first.episode + number,
          observation,
          action,
          next,
          reward,
          terminal,
        });
      },
      wholeEpisodes ? undefined : left,
    );
    scores.push(played);
    onSamples?.(Math.min(count, transitions.length));
  }
  const last = transitions[transitions.length - 1]!;
  const cut = !last.terminal && scores[scores.length - 1]!.lengths[0]! < pool.task.horizon;
  return { transitions, scores: joinScores(cut && scores.length > 1 ? scores.slice(0, -1) : scores) };
}

/** Draws start states from ρ by resetting a world; no step is taken, so these are not samples. */
export async function initialStates(pool: WorldPool): Promise<(count: number, rng: Rng) => Float32Array> {
  const [world] = await pool.worlds(1);
  const width = pool.task.observation.size;
  return (count, rng) => {
    const states = new Float32Array(count * width);
    for (let i = 0; i < count; i++) states.set(world!.reset({ seed: drawSeed(rng) }).observation, i * width);
    return states;
  };
}
