import { StorageError } from "../errors/errors.js";
import { IndexedFiles } from "./indexed-files.js";
import { OpfsFiles } from "./opfs-files.js";

/** Files of runs in the browser's storage, which stay when the tab is closed. */
export interface TabFiles {
  /** Names of the runs that have files. */
  runs(): Promise<readonly string[]>;
  /** Names of a run's files; none where there is no such run. */
  list(run: string): Promise<readonly string[]>;
  /** @throws {StorageError} where there is no such file */
  read(run: string, name: string): Promise<Uint8Array<ArrayBuffer>>;
  /** When this is fulfilled, the file is there; before, nothing of this name is, whatever happens. */
  write(run: string, name: string, bytes: Uint8Array): Promise<void>;
  remove(run: string, name: string): Promise<void>;
}

/**
 * The origin's private file system where the browser has one, else IndexedDB.
 *
 * @throws {StorageError} where it has neither: storage is switched off
 */
export async function openTabFiles(): Promise<TabFiles> {
  const files = (await OpfsFiles.open()) ?? (await IndexedFiles.open());
  if (files !== undefined) return files;
  throw new StorageError(
    "the browser's storage",
    "cannot be opened",
    "Allow the site to store data, or train without `keep` and take snapshots with `snapshot()`",
  );
}
