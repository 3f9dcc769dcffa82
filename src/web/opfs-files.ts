import { StorageError } from "../errors/errors.js";
import type { TabFiles } from "./tab-files.js";

/** What the compiler's list of the browser does not have: OPFS in workers. */
interface OpfsHandle extends FileSystemFileHandle {
  createSyncAccessHandle(): Promise<{
    truncate(size: number): void;
    write(bytes: Uint8Array, options: { readonly at: number }): number;
    flush(): void;
    close(): void;
  }>;
  move(name: string): Promise<void>;
}
interface Listed {
  keys(): AsyncIterable<string>;
}

const FOLDER = "stackelberg";
/** What is being written; a tab that dies leaves it, and the next write begins it anew. */
const PART = "unfinished.part";

/** Files in the origin's private file system. They are written in workers alone. */
export class OpfsFiles implements TabFiles {
  readonly #root: FileSystemDirectoryHandle;

  private constructor(root: FileSystemDirectoryHandle) {
    this.#root = root;
  }

  /** Undefined where this browser has none, or none that renames. */
  static async open(): Promise<OpfsFiles | undefined> {
    if (typeof FileSystemFileHandle === "undefined" || !("move" in FileSystemFileHandle.prototype)) return undefined;
    try {
      const origin = await navigator.storage.getDirectory();
      return new OpfsFiles(await origin.getDirectoryHandle(FOLDER, { create: true }));
    } catch {
      return undefined; // a private window may refuse
    }
  }

  async runs(): Promise<readonly string[]> {
    const names: string[] = [];
    for await (const name of (this.#root as unknown as Listed).keys()) {
      const run = decodeURIComponent(name);
      if ((await this.list(run)).length > 0) names.push(run);
    }
    return names.sort();
  }

  async list(run: string): Promise<readonly string[]> {
    const folder = await this.#folder(run);
    const names: string[] = [];
    if (folder === undefined) return names;
    for await (const name of (folder as unknown as Listed).keys()) if (name !== PART) names.push(name);
    return names.sort();
  }

  async read(run: string, name: string): Promise<Uint8Array<ArrayBuffer>> {
    try {
      const file = await (await (await this.#folder(run))!.getFileHandle(name)).getFile();
      return new Uint8Array(await file.arrayBuffer());
    } catch (cause) {
      throw new StorageError(`${run}/${name}`, "cannot be read", "Resume from another snapshot", { cause });
    }
  }

  async write(run: string, name: string, bytes: Uint8Array): Promise<void> {
    const folder = await this.#root.getDirectoryHandle(encodeURIComponent(run), { create: true });
    const handle = (await folder.getFileHandle(PART, { create: true })) as OpfsHandle;
    const access = await handle.createSyncAccessHandle();
    try {
      access.truncate(0);
      const written = access.write(bytes, { at: 0 });
      if (written !== bytes.length) throw new Error(`${written} of ${bytes.length} bytes were written`);
      access.flush();
    } finally {
      access.close();
    }
    await handle.move(name);
  }

  async remove(run: string, name: string): Promise<void> {
    const folder = await this.#folder(run);
    await folder?.removeEntry(name);
    if ((await this.list(run)).length === 0) await this.#root.removeEntry(encodeURIComponent(run), { recursive: true });
  }

  async #folder(run: string): Promise<FileSystemDirectoryHandle | undefined> {
    try {
      return await this.#root.getDirectoryHandle(encodeURIComponent(run));
    } catch {
      return undefined;
    }
  }
}
