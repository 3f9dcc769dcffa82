import { createHash } from "node:crypto";
import { resolve } from "node:path";
import type { RunHead } from "../../runs/config.js";
import type { RunEntry } from "../shared/protocol.js";
import { withDifferences } from "./differences.js";
import { RunFinder } from "./find-runs.js";
import { KnownRun } from "./known-run.js";

/**
 * The runs below some directories. Reads and never writes; a run is known to the page by a checksum of its path, so that
 * no path ever comes from there.
 *
 * A look asks for the times and sizes of files and opens none that has not changed, so that it may be had every second
 * for as long as a page is open. Polled rather than watched: it is the same on network drives and in containers, needs
 * no watch per directory, of which a system has few, and the death of a process tells no watcher anything.
 */
export class RunIndex {
  readonly #finder: RunFinder;
  readonly #cwd: string;
  readonly #solved: (head: RunHead) => number | null;
  #known = new Map<string, KnownRun>();
  #found: readonly string[] = [];
  #seen: readonly RunEntry[] = [];
  #entries: readonly RunEntry[] = [];

  /**
   * @param roots run directories, or directories that hold some
   * @param solved the return from which a run's task counts as solved
   */
  constructor(roots: readonly string[], cwd: string, solved: (head: RunHead) => number | null) {
    this.#finder = new RunFinder(roots.map((root) => resolve(cwd, root)));
    this.#cwd = cwd;
    this.#solved = solved;
  }

  /** A run as of the last look; undefined where there is none of this name. */
  run(id: string): Pick<KnownRun, "directory" | "curves"> | undefined {
    if (!this.#known.has(id)) this.#find();
    return this.#known.get(id);
  }

  /** Every run as it is now: the same list as before where nothing has changed. */
  look(): readonly RunEntry[] {
    this.#find();
    const runs = [...this.#known.values()];
    const looks = runs.map((run) => ({ run, entry: run.look() })).filter(({ entry }) => entry !== undefined);
    const seen = looks.map(({ entry }) => entry!);
    if (seen.length === this.#seen.length && seen.every((entry, i) => entry === this.#seen[i])) return this.#entries;
    this.#seen = seen;
    this.#entries = withDifferences(
      seen,
      looks.map(({ run }) => run.settings),
    );
    return this.#entries;
  }

  /** Looks for runs that came or went, where it is time to. */
  #find(): void {
    const found = this.#finder.find();
    if (found === this.#found) return;
    this.#found = found;
    const before = this.#known;
    this.#known = new Map();
    for (const directory of found) {
      const id = createHash("sha256").update(directory).digest("hex").slice(0, 12);
      this.#known.set(id, before.get(id) ?? new KnownRun(id, directory, this.#cwd, this.#solved));
    }
  }
}
