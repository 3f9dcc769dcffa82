import type { UnderWay } from "../../mdp/experience.js";
import { episodeSucceeded, type Task } from "../../mdp/task.js";
import type { WorldWatcher } from "../../mdp/world-episodes.js";

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
    successes: parts[0].successes === null ? null : parts.flatMap(({ successes }) => successes ?? []),
    goalErrors: parts[0].goalErrors === null ? null : parts.flatMap(({ goalErrors }) => goalErrors ?? []),
  };
}

/** Keeps the scores of episodes as their steps are watched. */
export class ScoreBook {
  readonly #task: Task;
  readonly #returns: number[] = [];
  readonly #successes: boolean[][] = [];
  readonly #errors: { total: number; last: number }[] = [];

  /** @param starts what each episode has behind it; null for one that begins */
  constructor(task: Task, starts: readonly (UnderWay | null)[]) {
    this.#task = task;
    for (const start of starts) {
      this.#returns.push(start?.total ?? 0);
      this.#successes.push(Array.from(start?.successes ?? [], (success) => success === 1));
      this.#errors.push({ total: start?.errorTotal ?? 0, last: start?.errorLast ?? Number.NaN });
    }
  }

  watch({ episode, reward, next, success = false }: Parameters<WorldWatcher>[0]): void {
    this.#returns[episode] += reward;
    this.#successes[episode].push(success);
    const error = this.#errors[episode];
    error.last = this.#task.goalError?.of(next) ?? Number.NaN;
    error.total += error.last;
  }

  /** What an episode that goes on later has behind it. */
  underWay(episode: number): Omit<UnderWay, "world" | "observation" | "headTotal" | "memory"> {
    const [successes, error] = [this.#successes[episode], this.#errors[episode]];
    return {
      steps: successes.length,
      total: this.#returns[episode],
      successes: Uint8Array.from(successes, Number),
      errorTotal: error.total,
      errorLast: error.last,
    };
  }

  scores(): EpisodeScores {
    const task = this.#task;
    const lengths = this.#successes.map((steps) => steps.length);
    return {
      returns: this.#returns,
      lengths,
      successes: task.isSuccess ? this.#successes.map((steps) => episodeSucceeded(task, steps)) : null,
      goalErrors: task.goalError
        ? this.#errors.map(({ total, last }, i) => ({ mean: total / lengths[i], last }))
        : null,
    };
  }
}
