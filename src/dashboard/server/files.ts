import { closeSync, constants, fstatSync, openSync, readdirSync, readSync, type Stats, statSync } from "node:fs";
import { join } from "node:path";
import { StorageError } from "../../errors/errors.js";
import { checkpointPath, listCheckpoints } from "../../runs/checkpoint.js";

/** The largest config.json or run.lock that is read: a hundred times what one takes, bytes. */
const LARGE = 2 ** 20;
/** A file that changed within so many ms may change once more without a trace: its times go on in steps. */
const STEP = 100;
/** A longer message says less, characters. */
const LONG = 400;

/** What stands at a path, as far as can be seen without opening it; links are followed. */
export interface Seen {
  /** `hidden`: nobody can tell, for lack of rights or because links go in a circle. */
  readonly kind: "nothing" | "file" | "directory" | "other" | "hidden";
  /** Whether whatever changes from now on can be seen. */
  readonly settled: boolean;
  readonly stat?: Stats;
  /** Why it is hidden. */
  readonly why?: string;
}

/** Looks at a path without opening it. Throws nothing: what cannot be looked at is hidden. */
export function seenAt(path: string): Seen {
  let stat: Stats | undefined;
  try {
    stat = statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    return { kind: "hidden", settled: true, why: reasonOf(error) };
  }
  if (stat === undefined) return NOTHING;
  const settled = Math.abs(Date.now() - stat.ctimeMs) > STEP;
  return { kind: stat.isFile() ? "file" : stat.isDirectory() ? "directory" : "other", settled, stat };
}

/** What is seen where nothing is. */
export const NOTHING: Seen = { kind: "nothing", settled: true };

/** Whether what was seen in a place, undefined for nothing yet, is there with the same content. */
export function isSame(now: Seen, before: Seen | undefined): boolean {
  return (
    before?.settled === true &&
    now.kind === before.kind &&
    now.why === before.why &&
    now.stat?.ino === before.stat?.ino &&
    now.stat?.size === before.stat?.size &&
    now.stat?.mtimeMs === before.stat?.mtimeMs &&
    now.stat?.ctimeMs === before.stat?.ctimeMs
  );
}

/** An error's message, cut where it goes on and on. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.length > LONG ? `${text.slice(0, LONG)} …` : text;
}

/** Whether the system refused, which may be over soon (no handles left), rather than that the content is wrong. */
export function isRefused(error: unknown): boolean {
  const { cause = error } = error as { readonly cause?: unknown };
  return typeof (cause as NodeJS.ErrnoException | null)?.errno === "number";
}

/**
 * Refuses what stands in a file's place and could not be read to its end, such as a pipe, which would be waited for.
 *
 * @throws {StorageError}
 */
export function requireFile(path: string, seen: Seen = seenAt(path)): void {
  if (seen.kind === "nothing") throw new StorageError(path, "is missing", "Restore it from a copy");
  if (seen.kind === "hidden") throw new StorageError(path, `cannot be read (${seen.why})`, "Look at its permissions");
  if (seen.kind !== "file") {
    const what = seen.kind === "directory" ? "a directory" : "a pipe, a socket or a device";
    throw new StorageError(path, `cannot be read (it is ${what})`, "Put the file back in its place");
  }
  if (seen.stat!.size > LARGE) {
    throw new StorageError(path, `is not read (it has ${seen.stat!.size} bytes)`, "Put the file back in its place");
  }
}

/** Iterations that have a checkpoint, newest first. @throws {StorageError} where another thing stands in their place */
export function checkpointsIn(run: string, seen: Seen = seenAt(join(run, "checkpoints"))): readonly number[] {
  if (seen.kind === "nothing") return [];
  if (seen.kind !== "directory") {
    const why = seen.why ?? "it is no directory";
    throw new StorageError(join(run, "checkpoints"), `cannot be read (${why})`, "Move it out of the way");
  }
  return listCheckpoints(run);
}

/** Refuses a checkpoint in which something could not be read to its end. @throws {StorageError} */
export function requireReadable(run: string, iteration: number): void {
  const directory = checkpointPath(run, iteration);
  if (seenAt(directory).kind !== "directory") return; // whoever reads it says so
  for (const name of readdirSync(directory)) {
    const path = join(directory, name);
    if (seenAt(path).kind === "other") {
      throw new StorageError(path, "cannot be read (it is a pipe, a socket or a device)", "Delete this checkpoint");
    }
  }
}

/**
 * The bytes of a file between two places, up to the last line's end in them.
 *
 * @throws {StorageError} where the path is no file; a pipe is not waited for
 */
export function wholeLines(path: string, from: number, to: number): Buffer {
  const handle = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    if (!fstatSync(handle).isFile()) throw new StorageError(path, "is no file", "Put the file back in its place");
    const bytes = Buffer.alloc(Math.max(0, to - from));
    const read = readSync(handle, bytes, 0, bytes.length, from);
    return read === 0 ? bytes.subarray(0, 0) : bytes.subarray(0, bytes.lastIndexOf(10, read - 1) + 1);
  } finally {
    closeSync(handle);
  }
}
