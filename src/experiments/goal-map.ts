import type { Settings } from "../agents/settings.js";
import type { Snapshot } from "../agents/snapshot.js";
import { SnapshotReader } from "../agents/snapshot-reader.js";
import { openPlayers } from "../agents/ways.js";
import { playEpisodes } from "../agents/world/play.js";
import { worldPool } from "../agents/world/pool.js";
import type { Compute } from "../compute/engine.js";
import { shareOut } from "../compute/share.js";
import { ConfigError } from "../errors/errors.js";
import { meanAndStd } from "../math/statistics.js";
import { networkActor } from "../mdp/actor.js";
import { checkedTask } from "../mdp/checked-task.js";
import { modelEpisodes } from "../mdp/model-episodes.js";
import { type ActingNet, type AnyModel, predicts } from "../mdp/parametric.js";
import { type Rollouts, rollOut, TERMINAL } from "../mdp/rollouts.js";
import { episodeSucceeded, type Task } from "../mdp/task.js";

/** How the episodes of a region went: means over them. */
export interface GoalScores {
  readonly return: number;
  /** Share that succeeded; null where the task defines no success. */
  readonly success: number | null;
  /** How far they were from the goal in their last state, in the task's own unit. */
  readonly error: number;
  /** Share that ended before the horizon. */
  readonly ended: number;
}

/** Episodes whose goal is, at the start, from `from` to `to` away. */
export interface GoalRegion {
  readonly from: number;
  readonly to: number;
  readonly episodes: number;
  /** What the policy does in W. */
  readonly world: GoalScores;
  /** What M promises of the same starts, mean over members; null where nobody predicts. */
  readonly model: GoalScores | null;
}

interface Episode {
  readonly return: number;
  readonly success: boolean | null;
  readonly error: number;
  readonly ended: boolean;
}

/**
 * Where a policy reaches its goals and where not: episodes by how far the goal is at their start (`Task.goalError` of the
 * first state), in regions of equal width, and beside each what the model promises of the same starts. The mean policy in
 * both, to the horizon in both.
 *
 * @param request.episodes from `seed` on, as for an evaluation
 * @throws {ConfigError} where the task does not say how far a goal is
 */
export async function goalMap(request: {
  readonly compute: Compute;
  readonly task: Task;
  readonly policy: ActingNet;
  readonly model: AnyModel;
  readonly episodes: number;
  readonly seed: number;
  readonly regions: number;
}): Promise<readonly GoalRegion[]> {
  const { compute, task, policy, model, episodes, seed, regions } = request;
  if (task.goalError === undefined) {
    throw new ConfigError(
      "task.goalError",
      `${task.id} does not say how far a state is from its goal`,
      "Give the task a goalError, or look at `evaluate`",
    );
  }
  const starts = new Float32Array(episodes * task.observation.size);
  const world = await inWorld(compute, task, policy, seed, starts);
  const distance = Array.from({ length: episodes }, (_, i) => task.goalError!.of(rowOf(starts, i, task)));
  const members = predicts(model)
    ? await shareOut(compute, model.members, async (engine, _, member) => {
        const imagined = await modelEpisodes(engine, task, policy, model, member);
        try {
          const still = (going: readonly number[]) => new Float32Array(going.length * task.action.size);
          return imaginedEpisodes(task, await rollOut(imagined.begin(starts), task.horizon, still));
        } finally {
          await imagined.release();
        }
      })
    : [];
  const [least, most] = [Math.min(...distance), Math.max(...distance)];
  const width = (most - least) / regions;
  const regionOf = distance.map((d) => (width === 0 ? 0 : Math.min(regions - 1, Math.floor((d - least) / width))));
  return Array.from({ length: regions }, (_, region): GoalRegion | undefined => {
    const rows = regionOf.flatMap((own, i) => (own === region ? [i] : []));
    if (rows.length === 0) return undefined;
    const of = (played: readonly (readonly Episode[])[]) => scores(played.flatMap((all) => rows.map((i) => all[i])));
    return {
      from: least + region * width,
      to: least + (region + 1) * width,
      episodes: rows.length,
      world: of([world]),
      model: members.length === 0 ? null : of(members),
    };
  }).filter((region) => region !== undefined);
}

/** The map of a run's policy and model. @throws {ConfigError} as `goalMap`, and where the policy player plans */
export async function snapshotGoalMap({
  snapshot,
  settings,
  ...request
}: Omit<Parameters<typeof goalMap>[0], "policy" | "model"> & {
  readonly snapshot: Snapshot;
  readonly settings: Settings;
}): Promise<readonly GoalRegion[]> {
  const task = checkedTask(request.task);
  const players = openPlayers(task, settings);
  const from = new SnapshotReader(snapshot);
  const policy = players.policy.network?.(players.policy.recall(from));
  if (policy === undefined) {
    throw new ConfigError(
      "players.policy",
      `${settings.players.policy} plans, and has no policy that could act in every member`,
      "Look at it with `stackelberg evaluate`",
    );
  }
  return goalMap({ ...request, task, policy, model: players.model.view(players.model.recall(from)) });
}

/** Worlds that are stepped together. */
const AT_ONCE = 100;

/** Plays the mean policy in W, and writes the first state of each episode into `starts`. */
async function inWorld(
  compute: Compute,
  task: Task,
  policy: ActingNet,
  seed: number,
  starts: Float32Array,
): Promise<readonly Episode[]> {
  const width = task.observation.size;
  const count = starts.length / width;
  const acting = await networkActor(compute.engines[0], policy, task);
  const pool = worldPool(task);
  const played: Episode[] = [];
  try {
    for (let first = 0; first < count; first += AT_ONCE) {
      const seeds = Array.from({ length: Math.min(AT_ONCE, count - first) }, (_, i) => seed + first + i);
      const begun = new Set<number>();
      const terminal = new Set<number>();
      const scored = await playEpisodes(acting, pool, {
        starts: seeds,
        noise: "mean",
        watch: (step) => {
          if (!begun.has(step.episode)) starts.set(step.observation, (first + step.episode) * width);
          begun.add(step.episode);
          if (step.terminal) terminal.add(step.episode);
        },
      });
      played.push(
        ...seeds.map((_, i) => ({
          return: scored.returns[i],
          success: scored.successes?.[i] ?? null,
          error: scored.goalErrors![i].last,
          ended: terminal.has(i),
        })),
      );
    }
  } finally {
    await acting.release();
    pool.close();
  }
  return played;
}

/** What the task says of episodes in a member. */
function imaginedEpisodes(task: Task, rollouts: Rollouts): readonly Episode[] {
  const { size, count, trajectory, observations, lastObservations, outcomes, returns } = rollouts;
  const successes: boolean[][] = Array.from({ length: count }, () => []);
  if (task.isSuccess !== undefined) {
    // Rows lie step by step: the state of a row, but for an episode's first, is what the step before came to.
    for (let row = count; row < size; row++)
      successes[trajectory[row]].push(task.isSuccess(rowOf(observations, row, task)));
    for (let i = 0; i < count; i++) successes[i].push(task.isSuccess(rowOf(lastObservations, i, task)));
  }
  return successes.map((steps, i) => ({
    return: returns[i],
    success: task.isSuccess === undefined ? null : episodeSucceeded(task, steps),
    error: task.goalError!.of(rowOf(lastObservations, i, task)),
    ended: outcomes[i] === TERMINAL,
  }));
}

const rowOf = (table: Float32Array, row: number, { observation: { size } }: Task): Float32Array =>
  table.subarray(row * size, (row + 1) * size);

function scores(episodes: readonly Episode[]): GoalScores {
  const mean = (of: (episode: Episode) => number) => meanAndStd(episodes.map(of)).mean;
  return {
    return: mean((each) => each.return),
    success: episodes[0].success === null ? null : mean(({ success }) => Number(success)),
    error: mean(({ error }) => error),
    ended: mean(({ ended }) => Number(ended)),
  };
}
