import { createTask, taskOptions } from "../envs/index.js";
import type { TaskOption } from "../envs/options.js";
import type { Task } from "../mdp/task.js";
import { gymTask, isGymName } from "./gym/gym-task.js";

/** A task by its name alone: one of the catalogue, or `gym:` and an environment of Gymnasium. @throws {ConfigError} */
export function namedTask(name: string, options: Readonly<Record<string, string>> = {}): Task {
  return isGymName(name) ? gymTask(name, options) : createTask(name, options);
}

/** What each option of it can be; of an environment of Gymnasium, `gymnasium.make` knows. */
export function namedTaskOptions(name: string): Readonly<Record<string, TaskOption>> {
  return isGymName(name) ? {} : taskOptions(name);
}
