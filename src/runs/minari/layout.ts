import { existsSync } from "node:fs";
import { join } from "node:path";

/**
 * A Minari dataset: a directory with `data/main_data.hdf5`, a group `episode_0`, `episode_1`, … each, and
 * `data/metadata.json`. In a group: observations [T + 1, n], actions [T, m], rewards, terminations and truncations [T].
 */
export const MAIN_FILE = "main_data.hdf5";
export const METADATA_FILE = "metadata.json";

/** The layout is that of this version of Minari and of later ones. */
export const LAYOUT_VERSION = "0.5.0";

/** Where the files of a dataset are: its folder `data`, or the directory itself where that is what was given. */
export function dataFolder(directory: string): string {
  const below = join(directory, "data");
  return existsSync(join(directory, METADATA_FILE)) && !existsSync(below) ? directory : below;
}
