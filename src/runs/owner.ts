import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { z } from "zod";
import { StorageError } from "../errors/errors.js";

const owner = z.object({
  pid: z
    .number()
    .int()
    .min(1)
    .max(2 ** 31 - 1),
  host: z.string(),
  /** Start of the process, in clock ticks since the machine's start, where the system gives it: pids are used again. */
  started: z.string().nullable(),
  /** Which of its claims this is; absent in locks of version 0.1. */
  token: z.string().optional(),
});

/** Who works in a run directory: the content of `run.lock`. */
export type Owner = Readonly<z.infer<typeof owner>>;

/** This process, as an owner. */
export const ownerHere = (token: string): Owner => ({
  pid: process.pid,
  host: hostname(),
  started: startOf(process.pid),
  token,
});

/** The owner that a lock names; undefined where its text is damaged. */
export function parseOwner(text: string): Owner | undefined {
  try {
    return owner.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** Start time of a process (field 22 of /proc/PID/stat on Linux); null where the system does not give it. */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? null;
  } catch {
    return null;
  }
}

/** Whether a process of this number is there, on this machine. */
export function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH"; // EPERM: it is another user's
  }
}

export const isHere = ({ host }: Owner): boolean => host === hostname();

/** Whether an owner is at work. On another machine nobody can ask the process, so it counts as alive. */
export function isAlive(owner: Owner): boolean {
  if (!isHere(owner)) return true;
  if (!exists(owner.pid)) return false;
  const started = startOf(owner.pid);
  return owner.started === null || started === null || owner.started === started;
}

/** The text of a lock; undefined where there is none. @throws {StorageError} where it cannot be read */
export function readLock(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    throw new StorageError(
      path,
      `cannot be read (${message}), so nobody knows whether a process works in this run`,
      "If none does, remove it",
      { cause: error },
    );
  }
}
