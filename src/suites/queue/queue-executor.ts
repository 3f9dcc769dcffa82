import type { Job, Queue } from "bullmq";
import type { Executor, ExecutorContext, ExecutorKind, Standing } from "../executor.js";
import type { SuiteJob } from "../frozen-suite.js";
import { stemOf } from "../stem.js";
import { ADDRESS_VARIABLE, queueAddress } from "./address.js";
import { letGo, openQueue, QUEUE_NAME, type QueuePlace, queueName } from "./connect.js";
import { Patience } from "./patience.js";
import { idInQueue, queued } from "./queue-job.js";

/** Says to a run's process what its worker knows of the attempt before. */
export const FORMER_VARIABLE = "STACKELBERG_FORMER_ATTEMPT";
/** How long `status` and `cancel` wait for the engine, ms. */
const ANSWER = 10_000;
/** States of jobs that wait for a worker; `delayed`: until a moment. */
export const WAITING = ["wait", "prioritized", "delayed"] as const;

/** A queue from which workers take runs (`suite worker`). Nothing is kept here: the queue knows. */
export class QueueExecutor implements Executor {
  readonly #patience: Patience;

  constructor(
    private readonly context: ExecutorContext,
    private readonly queue: Queue,
    private readonly place: QueuePlace,
  ) {
    this.#patience = new Patience(place.address.shown, context.say);
    queue.on("error", (error) => this.#patience.trouble(error));
  }

  async submit(jobs: readonly SuiteJob[]): Promise<number> {
    const { suite } = this.context;
    const had = await this.#patience.ask(() => this.#standings());
    const taken = jobs.filter(({ id }) => !had.has(id));
    // Where another command was faster, the queue drops what it has.
    await this.#patience.ask(() => this.queue.addBulk(taken.map((job) => queued(suite, job))));
    if (taken.length > 0 && (await this.#patience.ask(() => this.queue.getWorkersCount())) === 0)
      this.context.say(
        `No worker is there yet. On every machine that sees the folder: stackelberg suite worker ${this.place.address.shown}`,
      );
    return taken.length;
  }

  status(): Promise<ReadonlyMap<string, Standing>> {
    return this.#patience.ask(() => this.#standings(), AbortSignal.timeout(ANSWER));
  }

  async cancel(ids: readonly string[]): Promise<void> {
    const { suite } = this.context;
    const until = AbortSignal.timeout(ANSWER);
    // One under way is locked, and stays: it sees that it is cancelled, and stops after its iteration.
    for (const id of ids) await this.#patience.ask(() => this.queue.remove(idInQueue(suite, { id })), until);
  }

  close(): Promise<void> {
    return letGo(this.queue);
  }

  async #standings(): Promise<ReadonlyMap<string, Standing>> {
    const { suite } = this.context;
    const stem = stemOf(suite);
    const ours = (jobs: readonly (Job | undefined)[]) =>
      jobs.filter((job): job is Job => job?.id?.startsWith(stem) ?? false); // others' suites; gone since it was listed
    // A run that goes back to wait between two looks would be in neither: so what waits is looked at before and after.
    const before = await this.queue.getJobs([...WAITING]);
    const active = await this.queue.getJobs(["active"]);
    const waiting = [...before, ...(await this.queue.getJobs([...WAITING]))];
    const workers = await this.queue.getWorkersCount();
    const where = `${this.place.address.shown}, ${workers === 0 ? "where no worker is" : workers === 1 ? "one worker" : `${workers} workers`}`;
    return new Map<string, Standing>([
      ...ours(waiting).map((job) => [job.id!.slice(stem.length), { state: "queued", note: where }] as const),
      ...ours(active).map(
        (job) =>
          [
            job.id!.slice(stem.length),
            { state: "running", note: `worker ${job.processedBy ?? "?"}${workers === 0 ? ", which is gone" : ""}` },
          ] as const,
      ),
    ]);
  }
}

/** BullMQ, on Redis or PostgreSQL. */
export const queueKind: ExecutorKind = {
  about: "a queue on Redis or PostgreSQL, from which `suite worker` takes runs on any machine that sees the folder",
  options: {
    url: `where it is: redis://host:6379 or postgres://user@host/database (default: what ${ADDRESS_VARIABLE} says)`,
    name: `the queue's name (default: ${QUEUE_NAME})`,
  },
  async open(context) {
    const { url, name } = context.options;
    const place = { address: queueAddress(url, "--with url", process.env), name: queueName("--with name", name) };
    return new QueueExecutor(context, await openQueue(place), place);
  },
  attempt: ({ [FORMER_VARIABLE]: former }) => (former === undefined ? undefined : { formerIsOver: former === "over" }),
};
