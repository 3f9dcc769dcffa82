import { sha256 as slowSha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { StorageError } from "../errors/errors.js";
import { openSealed, type SealedRun, sealRun } from "./sealed-run.js";
import type { TabFiles } from "./tab-files.js";

/** How many of the newest snapshots stay: one to go on from, and one in case it is damaged. */
const KEEP = 2;

/** `000012-<SHA-256>.safetensors`: the iteration, and the checksum of the file that has this name. */
const NAME = /^(\d{6,})-([0-9a-f]{64})\.safetensors$/;

/** The browser's own is some ten times as fast; pages that did not come by https have none. */
const sha256 = async (bytes: Uint8Array): Promise<string> =>
  bytesToHex(
    globalThis.crypto?.subtle === undefined
      ? slowSha256(bytes)
      : new Uint8Array(await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>)),
  );

/** Snapshots of a run, newest first. */
const snapshotsIn = (names: readonly string[]) =>
  names
    .flatMap((name) => {
      const [, iteration, checksum] = NAME.exec(name) ?? [];
      return checksum === undefined ? [] : [{ name, iteration: Number(iteration), checksum }];
    })
    .sort((a, b) => b.iteration - a.iteration);

/** Keeps a run up to its present iteration: when this is fulfilled, it will not be lost. @throws {StorageError} */
export async function keepRun(files: TabFiles, name: string, run: SealedRun): Promise<void> {
  const { iteration } = run.snapshot.meta;
  const bytes = sealRun(run);
  try {
    const before = snapshotsIn(await files.list(name));
    const file = `${String(iteration).padStart(6, "0")}-${await sha256(bytes)}.safetensors`;
    if (!before.some((each) => each.name === file)) await files.write(name, file, bytes);
    // One of the same iteration, or of a later one from which nobody went on, is not this run's any more.
    const others = before.filter((each) => each.name !== file);
    const stays = others.filter((each) => each.iteration < iteration).slice(0, KEEP - 1);
    for (const each of others) if (!stays.includes(each)) await files.remove(name, each.name);
  } catch (cause) {
    if (cause instanceof StorageError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new StorageError(
      `run "${name}"`,
      `iteration ${iteration} cannot be kept (${reason})`,
      "Make room with forgetRun, or let the browser keep more for this site, then resume the run",
      { cause },
    );
  }
}

/**
 * The newest snapshot that is whole; undefined where there is none.
 *
 * @param warn hears of damaged ones, which are passed over
 */
export async function newestKept(
  files: TabFiles,
  name: string,
  warn: (text: string) => void,
): Promise<SealedRun | undefined> {
  for (const { name: file, checksum } of snapshotsIn(await files.list(name))) {
    try {
      const bytes = await files.read(name, file);
      if ((await sha256(bytes)) === checksum) return openSealed(`${name}/${file}`, bytes);
      warn(`${name}/${file} has changed since it was written (its checksum differs). It is passed over.`);
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      warn(`${error.message} It is passed over.`);
    }
  }
  return undefined;
}

/** Removes all that is kept of a run. */
export async function forget(files: TabFiles, name: string): Promise<void> {
  for (const file of await files.list(name)) await files.remove(name, file);
}
