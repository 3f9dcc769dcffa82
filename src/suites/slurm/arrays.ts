import { join } from "node:path";
import { type FrozenSuite, gameOf, type Suite, type SuiteGame, type SuiteJob } from "../frozen-suite.js";
import { stemOf } from "../stem.js";

/** Indices that an array can have: Slurm's default for `MaxArraySize` is 1001. */
const MOST = 1000;

/** Runs that are handed in together: they ask for the same, and their places in the suite are within `MOST`. */
export interface JobArray {
  /** The place in the suite of the array's index 0. */
  readonly first: number;
  /** Indices within the array, ascending. */
  readonly indices: readonly number[];
  readonly wants: Pick<SuiteGame, "cores" | "memory" | "minutes">;
}

/** Puts runs into as few arrays as they can be in. */
export function arraysOf(suite: FrozenSuite, jobs: readonly SuiteJob[]): readonly JobArray[] {
  const arrays = new Map<string, JobArray & { readonly indices: number[] }>();
  for (const job of [...jobs].sort((a, b) => a.index - b.index)) {
    const { cores, memory, minutes } = gameOf(suite, job);
    const first = job.index - (job.index % MOST);
    const key = JSON.stringify([first, cores, memory, minutes]);
    const array = arrays.get(key) ?? { first, indices: [], wants: { cores, memory, minutes } };
    array.indices.push(job.index - first);
    arrays.set(key, array);
  }
  return [...arrays.values()];
}

/** Indices as Slurm writes them: `0,3,5-9`. @param indices ascending */
export function indexList(indices: readonly number[]): string {
  const spans: [from: number, to: number][] = [];
  for (const index of indices) {
    const last = spans.at(-1);
    if (last !== undefined && last[1] === index - 1) last[1] = index;
    else spans.push([index, index]);
  }
  return spans.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`)).join(",");
}

/** A suite has few arrays' names, and Slurm is asked for them: every place at which one may begin. */
export const namesOf = (suite: Suite): readonly string[] =>
  Array.from({ length: Math.ceil(suite.jobs.length / MOST) }, (_, k) => `${stemOf(suite)}${k * MOST}`);

const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

/** The batch script of an array. `exec`: Slurm's warning before the time limit reaches `task.ts` itself. */
export const scriptOf = (
  suite: Suite,
  { first }: JobArray,
  { node, task, command }: { readonly node: string; readonly task: string; readonly command: readonly string[] },
): string =>
  `#!/bin/sh\nexec ${[node, task, suite.directory].map(quoted).join(" ")} "$((SLURM_ARRAY_TASK_ID + ${first}))" ${command.map(quoted).join(" ")}\n`;

/** What may be asked of Slurm beside what a run wants. */
export interface SlurmOptions {
  readonly partition?: string;
  readonly account?: string;
  readonly qos?: string;
  /** In Slurm's words; a game's `minutes` come first. */
  readonly time?: string;
  /** Runs of an array at once. */
  readonly jobs?: number;
  /** Seconds before the time limit at which a run is asked to stop: more than an iteration takes. */
  readonly grace: number;
  /** More words for `sbatch`. */
  readonly flags: readonly string[];
}

/** The words for `sbatch`, which reads the script from its input. */
export function sbatchLine(suite: Suite, array: JobArray, options: SlurmOptions): readonly string[] {
  const { cores, memory, minutes } = array.wants;
  const { partition, account, qos, jobs, grace, flags } = options;
  const time = minutes === null ? options.time : String(Math.ceil(minutes));
  return [
    "--parsable",
    `--job-name=${stemOf(suite)}${array.first}`,
    `--array=${indexList(array.indices)}${jobs === undefined ? "" : `%${jobs}`}`,
    `--chdir=${suite.directory}`,
    `--output=${join(suite.directory, "logs").replaceAll("%", "%%")}/slurm-%A_%a.log`,
    "--open-mode=append",
    "--requeue",
    `--signal=B:TERM@${grace}`,
    `--cpus-per-task=${cores}`,
    `--mem=${Math.ceil(memory / 2 ** 20)}M`,
    ...(time === undefined ? [] : [`--time=${time}`]),
    ...(partition === undefined ? [] : [`--partition=${partition}`]),
    ...(account === undefined ? [] : [`--account=${account}`]),
    ...(qos === undefined ? [] : [`--qos=${qos}`]),
    ...flags,
  ];
}
