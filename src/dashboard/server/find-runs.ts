import { readdirSync } from "node:fs";
import { join } from "node:path";
import { metricsPath } from "../../runs/metrics-log.js";
import { isSame, type Seen, seenAt } from "./files.js";

/** Runs are looked for this many directories below those given: `results/hopper/pal-s1`. */
export const DEPTH = 3;
/** Directories that hold no runs, or are too large to look into. */
const SKIPPED = new Set(["node_modules", "checkpoints", "export", "dist"]);
/** Looking around takes at most this share of the time, and happens at most this often, ms. */
const SHARE = 1 / 200;
const EVERY = 900;

/** A directory as it was when it was last listed. */
interface Listing {
  readonly seen: Seen;
  readonly isRun: boolean;
  /** Directories in it that may hold runs. */
  readonly names: readonly string[];
}

/** Finds run directories below some directories. A directory is listed again only when an entry of it came or went. */
export class RunFinder {
  readonly #roots: readonly string[];
  #listings = new Map<string, Listing>();
  #found: readonly string[] = [];
  #due = 0;

  /** @param roots run directories, or directories that hold some */
  constructor(roots: readonly string[]) {
    this.#roots = roots;
  }

  /** Directories of runs, each once. The larger the tree, the more rarely it is looked through again. */
  find(): readonly string[] {
    const began = performance.now();
    if (began < this.#due) return this.#found;
    const before = this.#listings;
    this.#listings = new Map();
    this.#found = [...new Set(this.#roots.flatMap((root) => this.#below(root, DEPTH, before)))];
    const now = performance.now();
    this.#due = began + Math.max(EVERY, (now - began) / SHARE);
    return this.#found;
  }

  #below(directory: string, depth: number, before: ReadonlyMap<string, Listing>): readonly string[] {
    const seen = seenAt(directory);
    if (seen.kind === "hidden") return [directory];
    if (seen.kind !== "directory") return [];
    const known = before.get(directory);
    const listing = known !== undefined && isSame(seen, known.seen) ? known : list(directory, seen);
    this.#listings.set(directory, listing);
    if (listing.isRun) return [directory];
    if (depth === 0) return [];
    return listing.names.flatMap((name) => this.#below(join(directory, name), depth - 1, before));
  }
}

const holdsRun = (directory: string): boolean =>
  [join(directory, "config.json"), metricsPath(directory)].some((path) => seenAt(path).kind !== "nothing");

/** A run whose settings are lost still has its log, and one that this user may not look into is a run that cannot be shown. */
function list(directory: string, seen: Seen): Listing {
  if (holdsRun(directory)) return { seen, isRun: true, names: [] };
  try {
    const names = readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
      .map((entry) => entry.name)
      .filter((name) => !SKIPPED.has(name) || holdsRun(join(directory, name)))
      .sort();
    return { seen, isRun: false, names };
  } catch {
    return { seen, isRun: false, names: [] }; // it went meanwhile, or this user may not list it
  }
}
