import { ConfigError, WorldError } from "../../errors/errors.js";
import { shown } from "../../errors/requirement.js";
import { numbersOf } from "../../mdp/checked-task.js";
import type { NumberRow, Task, World, WorldStep } from "../../mdp/task.js";
import { type Rng, seeded } from "../../random/rng.js";
import { clipAction } from "../action.js";

/** The moving part of a task that needs no simulator: a start and an update of a row of numbers. */
export interface Dynamics {
  /** The state an episode begins in, [stateSize]. Draws from rng. */
  start(rng: Rng): NumberRow;
  /** The state one control step later, [stateSize]; a is clipped to the action box. The arguments are copies. */
  step(state: Float64Array, action: Float64Array): NumberRow;
  /** What is seen of a state, [observation size]; the state itself where absent. */
  observe?(state: Float64Array): NumberRow;
}

/** The state of the dynamics within a saved state of a `SimpleWorld`, as a view. */
export function stateOfSaved(saved: Float64Array): Float64Array {
  return saved.subarray(HEAD_SIZE);
}

/**
 * What is seen of a state, which the dynamics get as a copy.
 *
 * @throws {WorldError} where `observe` gives something else than a row of numbers
 */
export function seenOf(id: string, dynamics: Dynamics, state: Float64Array): NumberRow {
  if (dynamics.observe === undefined) return state;
  const seen: unknown = dynamics.observe(state.slice());
  return numbersOf(seen) ?? notRow(id, "observe", seen);
}

function notRow(id: string, from: keyof Dynamics, given: unknown): never {
  throw new WorldError(`${id}.${from}`, `gave ${shown(given)}`, "Give a row of numbers");
}

/** Numbers at the head of a saved state: seed, episode, steps. */
const HEAD_SIZE = 3;

/** What a `SimpleWorld` needs to know of its task. */
export type SimpleTask = Pick<
  Task,
  "id" | "observation" | "action" | "horizon" | "reward" | "isTerminal" | "isSuccess"
>;

/**
 * A world made of `Dynamics`. Seeds, clipping, the horizon and saved states are done here; reward, termination and
 * success are the task's own functions of observations. A start without a seed is drawn from the stream
 * ("reset", episode number) of the last seed given. Saved state: seed, episode, steps, state.
 */
export class SimpleWorld implements World {
  readonly #task: SimpleTask;
  readonly #dynamics: Dynamics;
  #state: Float64Array | undefined;
  #seed = 0;
  #episode = -1;
  #steps = 0;

  constructor(task: SimpleTask, dynamics: Dynamics) {
    this.#task = task;
    this.#dynamics = dynamics;
  }

  reset(options: { readonly seed?: number } = {}): ReturnType<World["reset"]> {
    if (options.seed !== undefined) {
      if (!Number.isSafeInteger(options.seed)) {
        throw new ConfigError(`${this.#task.id}.reset.seed`, `must be an integer, got ${options.seed}`, "Round it");
      }
      this.#seed = options.seed;
      this.#episode = -1;
    }
    this.#episode++;
    this.#steps = 0;
    const state = this.#dynamics.start(seeded(this.#seed).stream("reset", this.#episode));
    this.#state = this.#checked(state, "start");
    const observation = this.#observe(this.#state);
    return { observation, info: this.#info(observation) };
  }

  step(action: NumberRow): WorldStep {
    const task = this.#task;
    if (!this.#state) throw new WorldError(task.id, "step before the first reset", "Call reset() first");
    const executed = clipAction(task, action);
    const before = this.#observe(this.#state);
    const state = this.#dynamics.step(this.#state.slice(), executed.slice());
    this.#state = this.#checked(state, "step", this.#state.length);
    this.#steps++;
    const observation = this.#observe(this.#state);
    const terminated = task.isTerminal(observation);
    return {
      observation,
      reward: task.reward(before, executed, observation),
      terminated,
      truncated: !terminated && this.#steps >= task.horizon,
      info: this.#info(observation),
    };
  }

  saveState(): Float64Array {
    if (!this.#state) {
      throw new WorldError(this.#task.id, "there is no state to save before the first reset", "Call reset() first");
    }
    return Float64Array.of(this.#seed, this.#episode, this.#steps, ...this.#state);
  }

  restoreState(state: Float64Array): void {
    this.#state = this.#checked(stateOfSaved(state), "start", this.#state?.length);
    this.#seed = state[0];
    this.#episode = state[1];
    this.#steps = state[2];
  }

  close(): void {
    this.#state = undefined;
  }

  #observe(state: Float64Array): Float64Array {
    return this.#checked(seenOf(this.#task.id, this.#dynamics, state), "observe", this.#task.observation.size);
  }

  #info(observation: Float64Array): WorldStep["info"] {
    return this.#task.isSuccess ? { success: this.#task.isSuccess(observation) } : {};
  }

  /** A copy of what a function of the dynamics gave, if its numbers are finite and as many as they should be. */
  #checked(row: NumberRow, from: keyof Dynamics, size = row?.length): Float64Array {
    const copy = numbersOf(row) ?? notRow(this.#task.id, from, row);
    if (copy.length !== size) {
      throw new WorldError(
        `${this.#task.id}.${from}`,
        `must give ${size} numbers, gave ${copy.length}`,
        "Fix the task",
      );
    }
    const bad = copy.findIndex((entry) => !Number.isFinite(entry));
    if (bad < 0) return copy;
    throw new WorldError(
      `${this.#task.id}.${from}`,
      `entry ${bad} is ${copy[bad]} in control step ${this.#steps}`,
      "Look at the state and the action that led here",
    );
  }
}
