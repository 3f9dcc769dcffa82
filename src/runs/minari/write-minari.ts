import { existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { StorageError } from "../../errors/errors.js";
import type { Experience } from "../../mdp/experience.js";
import type { Space, Task } from "../../mdp/task.js";
import { writeAtomic } from "../files.js";
import { VERSION } from "../versions.js";
import { type Hdf5File, loadHdf5 } from "./hdf5.js";
import { LAYOUT_VERSION, MAIN_FILE, METADATA_FILE } from "./layout.js";

/** What a dataset says of where it comes from. */
export interface Origin {
  readonly task: Task;
  /** Who played, `"pal"`. */
  readonly algorithm: string;
  readonly seed: number;
}

/**
 * The buffer D as a Minari dataset in a new directory. Observations and actions are float32, as D has them; rewards float64;
 * terminations and truncations 0 or 1, int8. An episode whose first steps D has forgotten begins later, and one that goes on, or
 * was cut, is truncated.
 *
 * @returns what was written
 * @throws {StorageError} where the directory holds something, D is empty, or the package h5wasm is missing
 */
export async function writeMinari(
  directory: string,
  data: Experience,
  origin: Origin,
): Promise<{ readonly episodes: number; readonly steps: number }> {
  if (existsSync(directory) && (!statSync(directory).isDirectory() || readdirSync(directory).length > 0))
    throw new StorageError(directory, "is there already, and not empty", "Choose a new directory");
  if (data.size === 0)
    throw new StorageError(directory, "the run keeps no samples", "Export a run that has finished an iteration");
  const { File } = await loadHdf5();
  const folder = join(directory, "data");
  mkdirSync(folder, { recursive: true });
  const episodes = episodesOf(data);
  const path = join(folder, MAIN_FILE);
  const file = new File(path, "w", { track_order: true });
  try {
    for (const [id, { from, to }] of episodes.entries()) writeEpisode(file, id, data, from, to);
  } finally {
    file.close();
  }
  const metadata = {
    ...describe(origin),
    total_episodes: episodes.length,
    total_steps: data.size,
    dataset_size: statSync(path).size / 1e6, // MB, as Minari counts
  };
  writeAtomic(join(folder, METADATA_FILE), `${JSON.stringify(metadata, null, 2)}\n`); // last: a dataset without it is none
  return { episodes: episodes.length, steps: data.size };
}

interface Rows {
  readonly from: number;
  readonly to: number;
}

/** Rows that follow each other in one episode, s′ of each being s of the next. */
function episodesOf({ size, episode, observations, next, observationSize: n }: Experience): readonly Rows[] {
  const follows = (i: number) => {
    if (episode[i] !== episode[i - 1]) return false;
    for (let j = 0; j < n; j++) if (observations[i * n + j] !== next[(i - 1) * n + j]) return false;
    return true;
  };
  const starts = Array.from({ length: size }, (_, i) => i).filter((i) => i === 0 || !follows(i));
  return starts.map((from, i) => ({ from, to: starts[i + 1] ?? size }));
}

function writeEpisode(file: Hdf5File, id: number, data: Experience, from: number, to: number): void {
  const { observationSize: n, actionSize: m } = data;
  const steps = to - from;
  const observations = new Float32Array((steps + 1) * n);
  observations.set(data.observations.subarray(from * n, to * n));
  observations.set(data.next.subarray((to - 1) * n, to * n), steps * n);
  const terminations = Int8Array.from(data.terminal.subarray(from, to));
  const truncations = new Int8Array(steps);
  truncations[steps - 1] = 1 - terminations[steps - 1];
  const group = file.create_group(`episode_${id}`);
  group.create_attribute("id", id, null, "<q");
  group.create_attribute("total_steps", steps, null, "<q");
  const columns = [
    ["observations", observations, [steps + 1, n], "<f"],
    ["actions", data.actions.slice(from * m, to * m), [steps, m], "<f"],
    ["rewards", data.rewards.slice(from, to), [steps], "<d"],
    ["terminations", terminations, [steps], "<b"],
    ["truncations", truncations, [steps], "<b"],
  ] as const;
  for (const [name, values, shape, dtype] of columns)
    group.create_dataset({ name, data: values, shape: [...shape], dtype });
}

function describe({ task, algorithm, seed }: Origin) {
  return {
    data_format: "hdf5",
    jpeg_encoding: false,
    observation_space: spaceText(task.observation),
    action_space: spaceText(task.action),
    dataset_id: `stackelberg/${task.id.replace(/-v\d+$/, "")}/${algorithm}-s${seed}-v0`,
    minari_version: LAYOUT_VERSION,
    algorithm_name: algorithm,
    description: `Samples of ${algorithm} on ${task.id}, seed ${seed}, by stackelberg ${VERSION}`,
  };
}

/** A space as Minari keeps it: JSON within JSON, with Python's name of what is unlimited. */
function spaceText({ size, low, high }: Space): string {
  const numbers = (bounds: readonly number[]) =>
    `[${bounds.map((x) => (Number.isFinite(x) ? Math.fround(x) : x)).join(", ")}]`;
  return `{"type": "Box", "dtype": "float32", "shape": [${size}], "low": ${numbers(low)}, "high": ${numbers(high)}}`;
}
