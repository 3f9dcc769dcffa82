import { WorldError } from "../errors/errors.js";
import { allFinite } from "../math/vector.js";
import { actionBox, executedActions } from "./action-box.js";
import type { Actor } from "./actor.js";
import type { BatchStep, Episodes } from "./rollouts.js";
import type { NumberRow, Task, World } from "./task.js";

/** Where an episode begins: a start of the task's, or a state that a world saved, with its observation and what the actor kept of it. */
export type EpisodeStart =
  | { readonly seed: number }
  | { readonly world: Float64Array; readonly observation: Float32Array; readonly memory?: Float32Array };

/** Hears of each real step, row by row, before ended episodes leave. */
export type WorldWatcher = (step: {
  readonly episode: number;
  readonly observation: Float32Array;
  /** As executed, in the task's units. */
  readonly action: Float32Array;
  /** As the policy drew it, in units of the half-width of the action box, unclipped. */
  readonly drawn: Float32Array;
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
 * @throws {WorldError} where a world gives an observation of another size, or numbers that are not finite in float32
 */
export function worldEpisodes(
  task: Task,
  worlds: readonly World[],
  starts: readonly EpisodeStart[],
  acting: Pick<Actor, "act" | "begin" | "keep">,
  watch?: WorldWatcher,
): Episodes {
  const width = task.observation.size;
  const box = actionBox(task.action);
  /** Puts what a world gave into its row of a batch. */
  const put = (batch: Float32Array, row: number, from: "reset" | "step", observation: NumberRow, reward = 0) => {
    if (observation.length !== width) {
      throw new WorldError(
        task.id,
        `${from} gave an observation of ${observation.length} numbers`,
        `Give ${width}, one for each of the observation's names`,
      );
    }
    batch.set(observation, row * width);
    if (allFinite(batch.subarray(row * width, (row + 1) * width)) && Number.isFinite(Math.fround(reward))) return;
    const said = `${from} gave observation [${Array.from(observation).join(", ")}]${from === "step" ? ` and reward ${reward}` : ""}`;
    const inState = batch.subarray(row * width, (row + 1) * width);
    const mend = allFinite(inState)
      ? "Make the reward a number for every state and action: a root, a logarithm or a division of its formula is none here"
      : "Make the world end an episode before its numbers blow up";
    throw new WorldError(task.id, said, mend);
  };
  let going = worlds.slice(0, starts.length).map((world, episode) => ({ world, episode }));
  let observations = new Float32Array(starts.length * width);
  going.forEach(({ world }, row) => {
    const start = starts[row];
    if ("seed" in start) put(observations, row, "reset", world.reset({ seed: start.seed }).observation);
    else {
      world.restoreState(start.world);
      observations.set(start.observation, row * width);
    }
  });
  acting.begin?.(starts.map((start) => ("seed" in start ? undefined : start.memory)));
  return {
    observationSize: width,
    actionSize: task.action.size,
    get observations() {
      return observations;
    },
    async step(noise): Promise<BatchStep> {
      const samples = await acting.act(observations, noise);
      const executed = executedActions(box, samples);
      const next = new Float32Array(going.length * width);
      const rewards = new Float64Array(going.length);
      const terminal: boolean[] = [];
      const cut: boolean[] = [];
      const actionOf = (row: number) => executed.subarray(row * task.action.size, (row + 1) * task.action.size);
      going.forEach(({ world }, row) => {
        world.announce?.(actionOf(row));
      });
      going.forEach(({ world, episode }, row) => {
        const action = actionOf(row);
        const step = world.step(action);
        put(next, row, "step", step.observation, step.reward);
        rewards[row] = step.reward;
        terminal.push(step.terminated);
        cut.push(step.truncated);
        watch?.({
          episode,
          observation: observations.slice(row * width, (row + 1) * width),
          action: action.slice(),
          drawn: samples.slice(row * task.action.size, (row + 1) * task.action.size),
          next: next.slice(row * width, (row + 1) * width),
          reward: step.reward,
          terminal: step.terminated,
          truncated: step.truncated,
          success: step.info.success,
        });
      });
      return { actions: samples, next, rewards, terminal, cut };
    },
    keep(rows, next) {
      acting.keep?.(rows);
      going = rows.map((row) => going[row]);
      observations = new Float32Array(rows.length * width);
      rows.forEach((row, i) => {
        observations.set(next.subarray(row * width, (row + 1) * width), i * width);
      });
    },
  };
}
