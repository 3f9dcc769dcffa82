import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { ConfigError, StackelbergError, StorageError } from "../../errors/errors.js";
import { requirement } from "../../errors/requirement.js";
import { allFinite } from "../../math/vector.js";
import { appended, type Experience, type ExperienceRow, emptyExperience } from "../../mdp/experience.js";
import type { Task } from "../../mdp/task.js";
import { readJson } from "../files.js";
import { type Hdf5File, type Library, loadHdf5 } from "./hdf5.js";
import { dataFolder, MAIN_FILE, METADATA_FILE } from "./layout.js";

const metadataSchema = z.looseObject({
  data_format: z.string(),
  total_episodes: z.number().int().min(0),
  observation_space: z.string().optional(),
  action_space: z.string().optional(),
});
const boxSchema = z.looseObject({ type: z.literal("Box"), shape: z.tuple([z.number()]) });

/**
 * A Minari dataset as the buffer D of a task, episode after episode. Actions are clipped to the action box, observations
 * rounded to float32, rewards the dataset's own.
 *
 * @param directory the dataset's, with the folder `data` in it
 * @throws {StorageError} where it is no dataset in HDF5, a file is damaged, or the package h5wasm is missing
 * @throws {ConfigError} where its observations or actions are not the task's
 */
export async function readMinari(directory: string, task: Task): Promise<Experience> {
  const folder = dataFolder(directory);
  const metadata = readMetadata(directory, folder);
  if (metadata.data_format !== "hdf5") {
    const what = `its format is ${metadata.data_format}, which cannot be read here`;
    throw new StorageError(directory, what, 'Make it again with data_format="hdf5", Minari\'s default');
  }
  checkSpace(directory, metadata.observation_space, task.observation.size, "observations", task);
  checkSpace(directory, metadata.action_space, task.action.size, "actions", task);
  const path = join(folder, MAIN_FILE);
  if (!existsSync(path)) throw new StorageError(path, "there is no such file", "Give the directory of a whole dataset");
  const library = await loadHdf5();
  try {
    return readFile(library, path, metadata.total_episodes, task);
  } catch (cause) {
    if (cause instanceof StackelbergError) throw cause;
    throw new StorageError(path, "is not an HDF5 file that can be read", "Give a whole dataset", { cause });
  }
}

function readFile(library: Library, path: string, episodes: number, task: Task): Experience {
  const file = new library.File(path, "r");
  try {
    const rows: ExperienceRow[] = [];
    for (let id = 0; id < episodes; id++) for (const row of episodeRows(library, file, path, id, task)) rows.push(row);
    if (rows.length === 0) throw new StorageError(path, "has no steps", "Give a dataset with at least one episode");
    return appended(emptyExperience(task.observation.size, task.action.size), rows, Number.POSITIVE_INFINITY);
  } finally {
    file.close();
  }
}

function readMetadata(directory: string, folder: string): z.infer<typeof metadataSchema> {
  const path = join(folder, METADATA_FILE);
  const mend = `Give the directory of a Minari dataset: data/${METADATA_FILE} and data/${MAIN_FILE} are in it`;
  if (!existsSync(path)) throw new StorageError(directory, "is no Minari dataset", mend);
  const { data, error } = metadataSchema.safeParse(readJson(path, mend));
  if (error === undefined) return data;
  const [issue] = error.issues;
  throw new StorageError(path, `${issue.path.join(".")} ${requirement(issue)}`, mend);
}

/** Where the metadata name a space, it must be the task's; else the columns are looked at alone. */
function checkSpace(directory: string, text: string | undefined, size: number, what: string, task: Task): void {
  if (text === undefined) return;
  let space: unknown;
  try {
    space = JSON.parse(text.replaceAll(/-?\bInfinity\b|\bNaN\b/g, "null"));
  } catch {
    space = text;
  }
  const box = boxSchema.safeParse(space);
  const [has] = box.success ? box.data.shape : [];
  if (has === size) return;
  const kind = (space as { type?: unknown } | null)?.type;
  const came = has === undefined ? `not a flat box of numbers (${String(kind ?? "unknown")})` : `${has} numbers`;
  throw new ConfigError(
    directory,
    `its ${what} are ${came}, those of ${task.id} ${size} numbers`,
    "Give a dataset of this task, or flatten it in Python first",
  );
}

function* episodeRows(
  { Dataset }: Library,
  file: Hdf5File,
  path: string,
  id: number,
  task: Task,
): Generator<ExperienceRow> {
  const [n, m] = [task.observation.size, task.action.size];
  const column = (name: string): { readonly shape: readonly number[]; readonly values: Float64Array } => {
    const where = `episode_${id}/${name}`;
    const found = file.get(where);
    if (!(found instanceof Dataset) || found.shape === null)
      throw new StorageError(path, `${where} is missing, or is no table of numbers`, "Give a whole dataset");
    const values = Float64Array.from(found.value as ArrayLike<number | bigint>, Number);
    if (!allFinite(values))
      throw new StorageError(path, `${where} has numbers that are not finite`, "Leave this episode out");
    return { shape: found.shape, values };
  };
  const rewards = column("rewards");
  const [steps] = rewards.shape;
  const fitting = (name: string, ...shape: readonly number[]): Float64Array => {
    const { shape: has, values } = name === "rewards" ? rewards : column(name);
    if (has.length === shape.length && has.every((length, i) => length === shape[i])) return values;
    const what = `episode_${id}/${name} is [${has.join(", ")}], for ${task.id} and ${steps} steps it must be [${shape.join(", ")}]`;
    throw new ConfigError(path, what, "Give a dataset of this task");
  };
  const reward = fitting("rewards", steps);
  const observations = Float32Array.from(fitting("observations", steps + 1, n));
  const { low, high } = task.action;
  const actions = Float32Array.from(fitting("actions", steps, m), (a, i) =>
    Math.min(Math.max(a, low[i % m]), high[i % m]),
  );
  const terminations = fitting("terminations", steps);
  for (let t = 0; t < steps; t++) {
    yield {
      observation: observations.subarray(t * n, (t + 1) * n),
      action: actions.subarray(t * m, (t + 1) * m),
      next: observations.subarray((t + 1) * n, (t + 2) * n),
      reward: reward[t],
      terminal: terminations[t] !== 0,
      episode: id,
    };
  }
}
