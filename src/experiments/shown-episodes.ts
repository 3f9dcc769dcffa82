import type { WorldPool } from "../agents/world-players.js";
import type { Compute } from "../compute/engine.js";
import type { Scene, Stage, Vector3 } from "../mdp/scene.js";
import type { Task } from "../mdp/task.js";
import type { Ensemble } from "../model/ensemble.js";
import { imagination } from "../npg/imagined-episodes.js";
import type { GaussianPolicy } from "../policy/gaussian-policy.js";
import { recordEpisodes } from "./recorded-episodes.js";

/** One episode to look at, step by step. */
export interface EpisodeToSee {
  /** Poses of the scene's bodies before and after each step, [steps + 1][bodies × 7]; null where nothing tells them. */
  readonly poses: readonly Float32Array[] | null;
  /** [steps] */
  readonly rewards: readonly number[];
  /** [steps + 1][observation size] */
  readonly observations: readonly Float32Array[];
  /** Whether each state after a step counts as success, [steps]; null where the task defines none. */
  readonly successes: readonly boolean[] | null;
  /** Whether it ended in a terminal state, as opposed to being cut. */
  readonly terminated: boolean;
}

/** An episode of the mean policy in the world, and the same start in every member of the model. */
export interface EpisodesToSee {
  /** Null where the task has nothing to see. */
  readonly scene: Scene | null;
  readonly world: EpisodeToSee;
  readonly members: readonly EpisodeToSee[];
}

/**
 * Plays one start in W and in every member of M, with the policy's mean action in each (closed loop), to the end that
 * the task itself sets.
 */
export async function episodesToSee(request: {
  readonly compute: Compute;
  readonly pool: WorldPool;
  readonly policy: GaussianPolicy;
  readonly model: Ensemble;
  readonly seed: number;
}): Promise<EpisodesToSee> {
  const { compute, pool, policy, model, seed } = request;
  const { task } = pool;
  const stage = await task.openStage?.();
  try {
    const world = await inWorld(compute, pool, policy, seed, stage);
    const members: EpisodeToSee[] = [];
    for (let member = 0; member < model.members.length; member++) {
      members.push(await inModel(compute, task, policy, model, member, world, stage));
    }
    return { scene: stage?.scene ?? null, world, members };
  } finally {
    stage?.close();
  }
}

/** Plays the policy, then its actions once more in a world whose states can be looked at: the same seed gives the same episode. */
async function inWorld(
  compute: Compute,
  pool: WorldPool,
  policy: GaussianPolicy,
  seed: number,
  stage: Stage | undefined,
): Promise<EpisodeToSee> {
  const { task } = pool;
  const [episode] = await recordEpisodes(compute, pool, policy, [seed], task.horizon);
  const m = task.action.size;
  const [world] = await pool.worlds(1);
  const observations = [Float32Array.from(world!.reset({ seed }).observation)];
  const poses = stage && [stage.posesOfState(world!.saveState())];
  const [rewards, successes]: [number[], boolean[]] = [[], []];
  let terminated = false;
  for (let t = 0; t < episode!.length; t++) {
    const step = world!.step(episode!.actions.subarray(t * m, (t + 1) * m));
    observations.push(Float32Array.from(step.observation));
    rewards.push(step.reward);
    if (step.info.success !== undefined) successes.push(step.info.success);
    poses?.push(stage!.posesOfState(world!.saveState()));
    terminated = step.terminated;
  }
  return {
    poses: poses ?? null,
    rewards,
    observations,
    successes: successes.length === rewards.length ? successes : null,
    terminated,
  };
}

async function inModel(
  compute: Compute,
  task: Task,
  policy: GaussianPolicy,
  model: Ensemble,
  member: number,
  world: EpisodeToSee,
  stage: Stage | undefined,
): Promise<EpisodeToSee> {
  const imagined = await imagination(compute.engines[0]!, task, policy, model, member);
  try {
    const episodes = imagined.begin(world.observations[0]!.slice());
    const noise = new Float32Array(task.action.size);
    const observations = [world.observations[0]!];
    const rewards: number[] = [];
    let terminated = false;
    for (let t = 0; t < task.horizon && !terminated; t++) {
      const step = await episodes.step(noise);
      observations.push(step.next.slice());
      rewards.push(step.rewards[0]!);
      terminated = step.terminal[0]!;
      episodes.keep([0], step.next);
    }
    const { isSuccess } = task;
    return {
      poses: posesOf(stage, observations, world.poses?.[0], task.controlStep),
      rewards,
      observations,
      successes: isSuccess === undefined ? null : observations.slice(1).map((s) => isSuccess.call(task, s)),
      terminated,
    };
  } finally {
    await imagined.release();
  }
}

/** Poses from observations, beginning where the world's body that the camera follows began. */
function posesOf(
  stage: Stage | undefined,
  observations: readonly Float32Array[],
  start: Float32Array | undefined,
  controlStep: number,
): readonly Float32Array[] | null {
  const show = stage?.posesOfObservation?.bind(stage);
  if (show === undefined || start === undefined) return null;
  const body = 7 * (stage!.scene.follows ?? 0);
  const unmoved = show(observations[0]!);
  let travelled: Vector3 = [start[body]! - unmoved[body]!, start[body + 1]! - unmoved[body + 1]!, 0];
  return observations.map((observation, t) => {
    if (t > 0 && stage!.travelSpeed !== undefined) {
      const speed = stage!.travelSpeed(observation);
      travelled = [0, 1, 2].map((axis) => travelled[axis]! + speed[axis]! * controlStep) as unknown as Vector3;
    }
    return show(observation, travelled);
  });
}
