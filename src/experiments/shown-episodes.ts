import { type Acts, recordEpisodes } from "../agents/record.js";
import type { Engine } from "../compute/engine.js";
import { actionBox, executedActions } from "../mdp/action-box.js";
import { networkActor } from "../mdp/actor.js";
import { modelEpisodes } from "../mdp/model-episodes.js";
import { type ActingNet, type AnyModel, type Model, predicts } from "../mdp/parametric.js";
import type { ReplayEpisode } from "../mdp/replay.js";
import type { Scene, Stage, Vector3 } from "../mdp/scene.js";
import type { Task } from "../mdp/task.js";
import { seeded } from "../random/rng.js";

/** An episode of the mean policy in the world, and the same start in every member of the model. */
export interface ShownEpisodes {
  /** Null where the task has nothing to see. */
  readonly scene: Scene | null;
  readonly world: ReplayEpisode;
  /** Without poses where the observation does not determine them. */
  readonly members: readonly ReplayEpisode[];
}

/**
 * Plays one start in W and in every member of M, with the policy's mean action in each (closed loop), to the end that
 * the task itself sets.
 *
 * @param onEpisode hears what is there after each episode
 * @throws {DivergenceError} where a member predicts numbers that are not finite
 */
export async function showEpisodes(
  request: {
    readonly engine: Engine;
    readonly task: Task;
    readonly policy: ActingNet;
    /** Without members, the world is all that is shown. */
    readonly model: AnyModel;
    readonly seed: number;
  },
  onEpisode: (soFar: ShownEpisodes) => void = () => {},
): Promise<ShownEpisodes> {
  const { engine, task, policy, model, seed } = request;
  const stage = (await task.openStage?.()) ?? null;
  const ready = await networkActor(engine, policy, task);
  const box = actionBox(task.action);
  const still = new Float32Array(task.action.size);
  const act: Acts = async (observation) => executedActions(box, await ready.act(Float32Array.from(observation), still));
  try {
    const [world] = await recordEpisodes({ task, stage, act, seeds: [seed], withContacts: true }, seeded(seed)); // the mean policy draws nothing
    const scene = stage?.scene ?? null;
    const members: ReplayEpisode[] = [];
    onEpisode({ scene, world, members });
    if (predicts(model)) {
      for (const member of model.members.keys()) {
        members.push(await imagined(engine, task, policy, model, member, world, stage));
        onEpisode({ scene, world, members });
      }
    }
    return { scene, world, members };
  } finally {
    await ready.release();
    stage?.close();
  }
}

/** The start of an episode of the world, played in one member. */
async function imagined(
  engine: Engine,
  task: Task,
  policy: ActingNet,
  model: Model,
  member: number,
  world: ReplayEpisode,
  stage: Stage | null,
): Promise<ReplayEpisode> {
  const inModel = await modelEpisodes(engine, task, policy, model, member);
  const box = actionBox(task.action);
  const still = new Float32Array(task.action.size);
  const observations = [Array.from(world.observations[0])];
  const [actions, rewards]: [number[][], number[]] = [[], []];
  let isTerminal = false;
  try {
    const episodes = inModel.begin(Float32Array.from(world.observations[0]));
    while (!isTerminal && rewards.length < task.horizon) {
      const step = await episodes.step(still);
      observations.push(Array.from(step.next));
      actions.push(Array.from(executedActions(box, step.actions)));
      rewards.push(step.rewards[0]);
      isTerminal = step.terminal[0];
      episodes.keep([0], step.next);
    }
  } finally {
    await inModel.release();
  }
  const successes = task.isSuccess === undefined ? null : observations.slice(1).map((s) => task.isSuccess!(s));
  return {
    seed: world.seed,
    return: rewards.reduce((sum, reward) => sum + reward, 0),
    success: successes && (task.episodeSuccess?.(successes) ?? successes.slice(-5).some(Boolean)),
    end: isTerminal ? "terminal" : "cut",
    observations,
    actions,
    rewards,
    successes,
    goalErrors: task.goalError ? observations.map((s) => task.goalError!.of(s)) : null,
    poses: posesOf(stage, observations, world.poses?.[0], task.controlStep),
  };
}

/** Poses from observations, beginning where the world's body that the camera follows began. */
function posesOf(
  stage: Stage | null,
  observations: readonly (readonly number[])[],
  start: readonly number[] | undefined,
  controlStep: number,
): readonly (readonly number[])[] | null {
  if (stage?.posesOfObservation === undefined || start === undefined) return null;
  const body = 7 * (stage.scene.follows ?? 0);
  const unmoved = stage.posesOfObservation(observations[0]);
  let travelled: Vector3 = [start[body] - unmoved[body], start[body + 1] - unmoved[body + 1], 0];
  return observations.map((observation, t) => {
    if (t > 0 && stage.travelSpeed !== undefined) {
      const [x, y, z] = stage.travelSpeed(observation);
      travelled = [travelled[0] + x * controlStep, travelled[1] + y * controlStep, travelled[2] + z * controlStep];
    }
    return Array.from(stage.posesOfObservation!(observation, travelled));
  });
}
