import { readFile } from "node:fs/promises";
import { basename, dirname, extname, resolve } from "node:path";
import { gatherModel } from "../../envs/mujoco/gather-model.js";
import { WorldError } from "../../errors/errors.js";
import { seenAt } from "./files.js";
import { isModule, type PageModule, pageModule } from "./page-module.js";

/** The modules that a page would load for a task, by path. */
export interface TaskModules {
  readonly modules: ReadonlyMap<string, PageModule>;
  /** JSON that they import. */
  readonly data: readonly string[];
  /** Why no page can run them, in a sentence. */
  readonly problem: string | null;
}

/** Follows imports from a task's module on. @param entry its path, without links */
export async function taskModules(entry: string, addressOf: (path: string) => string): Promise<TaskModules> {
  if (!isModule(entry)) return { modules: new Map(), data: [], problem: `${basename(entry)} is no JavaScript.` };
  const modules = new Map<string, PageModule>();
  const data: string[] = [];
  const waiting = [entry];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (modules.has(path)) continue;
    const module = await pageModule(path, addressOf);
    modules.set(path, module);
    waiting.push(...module.imports.filter(isModule));
    data.push(...module.imports.filter((imported) => !isModule(imported)));
  }
  const problem = [...modules.values()].find((module) => module.problem !== null)?.problem ?? null;
  return { modules, data, problem };
}

/**
 * All that a page may ask for of a task, as paths: its modules, what they import, the files that they name, and what MuJoCo
 * models among those include and take meshes and textures from.
 */
export async function taskFiles({ modules, data }: TaskModules): Promise<ReadonlySet<string>> {
  const files = new Set([...modules.keys(), ...data]);
  for (const path of [...modules.values()].flatMap(({ names }) => names)) {
    files.add(path);
    if (extname(path).toLowerCase() === ".xml") for (const part of await modelFiles(path)) files.add(part);
  }
  return files;
}

/** What a model names, as far as it can be followed: of what is missing, the page says more. */
async function modelFiles(model: string): Promise<readonly string[]> {
  const found: string[] = [];
  const read = async (part: string) => {
    const path = resolve(dirname(model), part);
    if (seenAt(path).kind !== "file") return undefined;
    found.push(path);
    return readFile(path).catch(() => undefined);
  };
  try {
    await gatherModel(model, basename(model), read);
  } catch (error) {
    if (!(error instanceof WorldError)) throw error;
  }
  return found;
}
