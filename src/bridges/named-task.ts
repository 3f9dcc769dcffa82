import { createTask } from "../envs/index.js";
import type { Task } from "../mdp/task.js";
import { gymTask, isGymName } from "./gym/gym-task.js";

/** A task by its name alone: one of the catalogue, or `gym:` and an environment of Gymnasium. @throws {ConfigError} */
export function namedTask(name: string, options: Readonly<Record<string, string>> = {}): Task {
  return isGymName(name) ? gymTask(name, options) : createTask(name, options);
}
