import {
  closeSync,
  fsyncSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { StorageError } from "../errors/errors.js";

const reason = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** Forces a directory's entries (created, renamed and removed names) to the disk; a no-op where a system cannot (Windows). */
export function syncDirectory(path: string): void {
  let handle: number | undefined;
  try {
    handle = openSync(path, "r");
    fsyncSync(handle);
  } catch (error) {
    if (!["EISDIR", "EPERM", "EINVAL", "EACCES"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
}

/** Writes a new file and forces it to the disk. */
export const writeSynced = (path: string, data: string | Uint8Array): void => write(path, data, "w");

/**
 * Adds to the end of a file and forces it to the disk.
 *
 * @throws {StorageError} where the disk is full or the place cannot be written
 */
export function appendSynced(path: string, data: string | Uint8Array): void {
  try {
    write(path, data, "a");
  } catch (error) {
    throw new StorageError(path, `cannot be written (${reason(error)})`, "Make room on the disk, then resume the run", {
      cause: error,
    });
  }
}

function write(path: string, data: string | Uint8Array, how: "w" | "a"): void {
  const bytes = typeof data === "string" ? Buffer.from(data) : data;
  const handle = openSync(path, how);
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(handle, bytes, at); // a full disk may take a part
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/**
 * Replaces a file in one step: whoever reads it, and whatever is killed, sees the old content or the new, never a part.
 *
 * @param check is called before the new content gets the name, and keeps it from that by throwing
 * @throws {StorageError} where the disk is full or the place cannot be written
 */
export function writeAtomic(path: string, data: string | Uint8Array, check: () => void = () => {}): void {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  try {
    writeSynced(temporary, data);
    check();
    renameSync(temporary, path);
    syncDirectory(dirname(path));
  } catch (error) {
    rmSync(temporary, { force: true });
    if (error instanceof StorageError) throw error;
    throw new StorageError(
      path,
      `cannot be written (${reason(error)})`,
      "Make room or choose another place with --out",
      {
        cause: error,
      },
    );
  }
}

/** Removes what `writeAtomic` leaves in a directory where the process is killed. */
export function removeTemporaryFiles(directory: string): void {
  for (const name of readdirSync(directory)) {
    if (name.startsWith(".") && name.endsWith(".tmp")) rmSync(join(directory, name), { force: true });
  }
}

/** The first path in a directory that nothing has yet, of those that `name` gives for 1, 2, … */
export function freeName(directory: string, name: (n: number) => string): string {
  for (let n = 1; ; n++) {
    const path = join(directory, name(n));
    if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return path;
  }
}

/** A file's bytes. @throws {StorageError} where it cannot be read */
export function readBytes(path: string, mend: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new StorageError(path, `cannot be read (${reason(error)})`, mend, { cause: error });
  }
}

/** A JSON file's value. @throws {StorageError} where it cannot be read or is not JSON */
export function readJson(path: string, mend: string): unknown {
  const text = readBytes(path, mend).toString("utf8");
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new StorageError(path, `is not valid JSON (${reason(error)})`, mend, { cause: error });
  }
}
