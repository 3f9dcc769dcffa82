import type { Queue, Worker } from "bullmq";
import type { Settled } from "../settle.js";
import type { WorkerPlace } from "./connect.js";
import type { HeldRun } from "./held-run.js";
import { isNotOurs } from "./patience.js";

/** Pause before a run is tried again that another process works in, ms. */
const LATER = 2000;

/** A job, the token of the lock by which a worker has it, and whether its process has been and gone. */
export type Locked = Pick<HeldRun, "job" | "token" | "hasEnded">;

/**
 * The locks by which a worker has its runs: the runs of a worker that is gone are given to others when the lock has run out.
 * A worker whose lock ran out, because it slept or the engine was away, stops its run, for another may have it.
 */
export class Locks {
  #renewing = false;

  constructor(
    private readonly queue: Queue,
    private readonly worker: Worker,
    private readonly setup: { readonly place: WorkerPlace; readonly say: (text: string) => void },
    private readonly ask: <Answer>(call: () => Promise<Answer>) => Promise<Answer>,
  ) {}

  /** Renews them all; to be called several times in the time in which they run out. */
  async renew(all: ReadonlySet<HeldRun>): Promise<void> {
    const ours = [...all].filter(({ standing }) => standing === "waits" || standing === "works");
    if (this.#renewing || ours.length === 0) return; // a question to an engine that is away waits
    this.#renewing = true;
    try {
      const [ids, tokens] = [ours.map(({ job }) => job.id!), ours.map(({ token }) => token)];
      const lost = await this.ask(() => this.worker.extendJobLocks(ids, tokens, this.setup.place.patience));
      for (const held of ours)
        if (lost.includes(held.job.id!) && held.standing !== "told" && all.has(held)) await this.#lose(held);
    } catch {
      // The engine is away and this worker ends: the locks run out.
    } finally {
      this.#renewing = false;
    }
  }

  async #lose(held: HeldRun): Promise<void> {
    held.standing = "lost";
    const { say } = this.setup;
    if ((await this.ask(() => this.queue.getJob(held.job.id!))) === undefined)
      return say(`${held.run.id}: the queue has lost it; it is worked on to its end`);
    say(`${held.run.id}: its lock ran out, another worker may have it; stops after its iteration`);
    held.stop(false);
  }

  /** Tells the queue what is to become of a run. One that is no longer this worker's is left as it is. */
  async settled(held: Locked, what: Settled): Promise<void> {
    try {
      await this.ask(() => this.#tell(held, what));
    } catch (error) {
      if (isNotOurs(error)) return;
      this.setup.say(`${held.job.name}: the queue could not be told; another worker gets it when the lock has run out`);
    }
  }

  async #tell({ job, token, hasEnded }: Locked, what: Settled): Promise<unknown> {
    if (what === "over") return job.moveToCompleted(null, token, false);
    if (what === "later") return job.moveToDelayed(Date.now() + LATER, token);
    if (hasEnded) await job.updateData({ ...job.data, ended: true });
    return job.moveToWait(token);
  }
}
