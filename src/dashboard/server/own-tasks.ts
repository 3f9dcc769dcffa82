import { realpathSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { extname } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { isGymName } from "../../bridges/gym/gym-task.js";
import type { Task } from "../../mdp/task.js";
import { type RunHead, readHead } from "../../runs/config.js";
import { findTaskModule } from "../../runs/task-module-place.js";
import type { LivePlace } from "../shared/protocol.js";
import { seenAt } from "./files.js";
import { isModule, pageModule } from "./page-module.js";
import { headers, Refusal } from "./respond.js";
import { taskFiles, taskModules } from "./task-files.js";
import type { OpenTask } from "./workbench.js";

/** Below a run's address, files of its task lie at `task`, then their whole paths: what a module names from itself, it finds. */
const BELOW = "task";
const addressBelow = (path: string): string => BELOW + pathToFileURL(path).pathname.replaceAll("'", "%27");

/** From what the page can make a run's task, or why it cannot. */
export async function livePlace(directory: string, head: RunHead, task: Task, cwd: string): Promise<LivePlace> {
  if (isGymName(head.task.id))
    return { problem: "Environments of Gymnasium run in Python, which a page does not have." };
  if (task.openStage === undefined) return { problem: "The task does not say what it looks like." };
  if (head.task.module === null) return { module: null };
  const entry = entryOf(directory, head, cwd);
  const { problem } = await taskModules(entry, addressBelow);
  return problem === null ? { module: addressBelow(entry) } : { problem };
}

/** The module of a run's task, without links, as Node has it. @throws {Refusal} where there is none */
function entryOf(directory: string, { task }: RunHead, cwd: string): string {
  const found = task.module === null ? undefined : findTaskModule(directory, task.module, cwd);
  if (found === undefined) throw new Refusal(404, "There is no module of this run's task.");
  return realpathSync(found);
}

/**
 * Serves the modules of users' own tasks, and what they import and name: a list is made of each task when its module is asked
 * for, and a file that is not on it is not looked up anywhere. Only of tasks that this process may load.
 */
export class OwnTasks {
  readonly #openTask: OpenTask;
  readonly #cwd: string;
  /** By run directory: what of its task may be asked for. */
  readonly #lists = new Map<string, Promise<ReadonlySet<string>>>();

  constructor(openTask: OpenTask, cwd: string) {
    this.#openTask = openTask;
    this.#cwd = cwd;
  }

  /** @throws {Refusal} where the address is none of the task's */
  async send(directory: string, url: URL, response: ServerResponse): Promise<void> {
    const head = readHead(directory);
    const entry = entryOf(directory, head, this.#cwd);
    const path = pathIn(url);
    const known = path === entry ? undefined : this.#lists.get(directory);
    const list = known ?? this.#makeList(directory, head, entry);
    if (path === undefined || !(await list).has(path) || seenAt(path).kind !== "file")
      throw new Refusal(404, "This run's task names no such file.");
    if (isModule(path)) {
      const run = url.pathname.split("/").slice(0, 4).join("/");
      const { text } = await pageModule(path, (file) => `${run}/${addressBelow(file)}`);
      response.writeHead(200, headers("text/javascript; charset=utf-8")).end(text);
    } else {
      const type = extname(path) === ".json" ? "application/json; charset=utf-8" : "application/octet-stream";
      response.writeHead(200, headers(type)).end(await readFile(path));
    }
  }

  #makeList(directory: string, head: RunHead, entry: string): Promise<ReadonlySet<string>> {
    const list = (async () => {
      await this.#openTask(directory, head); // what this process may not load, or is no task, it does not serve
      return taskFiles(await taskModules(entry, addressBelow));
    })();
    this.#lists.set(directory, list);
    list.catch(() => this.#lists.delete(directory));
    return list;
  }
}

/** The path that stands in an address; undefined where none can. */
function pathIn({ pathname }: URL): string | undefined {
  const path = pathname.split("/").slice(5).join("/");
  try {
    return fileURLToPath(`file:///${path}`);
  } catch {
    return undefined;
  }
}
