import type { Scene } from "./scene.js";
import type { Task } from "./task.js";

/** One episode as it was played, T control steps long. */
export interface ReplayEpisode {
  /** Seed of its start. */
  readonly seed: number;
  /** Sum of rewards. */
  readonly return: number;
  /** Whether the episode succeeded; null where the task defines no success. */
  readonly success: boolean | null;
  /** Why it ended: in a terminal state, or cut at the task's horizon. */
  readonly end: "terminal" | "cut";
  /** s_0 … s_T, [T + 1][observation size]. */
  readonly observations: readonly (readonly number[])[];
  /** a_0 … a_{T−1} as executed, [T][action size]. */
  readonly actions: readonly (readonly number[])[];
  /** R of each step, [T]. */
  readonly rewards: readonly number[];
  /** Whether the state after each step counts as success, [T]; null where the task defines none. */
  readonly successes: readonly boolean[] | null;
  /** Distance to the goal of s_0 … s_T in the task's own unit, [T + 1]; null where the task has no such measure. */
  readonly goalErrors: readonly number[] | null;
  /** Poses of the bodies in s_0 … s_T, [T + 1][bodies × 7]: x y z in m, then w x y z; null where the task has no stage. */
  readonly poses: readonly (readonly number[])[] | null;
  /** Where solids touch in s_0 … s_T, [T + 1][contacts × 6]: x y z in m, then the force in N; left out where that was not asked for or is not known. */
  readonly contacts?: readonly (readonly number[])[];
}

/** Episodes as data, enough to draw them and to plot them without the task: what `replay.json` holds. */
export interface Replay {
  readonly format: typeof REPLAY_FORMAT;
  readonly task: {
    readonly id: string;
    readonly title: string;
    readonly options: Readonly<Record<string, string>>;
    /** Time between two states, s. */
    readonly controlStep: number;
    /** Names with units of the entries of observation and action. */
    readonly observation: readonly string[];
    readonly action: readonly string[];
    /** Name with unit of `goalErrors`; null where there are none. */
    readonly goalError: string | null;
  };
  /** Who played: `"random"`, `"zero"`, or the policy of a run. */
  readonly policy: string | ReplayPolicy;
  /** Null where the task has no stage. */
  readonly scene: Scene | null;
  readonly episodes: readonly ReplayEpisode[];
}

/** The policy of a run after an iteration. */
export interface ReplayPolicy {
  readonly run: string;
  readonly algorithm: string;
  readonly seed: number;
  readonly iteration: number;
  /** Real samples it had been learned from. */
  readonly samples: number;
  /** Whether actions were drawn; else they are the mean. */
  readonly stochastic: boolean;
}

/** Changes where a reader of the old format would be wrong about the new; fields may be added without. */
export const REPLAY_FORMAT = "stackelberg-replay-1";

/** What a replay says of a task. */
export function replayTask(task: Task): Replay["task"] {
  const { id, title, options, controlStep, observation, action, goalError } = task;
  return {
    id,
    title,
    options,
    controlStep,
    observation: observation.names,
    action: action.names,
    goalError: goalError?.name ?? null,
  };
}

/**
 * A replay as JSON: poses to 0.1 mm and 0.0001 of a quaternion, other numbers to six digits that count. Numbers that
 * JSON does not know (a goal error that is not finite) become null.
 */
export function replayJson(replay: Replay): string {
  const digits = (row: readonly number[]) => row.map((x) => Number(x.toPrecision(6)));
  const fixed = (row: readonly number[]) => row.map((x) => Math.round(x * 1e4) / 1e4);
  return JSON.stringify({
    ...replay,
    episodes: replay.episodes.map((episode) => ({
      ...episode,
      observations: episode.observations.map(digits),
      actions: episode.actions.map(digits),
      rewards: digits(episode.rewards),
      goalErrors: episode.goalErrors && digits(episode.goalErrors),
      poses: episode.poses?.map(fixed) ?? null,
    })),
  });
}
