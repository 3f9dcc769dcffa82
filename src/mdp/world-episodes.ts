import { WorldError } from "../errors/errors.js";
import { allFinite } from "../math/vector.js";
import { actionBox, executedActions } from "./action-box.js";
import type { BatchStep, Episodes } from "./rollouts.js";
import type { Task, World } from "./task.js";

/** Samples of a policy: observations [rows, observation size] and noise [rows, action size] → u [rows, action size]. */
export type Act = (observations: Float32Array, noise: Float32Array) => Promise<Float32Array>;

/** Hears of each real step, row by row, before ended episodes leave. */
export type WorldWatcher = (step: {
  readonly episode: number;
  readonly observation: Float32Array;
  readonly action: Float32Array;
  readonly next: Float32Array;
  readonly reward: number;
  readonly terminal: boolean;
  readonly truncated: boolean;
  readonly success: boolean | undefined;
}) => void;

/**
 * Episodes in the world W: one world each, all stepped together. Truncation at the task's horizon is the caller's
 * (`rollOut`'s horizon).
 *
 * @throws {WorldError} where a world gives an observation that is not finite
 */
export function worldEpisodes(
  task: Task,
  worlds: readonly World[],
  seeds: readonly number[],
  act: Act,
  watch?: WorldWatcher,
): Episodes {
  const width = task.observation.size;
  const box = actionBox(task.action);
  let going = worlds.slice(0, seeds.length).map((world, episode) => ({ world, episode }));
  let observations = new Float32Array(seeds.length * width);
  going.forEach(({ world }, row) => {
    observations.set(world.reset({ seed: seeds[row]! }).observation, row * width);
  });
  return {
    observationSize: width,
    actionSize: task.action.size,
    get observations() {
      return observations;
    },
    async step(noise): Promise<BatchStep> {
      const samples = await act(observations, noise);
      const executed = executedActions(box, samples);
      const next = new Float32Array(going.length * width);
      const rewards = new Float64Array(going.length);
      const terminal: boolean[] = [];
      going.forEach(({ world, episode }, row) => {
        const action = executed.subarray(row * task.action.size, (row + 1) * task.action.size);
        const step = world.step(action);
        if (!allFinite(step.observation) || !Number.isFinite(step.reward)) {
          throw new WorldError(
            task.id,
            `step gave observation [${step.observation.join(", ")}] and reward ${step.reward}`,
            "Make the world end an episode before its numbers blow up",
          );
        }
        next.set(step.observation, row * width);
        rewards[row] = step.reward;
        terminal.push(step.terminated);
        watch?.({
          episode,
          observation: observations.slice(row * width, (row + 1) * width),
          action: action.slice(),
          next: next.slice(row * width, (row + 1) * width),
          reward: step.reward,
          terminal: step.terminated,
          truncated: step.truncated,
          success: step.info.success,
        });
      });
      return { actions: samples, next, rewards, terminal };
    },
    keep(rows, next) {
      going = rows.map((row) => going[row]!);
      observations = new Float32Array(rows.length * width);
      rows.forEach((row, i) => {
        observations.set(next.subarray(row * width, (row + 1) * width), i * width);
      });
    },
  };
}
