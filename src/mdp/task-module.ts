import { ConfigError } from "../errors/errors.js";
import { checkedTask } from "./checked-task.js";
import type { Task } from "./task.js";

type Options = Readonly<Record<string, string>>;

/**
 * The task of a user's own module: its default export, or what that makes of the options where it is a function.
 *
 * @param given the module as it was named, for messages
 * @throws {ConfigError} where it gives no task, or takes no options and was given some
 */
export async function taskOfModule(
  module: { readonly default?: unknown },
  given: string,
  options: Options,
): Promise<Task> {
  const exported = module.default;
  const task: unknown =
    typeof exported === "function" ? await (exported as (options: Options) => unknown)(options) : exported;
  if (typeof exported !== "function" && Object.keys(options).length > 0) {
    throw new ConfigError(
      `task ${given}`,
      "takes no options",
      "Export a function of the options by default, or leave --task-option out",
    );
  }
  const missing = missingOf(task);
  if (missing !== undefined) {
    throw new ConfigError(
      `task ${given}`,
      `its default export ${missing}`,
      "Write `export default defineTask({ … })`, as examples/ shows",
    );
  }
  return checkedTask(task as Task);
}

/** What keeps a value from being a task; undefined where nothing does. `check-task` looks closer. */
function missingOf(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null) return `is ${value === null ? "null" : typeof value}, not a task`;
  const task = value as Partial<Record<keyof Task, unknown>>;
  for (const key of ["id"] as const) if (typeof task[key] !== "string") return `has no text \`${key}\``;
  for (const key of ["horizon", "controlStep"] as const)
    if (typeof task[key] !== "number") return `has no number \`${key}\``;
  for (const key of ["observation", "action"] as const)
    if (typeof task[key] !== "object") return `has no space \`${key}\``;
  for (const key of ["reward", "isTerminal", "createWorld"] as const)
    if (typeof task[key] !== "function") return `has no function \`${key}\``;
  return undefined;
}
