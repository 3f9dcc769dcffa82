import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { writeAtomic } from "../runs/files.js";
import type { Suite } from "./frozen-suite.js";

/**
 * What a suite's directory says of runs beside the runs themselves: a file for each run that failed, and one for each that
 * was cancelled. Whoever starts runs, on whichever machine, goes by them.
 */

/** Why a run failed. */
export const FAILURES = ["settings", "diverged", "failed", "killed"] as const;
export type FailureKind = (typeof FAILURES)[number];

const failure = z.object({
  /** `settings` and `diverged` would be so again, and are not tried again. */
  kind: z.enum(FAILURES),
  /** Attempts that failed since the run last got on. */
  attempts: z.number().int().min(1),
  /** The last complete iteration of the run when it failed. */
  iteration: z.number().int().min(0),
  message: z.string(),
  /** ISO 8601. */
  date: z.string(),
  host: z.string(),
});
export type Failure = Readonly<z.infer<typeof failure>>;

type Place = Pick<Suite, "directory">;

const failuresIn = ({ directory }: Place) => join(directory, "failures");
const cancelsIn = ({ directory }: Place) => join(directory, "cancelled");
const failurePath = (suite: Place, job: string) => join(failuresIn(suite), `${job}.json`);
const cancelPath = (suite: Place, job: string) => join(cancelsIn(suite), job);

/** How a run failed last; undefined where it did not. A file that is damaged says nothing. */
export function failureOf(suite: Place, job: string): Failure | undefined {
  try {
    return failure.safeParse(JSON.parse(readFileSync(failurePath(suite, job), "utf8"))).data;
  } catch {
    return undefined;
  }
}

/** Whether nobody should try this run again by themselves. */
export const isFinal = ({ kind, attempts }: Failure, most: number): boolean =>
  kind === "settings" || kind === "diverged" || attempts >= most;

/** Notes that an attempt failed. Attempts count from the iteration that the run had come to at the last failure. */
export function noteFailure(suite: Place, job: string, noted: Omit<Failure, "attempts">): Failure {
  const before = failureOf(suite, job);
  const attempts = before !== undefined && before.iteration >= noted.iteration ? before.attempts + 1 : 1;
  mkdirSync(failuresIn(suite), { recursive: true });
  const now: Failure = { ...noted, attempts };
  writeAtomic(failurePath(suite, job), `${JSON.stringify(now, null, 2)}\n`);
  return now;
}

export const forgetFailure = (suite: Place, job: string): void => rmSync(failurePath(suite, job), { force: true });

/** Runs that failed at least once. */
export const failedJobs = (suite: Place): ReadonlySet<string> =>
  new Set(listed(failuresIn(suite)).map((name) => name.replace(/\.json$/, "")));

export function markCancelled(suite: Place, jobs: readonly string[]): void {
  mkdirSync(cancelsIn(suite), { recursive: true });
  for (const job of jobs) writeAtomic(cancelPath(suite, job), "");
}

export const unmarkCancelled = (suite: Place, job: string): void => rmSync(cancelPath(suite, job), { force: true });
export const isCancelled = (suite: Place, job: string): boolean => existsSync(cancelPath(suite, job));
export const cancelledJobs = (suite: Place): ReadonlySet<string> => new Set(listed(cancelsIn(suite)));

const listed = (directory: string): readonly string[] =>
  existsSync(directory) ? readdirSync(directory).filter((name) => !name.startsWith(".")) : [];
