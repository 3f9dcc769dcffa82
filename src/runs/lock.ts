import { createHash, randomUUID } from "node:crypto";
import { constants, copyFileSync, linkSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { StorageError } from "../errors/errors.js";
import { exists, isAlive, isHere, type Owner, ownerHere, parseOwner, readLock } from "./owner.js";

/**
 * `run.lock`: one owner per run directory.
 *
 * A name is taken by a hard link to a file that is complete: of several processes one gets it. A lock whose owner is
 * gone must not simply be removed: another process may have done so already, and it would be that one's lock. So every
 * text that ever stands in a lock has a **guard**, `run.lock.of-<its checksum>`, a name that is taken in the same way,
 * and only who holds the guard may replace or remove that text. The holder looks again whether the text still stands
 * there, and renames the guard, which names it as the owner, over the lock, in one step. Guards of processes that were
 * killed are replaced by the same rule.
 */

/** How often a process looks again at what is about to change, and the pause between, ms: a second in all. */
const PATIENCE = 200;
const PAUSE = 5;

/** A run directory that this process has to itself. */
export interface RunLock {
  /** To be called before each write. @throws {StorageError} where the run is no longer this process's */
  readonly check: () => void;
  /** Lets other processes have the directory; the lock of another owner stays. */
  readonly release: () => void;
}

const lockPath = (run: string) => join(run, "run.lock");

const guardOf = (path: string, text: string) => {
  const checksum = createHash("sha256")
    .update(`${basename(path)}\n${text}`)
    .digest("hex");
  return join(dirname(path), `run.lock.of-${checksum.slice(0, 24)}`);
};

const pause = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE);

/**
 * The process that works in this run directory now; undefined where there is none. On another machine nobody can ask
 * the process, so its lock counts until it is removed. A lock that is damaged names nobody: locks are complete from the
 * start, so no process is about to finish it.
 */
export function lockOwner(run: string): Owner | undefined {
  const owner = named(lockPath(run));
  return owner !== undefined && isAlive(owner) ? owner : undefined;
}

/**
 * Removes what a process left that was killed when its work was done, between the run's last word and its lock's end;
 * the lock of a live process stays. Nobody needs to know where it cannot: such a lock stops no one.
 */
export function forgetLock(run: string): void {
  if (!readdirSync(run).some((name) => name.startsWith("run.lock")) || lockOwner(run) !== undefined) return;
  try {
    lockRun(run).release();
  } catch {
    // somebody has taken it just now, or the disk is full
  }
}

/** The owner whom a lock or a guard names, alive or not. */
function named(path: string): Owner | undefined {
  try {
    return parseOwner(readLock(path) ?? "");
  } catch {
    return undefined;
  }
}

/** Gives the file `from` the name `path` as well. @returns false where somebody has it */
function link(from: string, path: string): boolean {
  try {
    try {
      linkSync(from, path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") throw error;
      copyFileSync(from, path, constants.COPYFILE_EXCL); // file systems without hard links
    }
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** One process's attempt to get a run. */
interface Claim {
  readonly run: string;
  /** A file with `text`, to be given the names that are to be taken. */
  readonly draft: string;
  readonly text: string;
  /** Whether an owner that seems alive has to yield. */
  readonly force: boolean;
}

/** Takes the name `path`, the lock or a guard. @throws {StorageError} where a live process has it */
function take(path: string, claim: Claim): void {
  for (let look = 0; ; look++) {
    if (link(claim.draft, path)) return;
    const text = readLock(path);
    if (text === claim.text) return;
    const patient = look < PATIENCE;
    if (text === undefined) {
      if (patient) continue; // given back since
      throw new StorageError(path, "can neither be taken nor read", "Remove it if no process works in this run");
    }
    const owner = parseOwner(text);
    // Without hard links a lock is copied: for a moment it may be there in part.
    const half = owner === undefined && !text.endsWith("\n") && claim.text.startsWith(text.slice(0, 7));
    // Whoever has a guard is about to give it back.
    const busy = path !== lockPath(claim.run) && owner !== undefined && isAlive(owner) && isHere(owner);
    if (patient && (half || busy)) pause();
    else if (owner !== undefined && isAlive(owner) && (busy || !claim.force)) throw inUse(claim.run, owner);
    else if (replace(path, text, claim)) return;
  }
}

/** Takes the name `path` from the owner whose text stands there. @returns false where it stands there no longer */
function replace(path: string, text: string, claim: Claim): boolean {
  const guard = guardOf(path, text);
  take(guard, claim);
  if (readLock(path) === text) {
    renameSync(guard, path);
    return true;
  }
  rmSync(guard, { force: true });
  return false;
}

function inUse(run: string, owner: Owner): StorageError {
  const here = isHere(owner);
  return new StorageError(
    run,
    `is in use by process ${owner.pid}${here ? "" : ` on ${owner.host}`}`,
    here
      ? "Wait for it, stop it, or choose another run"
      : "If that process is gone (a job that was moved to another machine), resume with --take-over",
  );
}

/**
 * Takes a run directory for this process, so that no two ever write to it.
 *
 * @param force take it even from an owner that seems alive
 * @throws {StorageError} where another live process has it, or its lock cannot be read
 */
export function lockRun(run: string, force = false): RunLock {
  const path = lockPath(run);
  const token = randomUUID();
  const text = `${JSON.stringify(ownerHere(token))}\n`;
  const draft = `${path}.${process.pid}.${token}`;
  writeFileSync(draft, text);
  try {
    take(path, { run, draft, text, force });
  } finally {
    rmSync(draft, { force: true });
  }
  sweep(run, text);
  return {
    check: () => check(run, text),
    release: () => release(path, text),
  };
}

function check(run: string, text: string): void {
  const now = readLock(lockPath(run));
  if (now === text) return;
  const other = now === undefined ? undefined : parseOwner(now);
  const what =
    other === undefined
      ? "its run.lock was removed or changed"
      : `process ${other.pid} on ${other.host} has taken it over`;
  throw new StorageError(
    run,
    `is no longer this process's: ${what}. Nothing more is written`,
    "Let the other process go on; if there is none, resume the run",
  );
}

function release(path: string, text: string): void {
  try {
    if (readLock(path) !== text) return;
    const guard = guardOf(path, text);
    take(guard, { run: dirname(path), draft: path, text, force: false });
    if (readLock(path) === text) rmSync(path, { force: true });
    rmSync(guard, { force: true });
  } catch (error) {
    // Another process is taking the lock over, or the directory is gone. If not, it is stale when this process ends.
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
  }
}

/** Removes what processes left that were killed while they took a lock; to be called by the owner of `text`. */
function sweep(run: string, text: string): void {
  const own = basename(guardOf(lockPath(run), text));
  for (const entry of readdirSync(run, { withFileTypes: true })) {
    const draft = /^run\.lock\.(\d+)(\.[\w-]+)?$/.exec(entry.name);
    const guard = /^run\.lock\.of-\w+$/.test(entry.name) && entry.name !== own;
    if (!entry.isFile() || (draft === null && !guard)) continue;
    const path = join(run, entry.name);
    const owner = named(path);
    const dead = owner !== undefined ? !isAlive(owner) : draft !== null && !exists(Number(draft[1]));
    if (dead) rmSync(path, { force: true });
  }
}
