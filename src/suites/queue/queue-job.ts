import { z } from "zod";
import { ConfigError } from "../../errors/errors.js";
import { isSuite, readSuite, type Suite, type SuiteJob } from "../frozen-suite.js";
import { stemOf } from "../stem.js";

const data = z.object({
  /** The suite's directory, at the same place on all machines. */
  directory: z.string(),
  /** When the suite was frozen: another suite in that directory is not meant. */
  created: z.string(),
  /** The run's id in the suite. */
  run: z.string(),
  /** A worker that gave the run back had seen the end of its process. */
  ended: z.boolean().optional(),
});

/** What a job of the queue says. */
export type JobData = Readonly<z.infer<typeof data>>;

export const jobData = (value: unknown): JobData | undefined => data.safeParse(value).data;

/** The job's id in the queue, which takes each id once. */
export const idInQueue = (suite: Suite, { id }: Pick<SuiteJob, "id">): string => `${stemOf(suite)}${id}`;

/** A run as the queue takes it. Nothing of it is left there once it is over: directories say what became of it. */
export const queued = (suite: Suite, job: SuiteJob) => ({
  name: job.id,
  data: { directory: suite.directory, created: suite.created, run: job.id } satisfies JobData,
  opts: { jobId: idInQueue(suite, job), removeOnComplete: true, removeOnFail: true },
});

/**
 * The run that a job means.
 *
 * @returns undefined where its suite is another by now, or has no such run
 * @throws {ConfigError} where no suite can be seen from here at its place, or it was edited
 */
export function meantBy({
  directory,
  created,
  run,
}: JobData): { readonly suite: Suite; readonly run: SuiteJob } | undefined {
  if (!isSuite(directory))
    throw new ConfigError(
      directory,
      "the queue has runs of a suite there, and this machine sees none",
      `Mount the shared folder at the same place, then start the worker again: the run is back in the queue. If the suite was removed, --forget ${directory} takes its runs out of the queue`,
    );
  const suite = readSuite(directory);
  const job = suite.created === created ? suite.jobs.find(({ id }) => id === run) : undefined;
  return job === undefined ? undefined : { suite, run: job };
}
