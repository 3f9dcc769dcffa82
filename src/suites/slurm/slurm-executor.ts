import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ConfigError } from "../../errors/errors.js";
import { shown } from "../../errors/requirement.js";
import type { Executor, ExecutorContext, ExecutorKind, Standing } from "../executor.js";
import type { SuiteJob } from "../frozen-suite.js";
import { PREFIX } from "../stem.js";
import { arraysOf, indexList, namesOf, type SlurmOptions, sbatchLine, scriptOf } from "./arrays.js";
import { QUEUE_FORMAT, type Queued, readQueue } from "./queue-lines.js";
import { slurm } from "./slurm-command.js";

/** What stays beside a run on its machine, compiled. */
const TASK = fileURLToPath(new URL("./task.js", import.meta.url));
/** Seconds before the time limit, unless said otherwise. */
const GRACE = 300;

/** Slurm: array jobs, which go on by themselves when this process is gone. Nothing is kept here: `squeue` knows. */
export class SlurmExecutor implements Executor {
  constructor(
    private readonly context: ExecutorContext,
    private readonly options: SlurmOptions,
    private readonly task = TASK,
  ) {}

  async submit(jobs: readonly SuiteJob[]): Promise<number> {
    const { suite, command, say } = this.context;
    const had = await this.status();
    const taken = jobs.filter(({ id }) => !had.has(id));
    mkdirSync(join(suite.directory, "logs"), { recursive: true }); // Slurm makes no directories: such a job would fail
    for (const array of arraysOf(suite, taken)) {
      const script = scriptOf(suite, array, { node: process.execPath, task: this.task, command });
      const id = (await slurm("sbatch", sbatchLine(suite, array, this.options), script)).trim().split(";")[0];
      say(`Slurm job ${id}: runs ${indexList(array.indices.map((index) => index + array.first))}`);
    }
    return taken.length;
  }

  async status(): Promise<ReadonlyMap<string, Standing>> {
    return new Map((await this.#queue()).map(({ job, state, note }) => [job.id, { state, note }]));
  }

  async cancel(ids: readonly string[]): Promise<void> {
    const asked = new Set(ids);
    // Those under way see that they are cancelled, and stop after their iteration; scancel would give them KillWait for it.
    const waiting = (await this.#queue()).filter(({ job, state }) => state === "queued" && asked.has(job.id));
    const arrays = new Map<string, number[]>();
    for (const { array, index } of waiting) arrays.set(array, [...(arrays.get(array) ?? []), index]);
    for (const [array, indices] of arrays) {
      const list = indexList(indices.sort((a, b) => a - b));
      await slurm("scancel", ["--quiet", "--state=PENDING", `${array}_[${list}]`]);
    }
  }

  async close(): Promise<void> {}

  async #queue(): Promise<readonly Queued[]> {
    const { suite } = this.context;
    return readQueue(
      suite,
      await slurm("squeue", ["-h", "-r", `--name=${namesOf(suite).join(",")}`, "-o", QUEUE_FORMAT]),
    );
  }
}

/** Slurm, by its own commands. */
export const slurmKind: ExecutorKind = {
  about: "Slurm: array jobs that stop before the time limit and are queued again",
  options: {
    partition: "the partition",
    account: "the account",
    qos: "the quality of service",
    time: "the time limit, as sbatch takes it (a suite's `minutes` come first)",
    jobs: "runs of an array at once, at most",
    grace: `seconds before the time limit at which a run stops: more than an iteration takes (default: ${GRACE})`,
    flags: "more words for sbatch, with spaces between: --with flags='--constraint=avx2 --nice=100'",
  },
  async open(context) {
    const { jobs, grace, flags = "", ...words } = context.options;
    return new SlurmExecutor(context, {
      ...words,
      ...(jobs === undefined ? {} : { jobs: whole("jobs", jobs) }),
      grace: grace === undefined ? GRACE : whole("grace", grace),
      flags: flags.split(/\s+/).filter((word) => word !== ""),
    });
  },
  attempt: ({ SLURM_JOB_NAME, SLURM_RESTART_COUNT }) =>
    SLURM_JOB_NAME?.startsWith(`${PREFIX}-`) ? { formerIsOver: Number(SLURM_RESTART_COUNT ?? 0) > 0 } : undefined,
};

/** @throws {ConfigError} where it is no whole number that Slurm takes */
function whole(name: string, text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isInteger(value) && value >= 1 && value <= 65535) return value;
  throw new ConfigError(
    `--with ${name}`,
    `must be a whole number from 1 to 65535, got ${shown(text)}`,
    `For instance --with ${name}=60`,
  );
}
