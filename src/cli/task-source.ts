import { createHash } from "node:crypto";
import { existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, relative, resolve, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { RemakeTask } from "../agents/task-changes.js";
import { isGymName } from "../bridges/gym/gym-task.js";
import { digestOfModel } from "../envs/mujoco/model-source.js";
import { ConfigError, StackelbergError, StorageError } from "../errors/errors.js";
import type { Task } from "../mdp/task.js";
import { taskOfModule } from "../mdp/task-module.js";
import type { RunConfig } from "../runs/config.js";
import { findTaskModule, placesOfTaskModule } from "../runs/task-module-place.js";
import type { Parts } from "./parts.js";
import { watchUsersCode } from "./watchdog.js";

type Options = Readonly<Record<string, string>>;

/** A task, and where it came from. */
export interface LoadedTask {
  readonly task: Task;
  /** The user's module: absolute path, as it was given, and its checksum. Null for a task of the catalogue. */
  readonly module: { readonly path: string; readonly given: string; readonly sha256: string } | null;
}

/** Folders of the modules that this process has loaded. */
const folders = new Set<string>();

/** Whether a file belongs to a task of the user's own, rather than to us or to a library. */
export const isUsersCode = (path: string): boolean =>
  !path.startsWith(OWN) &&
  !/[\\/]node_modules[\\/]/.test(path) &&
  [...folders].some((folder) => path.startsWith(folder + sep));

/** Where the command's own files are. */
const OWN = fileURLToPath(new URL("../", import.meta.url));

const looksLikePath = (name: string) => !isGymName(name) && /[\\/]|\.[cm]?[jt]s$/.test(name);

/**
 * A task of the catalogue by name, or a user's own by the path of its module: `./my-task.mjs`.
 *
 * @throws {ConfigError} where there is no such task or module, or the module does not give a task
 */
export async function loadTask(
  name: string,
  options: Options,
  cwd: string,
  { createTask }: Parts,
): Promise<LoadedTask> {
  if (!looksLikePath(name)) return { task: createTask(name, options), module: null };
  const path = resolve(cwd, name);
  if (!existsSync(path) || !statSync(path).isFile()) {
    throw new ConfigError(
      "task",
      `there is no file ${path}`,
      "Give the module of a task, or a name that `stackelberg tasks` lists",
    );
  }
  folders.add(dirname(realpathSync(path)));
  watchUsersCode();
  const sha256 = createHash("sha256").update(readFileSync(path)).digest("hex");
  return { task: await importTask(path, name, options), module: { path, given: name, sha256 } };
}

async function importTask(path: string, given: string, options: Options): Promise<Task> {
  let module: { readonly default?: unknown };
  try {
    module = (await import(pathToFileURL(path).href)) as { readonly default?: unknown };
  } catch (cause) {
    if (cause instanceof StackelbergError) throw cause; // defineTask has said what is wrong
    const typescript = /\.[cm]?ts$/.test(path);
    const why = cause instanceof Error ? cause.message.split("\n")[0] : String(cause);
    throw new ConfigError(
      `task ${given}`,
      `its module cannot be loaded (${why})`,
      typescript
        ? "Compile it to JavaScript first, or run under a Node that strips types"
        : "Fix the module; `node` on it shows the same error",
      { cause },
    );
  }
  return taskOfModule(module, given, options);
}

/** Makes a run's task with other options, for `task.changes`. */
export const remakerOf =
  (run: string, { task }: Pick<RunConfig, "task">, cwd: string, parts: Parts): RemakeTask =>
  (options) =>
    recallTask(run, { task: { ...task, options: { ...options } } }, cwd, parts, () => {});

/** How a run remembers its task: a module by its path from the run directory, so that both can move together. */
export function rememberTask({ task, module }: LoadedTask, run: string): RunConfig["task"] {
  return {
    id: task.id,
    options: { ...task.options },
    module: module && {
      path: relative(run, module.path),
      given: module.given,
      sha256: module.sha256,
      ...modelDigest(task),
    },
  };
}

/** Checksum of a task's MuJoCo model and its files, which change without the module. */
function modelDigest(task: Task): { readonly model?: string } {
  const mjcf: unknown = task.mjcf?.();
  return typeof mjcf === "string" ? { model: digestOfModel({ mjcf, files: task.modelFiles?.() }) } : {};
}

/**
 * The task of a run.
 *
 * @param warn hears where a user's module has changed since the run began
 * @throws {StorageError} where the module is gone
 */
export async function recallTask(
  run: string,
  { task }: Pick<RunConfig, "task">,
  cwd: string,
  parts: Parts,
  warn: (message: string) => void,
): Promise<Task> {
  if (task.module === null) return parts.createTask(task.id, task.options);
  const { sha256, model } = task.module;
  const found = findTaskModule(run, task.module, cwd);
  if (found === undefined) {
    throw new StorageError(
      run,
      `its task is a module that is gone: ${placesOfTaskModule(run, task.module, cwd).join(" and ")} do not exist`,
      "Put the module back, or correct task.module.path in the run's config.json",
    );
  }
  const loaded = await loadTask(found, task.options, cwd, parts);
  const changed = (what: string) =>
    warn(`${what} has changed since the run began: what follows may not fit what came before`);
  if (loaded.module?.sha256 !== sha256) changed(found);
  else if (model !== undefined && modelDigest(loaded.task).model !== model) changed(`the MuJoCo model of ${found}`);
  return loaded.task;
}
