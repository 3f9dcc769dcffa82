import {
  constants,
  copyFileSync,
  existsSync,
  linkSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { StorageError } from "../errors/errors.js";

/** Who works in a run directory: the content of `run.lock`. */
export interface Owner {
  readonly pid: number;
  readonly host: string;
  /** Start of the process, in clock ticks since the machine's start, where the system tells it: pids are used again. */
  readonly started: string | null;
}

const lockPath = (run: string) => join(run, "run.lock");

/** Start time of a process (field 22 of /proc/PID/stat on Linux); null where the system does not tell. */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? null;
  } catch {
    return null;
  }
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH"; // EPERM: it is another user's
  }
}

function isAlive(owner: Owner): boolean {
  if (!exists(owner.pid)) return false;
  const started = startOf(owner.pid);
  return owner.started === null || started === null || owner.started === started;
}

/**
 * The process that works in this run directory now; undefined where there is none. On another machine nobody can ask
 * the process, so its lock counts until it is removed.
 */
export function lockOwner(run: string): Owner | undefined {
  const path = lockPath(run);
  if (!existsSync(path)) return undefined;
  let owner: Owner;
  try {
    owner = JSON.parse(readFileSync(path, "utf8")) as Owner;
  } catch {
    return undefined;
  }
  return owner.host !== hostname() || isAlive(owner) ? owner : undefined;
}

/** Gives the file `draft` the name `path` as well, unless it is taken: of two processes one gets it, and it is complete from the start. */
function claim(draft: string, path: string): void {
  try {
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") throw error;
    copyFileSync(draft, path, constants.COPYFILE_EXCL); // file systems without hard links
  }
}

/**
 * Takes a run directory for this process, so that no two ever write to it.
 *
 * @param force take it even from an owner that seems alive
 * @returns gives it back
 * @throws {StorageError} where another live process has it
 */
export function lockRun(run: string, force = false): () => void {
  const path = lockPath(run);
  const mine: Owner = { pid: process.pid, host: hostname(), started: startOf(process.pid) };
  const draft = `${path}.${process.pid}`;
  for (const name of readdirSync(run)) {
    const pid = /^run\.lock\.(\d+)$/.exec(name)?.[1]; // what a process killed within these lines left
    if (pid !== undefined && !exists(Number(pid))) rmSync(join(run, name), { force: true });
  }
  writeFileSync(draft, `${JSON.stringify(mine)}\n`);
  try {
    for (let attempt = 0; ; attempt++) {
      try {
        claim(draft, path);
        break;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST" || attempt > 3) throw error;
      }
      const owner = lockOwner(run);
      if (owner !== undefined && !force) {
        const here = owner.host === mine.host;
        throw new StorageError(
          run,
          `is in use by process ${owner.pid}${here ? "" : ` on ${owner.host}`}`,
          here
            ? "Wait for it, stop it, or choose another run"
            : "If that process is gone (a job that was moved to another machine), resume with --take-over",
        );
      }
      rmSync(path, { force: true });
    }
  } finally {
    rmSync(draft, { force: true });
  }
  return () => {
    const owner = lockOwner(run);
    if (owner?.pid === mine.pid && owner.host === mine.host) rmSync(path, { force: true });
  };
}
