import type { Compute } from "../compute/engine.js";
import { clipAction } from "../envs/action.js";
import { actionBox, executedActions } from "../mdp/action-box.js";
import type { ReplayEpisode } from "../mdp/replay.js";
import type { Stage } from "../mdp/scene.js";
import { episodeSucceeded, type NumberRow, type Task, type World } from "../mdp/task.js";
import { fillNormal, type Rng } from "../random/rng.js";
import type { Settings } from "./settings.js";
import type { Snapshot } from "./snapshot.js";
import { SnapshotReader } from "./snapshot-reader.js";
import { openPlayers } from "./ways.js";

/** Whoever plays an episode: an action for an observation. Draws from rng. */
export type Acts = (observation: Float64Array, rng: Rng) => NumberRow | Promise<NumberRow>;

/** The policies that need no training. */
export const PLAIN_POLICIES = ["random", "zero"] as const;
export type PlainPolicy = (typeof PLAIN_POLICIES)[number];

/** A policy for a task: `random` is uniform in the action box, `zero` the box's point nearest to 0. */
export function plainActor(name: PlainPolicy, { action: { low, high } }: Task): Acts {
  return (_, rng) =>
    low.map((least, i) =>
      name === "random" ? least + (high[i] - least) * rng.uniform() : Math.min(Math.max(0, least), high[i]),
    );
}

export interface RecordRequest {
  readonly task: Task;
  /** Where poses come from; null leaves them out. */
  readonly stage: Stage | null;
  readonly act: Acts;
  /** Whether contacts are kept, where the world can tell; false if left out. */
  readonly withContacts?: boolean;
  /** Hears of each episode that begins. */
  readonly begin?: () => void;
  /** Starts of the episodes. */
  readonly seeds: readonly number[];
  /** Called after every step; what it throws ends the recording. */
  readonly onStep?: () => void | Promise<void>;
}

/** Plays episodes in the world, one after the other, and keeps all of them. Draws from rng, a stream per episode. */
export async function recordEpisodes(request: RecordRequest, rng: Rng): Promise<readonly ReplayEpisode[]> {
  const world = await request.task.createWorld();
  try {
    const episodes: ReplayEpisode[] = [];
    for (const seed of request.seeds) episodes.push(await recordEpisode(request, world, seed, rng.stream(seed)));
    return episodes;
  } finally {
    world.close();
  }
}

async function recordEpisode(
  { task, stage, act, withContacts = false, begin, onStep }: RecordRequest,
  world: World,
  seed: number,
  rng: Rng,
): Promise<ReplayEpisode> {
  const observations: number[][] = [];
  const actions: number[][] = [];
  const rewards: number[] = [];
  const successes: boolean[] = [];
  const poses: number[][] = [];
  const touch: number[][] | undefined = withContacts && world.contacts !== undefined ? [] : undefined;
  const keep = (observation: Float64Array) => {
    observations.push(Array.from(observation));
    if (stage) poses.push(Array.from(stage.posesOfState(world.saveState())));
    touch?.push(world.contacts!().flatMap(({ position, force }) => [...position, ...force]));
  };
  let { observation } = world.reset({ seed });
  begin?.();
  keep(observation);
  let end: ReplayEpisode["end"] | undefined;
  while (end === undefined) {
    const action = clipAction(task, await act(observation, rng));
    const step = world.step(action);
    observation = step.observation;
    actions.push(Array.from(action));
    rewards.push(step.reward);
    successes.push(step.info.success ?? false);
    keep(observation);
    await onStep?.();
    if (step.terminated) end = "terminal";
    else if (step.truncated || rewards.length >= task.horizon) end = "cut";
  }
  const isJudged = task.isSuccess !== undefined;
  return {
    seed,
    return: rewards.reduce((sum, reward) => sum + reward, 0),
    success: isJudged ? episodeSucceeded(task, successes) : null,
    end,
    observations,
    actions,
    rewards,
    successes: isJudged ? successes : null,
    goalErrors: task.goalError ? observations.map((each) => task.goalError!.of(each)) : null,
    poses: stage && poses,
    ...(touch !== undefined && { contacts: touch }),
  };
}

/** The policy of a snapshot, made ready to act in its task; the mean action unless `stochastic`. */
export async function snapshotActor(
  compute: Compute,
  { snapshot, settings, task }: { readonly snapshot: Snapshot; readonly settings: Settings; readonly task: Task },
  stochastic: boolean,
): Promise<{ readonly act: Acts; begin(): void; release(): Promise<void> }> {
  const { policy } = openPlayers(task, settings);
  const ready = await policy.actor(compute, policy.recall(new SnapshotReader(snapshot)));
  const box = actionBox(task.action);
  return {
    async act(observation, rng) {
      const noise = new Float32Array(task.action.size);
      if (stochastic) fillNormal(noise, rng);
      return executedActions(box, await ready.act(Float32Array.from(observation), noise));
    },
    begin: () => ready.begin?.([undefined]),
    release: () => ready.release(),
  };
}
