import { gatherModel } from "../envs/mujoco/gather-model.js";
import { nameOf } from "../envs/mujoco/model-paths.js";
import type { ModelSource } from "../envs/mujoco/model-source.js";
import { WorldError } from "../errors/errors.js";

/**
 * Fetches a MuJoCo model: its text, and all that it includes and takes meshes, textures and height fields from.
 *
 * @param address of an MJCF file; what it names lies beside it, as on a disk
 * @throws {WorldError} where it, or something that it names, is not there or cannot be fetched
 */
export async function fetchModel(address: string | URL): Promise<ModelSource> {
  const base = new URL(address, globalThis.location?.href);
  return gatherModel(base.href, nameOf(base.pathname), (path) => contentOf(new URL(path, base), base.href));
}

async function contentOf(address: URL, where: string): Promise<Uint8Array | undefined> {
  let response: Response;
  try {
    response = await fetch(address);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new WorldError(where, `${address.href} cannot be fetched (${reason})`, "Serve it where this page may read", {
      cause,
    });
  }
  // Servers of pages that route by themselves answer with the page where there is nothing.
  const isPage = response.headers.get("content-type")?.startsWith("text/html") ?? false;
  return response.ok && !isPage ? new Uint8Array(await response.arrayBuffer()) : undefined;
}
