import type { Standing } from "../executor.js";
import type { Suite, SuiteJob } from "../frozen-suite.js";
import { stemOf } from "../stem.js";

/** What `squeue` is asked for: array, index, state, time used, name, reason. Its JSON differs between versions of Slurm. */
export const QUEUE_FORMAT = "%F|%K|%T|%M|%j|%r";

/** One run in Slurm's queue. */
export interface Queued extends Standing {
  readonly job: SuiteJob;
  readonly note: string;
  /** Slurm's number of the array, and the index in it. */
  readonly array: string;
  readonly index: number;
}

/** States of jobs that wait. All others that `squeue` lists have a process, or had one just now. */
const WAITING: readonly string[] = ["PENDING", "REQUEUED", "REQUEUE_HOLD", "REQUEUE_FED", "SPECIAL_EXIT"];

/** This suite's runs in what `squeue -h -r` wrote. Lines of others, and such as no run belongs to, are left out. */
export function readQueue(suite: Suite, text: string): readonly Queued[] {
  const stem = stemOf(suite);
  return text.split("\n").flatMap((line): Queued[] => {
    const [array, index, state, used, name, ...reason] = line.trim().split("|");
    if (name === undefined || !name.startsWith(stem) || !/^\d+$/.test(index)) return [];
    const job = suite.jobs[Number(name.slice(stem.length)) + Number(index)];
    if (job === undefined) return [];
    const waits = WAITING.includes(state);
    const why = reason.join("|");
    const note = waits ? `Slurm job ${array}_${index}: ${why}` : `Slurm job ${array}_${index}, ${used}`;
    return [{ job, array, index: Number(index), state: waits ? "queued" : "running", note }];
  });
}
