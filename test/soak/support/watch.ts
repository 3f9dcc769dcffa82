import { readdirSync, readFileSync } from "node:fs";

/** What a process has now. */
export interface Held {
  /** Resident memory, MiB. */
  readonly memory: number;
  /** Open file descriptors. */
  readonly files: number;
}

/** Of a process on Linux; undefined where it is gone, or its system does not say. */
export function heldBy(pid: number): Held | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    const memory = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
    return Number.isNaN(memory) ? undefined : { memory, files: readdirSync(`/proc/${pid}/fd`).length };
  } catch {
    return undefined;
  }
}

/** What was seen at one time. */
export interface Sight {
  /** Since the page was opened, s. */
  readonly seconds: number;
  readonly server: Held;
  /** The command of the suite, where it has been there for a while. */
  readonly suite: Held | undefined;
  /** JavaScript's memory in the page after a collection, MiB; undefined without a browser. */
  readonly page: number | undefined;
}

export const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[Math.floor((numbers.length - 1) / 2)] ?? Number.NaN;

/** The median of a quantity over the sights of a while. */
export function over(
  sights: readonly Sight[],
  from: number,
  to: number,
  of: (sight: Sight) => number | undefined,
): number {
  const within = sights.filter(({ seconds }) => seconds >= from && seconds <= to);
  return median(within.flatMap((sight) => of(sight) ?? []));
}
