import { readFile, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gatherModel } from "../envs/mujoco/gather-model.js";
import { nameOf } from "../envs/mujoco/model-paths.js";
import type { ModelSource } from "../envs/mujoco/model-source.js";
import { WorldError } from "../errors/errors.js";

/**
 * Reads a MuJoCo model from the disk: its text, and all that it includes and takes meshes, textures and height fields from.
 *
 * @param path of an MJCF file; from the working directory, or an address: `new URL("./robot.xml", import.meta.url)`
 * @param where how errors call it; default: the path
 * @throws {WorldError} where it, or something that it names, is not there or cannot be read
 */
export async function readModel(path: string | URL, where?: string): Promise<ModelSource> {
  const file = path instanceof URL ? fileURLToPath(path) : path;
  const given = where ?? file;
  return gatherModel(given, nameOf(file), (part) => contentOf(resolve(dirname(file), part), given));
}

async function contentOf(path: string, where: string): Promise<Uint8Array | undefined> {
  try {
    if (!(await stat(path)).isFile()) throw new Error("it is no file");
    return await readFile(path);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new WorldError(
      where,
      `${path} cannot be read (${message})`,
      "Give the path of an MJCF file, and files that can be read",
      {
        cause,
      },
    );
  }
}
