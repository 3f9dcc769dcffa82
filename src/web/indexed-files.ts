import { StorageError } from "../errors/errors.js";
import type { TabFiles } from "./tab-files.js";

const STORE = "files";

/** What a request gives. */
const given = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/** Files in IndexedDB, by run and name: a transaction takes place or does not. */
export class IndexedFiles implements TabFiles {
  readonly #database: IDBDatabase;

  private constructor(database: IDBDatabase) {
    this.#database = database;
  }

  /** Undefined where this browser refuses. */
  static async open(): Promise<IndexedFiles | undefined> {
    try {
      const request = indexedDB.open("stackelberg", 1);
      request.onupgradeneeded = () => request.result.createObjectStore(STORE);
      return new IndexedFiles(await given(request));
    } catch {
      return undefined;
    }
  }

  async #keys(): Promise<readonly [run: string, name: string][]> {
    const store = this.#database.transaction(STORE).objectStore(STORE);
    return (await given(store.getAllKeys())) as [string, string][];
  }

  async runs(): Promise<readonly string[]> {
    return [...new Set((await this.#keys()).map(([run]) => run))].sort();
  }

  async list(run: string): Promise<readonly string[]> {
    return (await this.#keys()).flatMap(([of, name]) => (of === run ? [name] : [])).sort();
  }

  async read(run: string, name: string): Promise<Uint8Array<ArrayBuffer>> {
    const store = this.#database.transaction(STORE).objectStore(STORE);
    const bytes = (await given(store.get([run, name]))) as Uint8Array<ArrayBuffer> | undefined;
    if (bytes === undefined) throw new StorageError(`${run}/${name}`, "cannot be read", "Resume from another snapshot");
    return bytes;
  }

  write(run: string, name: string, bytes: Uint8Array): Promise<void> {
    return this.#change((store) => store.put(bytes, [run, name]));
  }

  remove(run: string, name: string): Promise<void> {
    return this.#change((store) => store.delete([run, name]));
  }

  #change(work: (store: IDBObjectStore) => void): Promise<void> {
    const transaction = this.#database.transaction(STORE, "readwrite", { durability: "strict" });
    work(transaction.objectStore(STORE));
    return new Promise((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error);
    });
  }
}
