import { closeSync, fstatSync, openSync, readFileSync, readSync } from "node:fs";
import { join } from "node:path";
import { parseEvent } from "../runs/event-schema.js";
import type { IterationEvent, RunSummary } from "../runs/events.js";
import { lockOwner } from "../runs/lock.js";
import { metricsPath } from "../runs/metrics-log.js";
import type { Owner } from "../runs/owner.js";
import { type FrozenSuite, runOf, type Suite, type SuiteJob } from "./frozen-suite.js";
import { cancelledJobs, type Failure, failedJobs, failureOf, isFinal } from "./marks.js";

/**
 * How a run is, by its directory alone: `begun` has at least begun and nobody works in it now; `failed` will not be tried
 * again by itself.
 */
export type JobState = "waiting" | "running" | "begun" | "finished" | "failed" | "cancelled";
export const JOB_STATES: readonly JobState[] = ["finished", "running", "begun", "waiting", "failed", "cancelled"];

export interface JobProgress {
  readonly job: SuiteJob;
  readonly state: JobState;
  readonly iteration: number;
  /** Real samples so far, and how many it is to have. */
  readonly samples: number;
  readonly maxSamples: number;
  /** The last evaluation that there is. */
  readonly evaluation: IterationEvent["evaluation"];
  readonly owner?: Owner;
  readonly failure?: Failure;
}

/** Bytes at the end of a log in which its last iteration is looked for, first and at last. */
const TAILS = [16 * 1024, 1024 * 1024];

/** How far a run has come. Reads its summary, or the end of its log: never all of it. */
export function comeTo(run: string): Pick<JobProgress, "iteration" | "samples" | "evaluation"> & { begun: boolean } {
  const summary = summaryOf(run);
  if (summary !== undefined) {
    const { iterations: iteration, samples, evaluation } = summary;
    return { begun: true, iteration, samples, evaluation };
  }
  for (const size of TAILS) {
    const tail = tailOf(metricsPath(run), size);
    if (tail === undefined) return { begun: false, iteration: 0, samples: 0, evaluation: null };
    const last = lastIteration(tail.text);
    if (last !== undefined)
      return { begun: true, iteration: last.iteration, samples: last.samples, evaluation: last.evaluation };
    if (tail.whole) break;
  }
  return { begun: true, iteration: 0, samples: 0, evaluation: null };
}

/** `summary.json` of a run; undefined where there is none that can be read. */
export function summaryOf(run: string): RunSummary | undefined {
  try {
    const summary = JSON.parse(readFileSync(join(run, "summary.json"), "utf8")) as Partial<RunSummary> | null;
    return typeof summary?.reason === "string" && typeof summary.samples === "number"
      ? (summary as RunSummary)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a run has all its samples, with everything that a finished run has. */
export const isFinished = (run: string, maxSamples: number): boolean => {
  const summary = summaryOf(run);
  return summary?.reason === "finished" && summary.samples >= maxSamples;
};

function tailOf(path: string, size: number): { readonly text: string; readonly whole: boolean } | undefined {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch {
    return undefined;
  }
  try {
    const length = fstatSync(file).size;
    const bytes = Buffer.alloc(Math.min(size, length));
    const read = readSync(file, bytes, 0, bytes.length, length - bytes.length);
    return { text: bytes.toString("utf8", 0, read), whole: length <= size };
  } finally {
    closeSync(file);
  }
}

function lastIteration(text: string): IterationEvent | undefined {
  for (let end = text.length; end > 0; ) {
    const start = text.lastIndexOf("\n", end - 1);
    const line = text.slice(start + 1, end);
    end = start;
    if (!line.includes('"type":"iteration"')) continue;
    const parsed = parseEvent(line);
    if ("event" in parsed && parsed.event.type === "iteration") return parsed.event;
  }
  return undefined;
}

/** How each run of a suite is. */
export function progressOf(suite: Suite): readonly JobProgress[] {
  const [failed, cancelled] = [failedJobs(suite), cancelledJobs(suite)];
  const most = new Map(suite.games.map(({ id, settings }) => [id, settings.data.maxSamples]));
  return suite.jobs.map((job): JobProgress => {
    const run = runOf(suite, job.id);
    const maxSamples = most.get(job.game)!;
    const { begun, ...reached } = comeTo(run);
    const known = { job, maxSamples, ...reached };
    if (begun && isFinished(run, maxSamples)) return { ...known, state: "finished" };
    const owner = begun ? lockOwner(run) : undefined;
    if (owner !== undefined) return { ...known, state: "running", owner };
    const failure = failed.has(job.id) ? failureOf(suite, job.id) : undefined;
    const state = cancelled.has(job.id)
      ? "cancelled"
      : failure !== undefined && isFinal(failure, suite.attempts)
        ? "failed"
        : begun
          ? "begun"
          : "waiting";
    return { ...known, state, ...(failure === undefined ? {} : { failure }) };
  });
}

/** How many runs are in which state. */
export function countStates(progress: readonly JobProgress[]): Readonly<Record<JobState, number>> {
  const counts = Object.fromEntries(JOB_STATES.map((state) => [state, 0])) as Record<JobState, number>;
  for (const { state } of progress) counts[state]++;
  return counts;
}

/** Runs that nobody works on and somebody has to. */
export const idleJobs = (suite: FrozenSuite, progress: readonly JobProgress[]): readonly SuiteJob[] =>
  suite.jobs.filter(({ index }) => ["waiting", "begun"].includes(progress[index].state));

/** Those, and runs under way: whoever works on one may be about to end, as the run of a command that was killed just now. */
export const unfinishedJobs = (suite: FrozenSuite, progress: readonly JobProgress[]): readonly SuiteJob[] =>
  suite.jobs.filter(({ index }) => ["waiting", "begun", "running"].includes(progress[index].state));
