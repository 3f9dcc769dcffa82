import { statSync } from "node:fs";
import { join, relative } from "node:path";
import type { Snapshot } from "../agents/snapshot.js";
import { ConfigError, StorageError } from "../errors/errors.js";
import { type FoundCheckpoint, findCheckpoint, removeHalfCheckpoints, setCheckpointAside } from "./checkpoint.js";
import type { RunEvent } from "./events.js";
import { iterationsOf, type Log, metricsPath, problemsOf, readLog, rewindLog, unlogged } from "./metrics-log.js";
import { setAllAside, setLogAside, setTableAside } from "./set-aside.js";

/** What a run goes on from. */
export interface Recovered {
  readonly events: readonly RunEvent[];
  /** Undefined where it begins with its first iteration. */
  readonly snapshot: Snapshot | undefined;
}

export interface RecoverOptions {
  /** Hears of what is damaged, and where it is kept. */
  readonly warn: (message: string) => void;
  /** Begins again where no checkpoint can be used; all there was is kept in a directory of its own. */
  readonly fromScratch: boolean;
  /** Hears what the run will go on from before anything is changed, and keeps it from that by throwing. */
  readonly onFound: (snapshot: Snapshot | undefined) => void;
}

const NO_LOG: Log = { lines: [], bad: [] };
const NO_CHECKPOINT: FoundCheckpoint = { snapshot: undefined, damaged: [] };

/**
 * Where a run goes on: after its newest checkpoint that is whole. Lines of the log after it are dropped, because they are
 * made again, equal to the last bit. What is damaged is kept under another name; nothing that is whole is dropped.
 *
 * @throws {StorageError} where no checkpoint can be used though the run has had some, unless `fromScratch`
 */
export function recover(run: string, { warn, fromScratch, onFound }: RecoverOptions): Recovered {
  const found = isDirectory(join(run, "checkpoints")) === false ? NO_CHECKPOINT : findCheckpoint(run);
  const log = isDirectory(metricsPath(run)) === true ? undefined : readLog(run);
  const { snapshot, damaged } = found;
  if (snapshot !== undefined && fromScratch) {
    throw new ConfigError(
      "--from-scratch",
      `the checkpoint of iteration ${snapshot.meta.iteration} can be used`,
      "Leave it out to go on from there, or begin a new run",
    );
  }
  const lost = snapshot !== undefined ? [] : wouldLose(run, log, found);
  if (snapshot === undefined) for (const { problem } of damaged) warn(problem);
  if (lost.length > 0 && !fromScratch) {
    throw new StorageError(
      run,
      `none of its checkpoints can be used; to begin again would lose ${lost.join(", ")}`,
      "Restore a checkpoint from a copy, or resume with --from-scratch: it begins again and keeps all this in a directory of its own",
    );
  }
  onFound(snapshot);
  if (lost.length > 0) {
    warn(`${run} begins again. All that it had so far is in ${relative(run, setAllAside(run))}.`);
    return { snapshot, events: rewindLog(run, NO_LOG, 0) };
  }
  removeHalfCheckpoints(run);
  for (const { iteration, problem } of damaged)
    warn(`${problem} Its name is ${relative(run, setCheckpointAside(run, iteration))} now.`);
  return { snapshot, events: logUpTo(snapshot?.meta.iteration ?? 0, run, log, warn) };
}

/** Undefined where there is nothing. */
const isDirectory = (path: string) => statSync(path, { throwIfNoEntry: false })?.isDirectory();

/**
 * What would be lost if the run began again. Nothing where it was killed before its first checkpoint: then it has one line
 * at most.
 */
function wouldLose(run: string, log: Log | undefined, { damaged }: FoundCheckpoint): readonly string[] {
  const lines = log && iterationsOf(log.lines.map(({ event }) => event)).length + log.bad.length;
  return [
    ...(isDirectory(join(run, "checkpoints")) === false ? ["checkpoints, which is no directory"] : []),
    ...damaged.map(({ iteration }) => `the damaged checkpoint of iteration ${iteration}`),
    ...(lines === undefined ? ["metrics.jsonl, which is a directory"] : []),
    ...(lines !== undefined && lines > 1 ? [`${lines} lines of metrics.jsonl`] : []),
    ...["policy.onnx", "model.onnx"].filter((name) => statSync(join(run, name), { throwIfNoEntry: false })),
  ];
}

/** The events up to an iteration, which the log holds from now on. A damaged log is kept under another name first. */
function logUpTo(
  iteration: number,
  run: string,
  log: Log | undefined,
  warn: (message: string) => void,
): readonly RunEvent[] {
  const problems = log === undefined ? [`${metricsPath(run)}: is a directory`] : problemsOf(run, log);
  if (problems.length > 0) {
    const kept = relative(run, setLogAside(run));
    for (const problem of problems) warn(`${problem}. The log as it was is kept as ${kept}.`);
  }
  const missing = unlogged(log ?? NO_LOG, iteration);
  if (missing.length > 0) {
    const lost =
      missing.length > 1 ? `iterations ${ranges(missing)} have no line` : `iteration ${missing[0]} has no line`;
    warn(
      `${metricsPath(run)}: ${lost}. The run goes on from its checkpoint of iteration ${iteration} as if nothing was missing; figures and tables have a gap.`,
    );
    setTableAside(run, missing);
  }
  return rewindLog(run, log ?? NO_LOG, iteration);
}

/** 1–3, 7. */
function ranges(numbers: readonly number[]): string {
  const stretches: [number, number][] = [];
  for (const n of numbers) {
    const last = stretches[stretches.length - 1];
    if (last?.[1] === n - 1) last[1] = n;
    else stretches.push([n, n]);
  }
  return stretches.map(([from, to]) => (from === to ? from : `${from}–${to}`)).join(", ");
}
