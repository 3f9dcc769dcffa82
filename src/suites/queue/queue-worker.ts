import { randomUUID } from "node:crypto";
import { EventEmitter, once } from "node:events";
import type { Queue, Worker } from "bullmq";
import { enginesFor, fits, type Machine } from "../local/machine.js";
import { isCancelled } from "../marks.js";
import { letGo, openQueue, openWorker, type WorkerPlace } from "./connect.js";
import { HeldRun } from "./held-run.js";
import { Locks } from "./locks.js";
import { Patience } from "./patience.js";
import { jobData, meantBy } from "./queue-job.js";

/** Pause before an empty queue is asked again, ms. */
const LOOK = 500;
/** How long an engine that is away is waited for once this worker is to end, ms. */
const FAREWELL = 3000;
/** The least that a run takes. */
const LEAST = { cores: 1, memory: 0 };

export interface WorkerSetup {
  readonly place: WorkerPlace;
  /** How `stackelberg` is called. */
  readonly command: readonly string[];
  readonly machine: Machine;
  /** Runs at once, at most. */
  readonly most: number;
  /** Whether it ends when nothing waits in the queue and nothing is under way, anywhere. */
  readonly untilEmpty: boolean;
  readonly say: (text: string) => void;
}

/** Takes runs from a queue and works on them in child processes, as many at once as the machine has room for. */
export class QueueWorker {
  readonly #held = new Set<HeldRun>();
  readonly #changes = new EventEmitter().setMaxListeners(0);
  readonly #patience: Patience;
  readonly #locks: Locks;
  /** Ends the waiting for an engine that is away: with a question for runs, and with what became of them. */
  readonly #enough = new AbortController();
  readonly #farewell = new AbortController();
  #stops = 0;
  /** Why it takes nothing more. */
  #fault: { readonly error: unknown } | undefined;

  private constructor(
    private readonly setup: WorkerSetup,
    private readonly queue: Queue,
    private readonly worker: Worker,
  ) {
    this.#patience = new Patience(setup.place.address.shown, setup.say);
    this.#locks = new Locks(queue, worker, setup, (call) => this.#patience.ask(call, this.#farewell.signal));
    const trouble = (error: Error) => {
      if (!this.#farewell.signal.aborted) this.#patience.trouble(error);
    };
    queue.on("error", trouble);
    worker.on("error", trouble);
  }

  /** @throws {ConfigError} where the queue cannot be reached */
  static async open(setup: WorkerSetup): Promise<QueueWorker> {
    const queue = await openQueue(setup.place);
    try {
      return new QueueWorker(setup, queue, await openWorker(setup.place));
    } catch (error) {
      await letGo(queue);
      throw error;
    }
  }

  /**
   * Works until it is stopped, or the queue is empty where that was asked for.
   *
   * @throws {ConfigError} where a suite cannot be seen from here, once the runs under way have ended
   * @throws {StorageError} where the disk is full, in the same way
   */
  async run(): Promise<void> {
    const renewal = setInterval(() => void this.#locks.renew(this.#held), this.setup.place.patience / 4);
    let farewell: NodeJS.Timeout | undefined;
    try {
      await this.worker.startStalledCheckTimer();
      while (this.#stops === 0 && this.#fault === undefined) {
        if (await this.#takeOne()) continue;
        if (this.setup.untilEmpty && this.#held.size === 0 && (await this.#isEmpty())) break;
        await this.#change();
      }
      while (this.#held.size > 0) {
        const works = [...this.#held].some(({ standing }) => standing === "works");
        if (this.#stops > 0 && !works) farewell ??= setTimeout(() => this.#farewell.abort(), FAREWELL);
        await this.#change();
      }
    } finally {
      clearInterval(renewal);
      clearTimeout(farewell);
      this.#farewell.abort();
      await Promise.all([letGo(this.worker), letGo(this.queue)]);
    }
    if (this.#fault !== undefined) throw this.#fault.error;
  }

  /** Takes nothing more and asks the runs under way to stop: after their iteration, the second time at once. They go back. */
  stop(): void {
    this.#stops++;
    for (const held of this.#held) held.stop(this.#stops > 1);
    setTimeout(() => this.#enough.abort(), FAREWELL).unref();
    this.#changes.emit("change");
  }

  /** Waits until something happens here, or a while. */
  async #change(): Promise<void> {
    const end = new AbortController();
    const timer = setTimeout(() => end.abort(), LOOK);
    await once(this.#changes, "change", { signal: end.signal }).catch(() => {}); // the time is over
    clearTimeout(timer);
  }

  /** Takes a run where there is room for one more. @returns whether it did */
  async #takeOne(): Promise<boolean> {
    const { machine, most } = this.setup;
    const held = [...this.#held];
    // At most one waits for room: what this machine cannot begin, others may.
    if (held.some(({ standing }) => standing === "waits")) return false;
    if (held.length >= most || !fits(LEAST, this.#games(), machine, most)) return false;
    const token = randomUUID();
    const job = await this.#unlessEnough(() => this.worker.getNextJob(token, { block: false }));
    if (job === undefined) return false;
    const data = jobData(job.data);
    try {
      const meant = data === undefined ? undefined : meantBy(data);
      if (meant === undefined) this.setup.say(`${job.name}: its suite is another by now; left out`);
      if (meant === undefined || isCancelled(meant.suite, meant.run.id)) {
        await this.#locks.settled({ job, token, hasEnded: false }, "over");
        return true;
      }
      const taken = new HeldRun(job, token, meant.suite, meant.run);
      this.#held.add(taken);
      if (this.#stops > 0) taken.stop(false);
      void this.#work(taken);
    } catch (error) {
      this.#fault ??= { error };
      await this.#locks.settled({ job, token, hasEnded: false }, "again");
    }
    return true;
  }

  /** From the moment that a run was taken until the queue knows what became of it. */
  async #work(taken: HeldRun): Promise<void> {
    const { machine, most, command, say } = this.setup;
    const { run, game, job } = taken;
    try {
      const isOther = (other: HeldRun) => other !== taken && other.standing !== "waits";
      const others = () => [...this.#held].filter(isOther);
      // Its lock was lost and came back: the process from before has to be over first.
      const free = () =>
        !others().some((other) => other.job.id === job.id) &&
        fits(
          game,
          others().map((other) => other.game),
          machine,
          most,
        );
      while (!free() && this.#stops === 0) await this.#change();
      if (taken.standing === "waits") taken.standing = "works";
      const waiting = (await this.#unlessEnough(() => this.queue.getWaitingCount())) ?? 0;
      const slots = Math.min(most, Math.max(1, Math.floor(machine.cores / game.cores)));
      const engines = enginesFor(game, Math.min(slots, this.#held.size + waiting), machine);
      say(`${run.id}: works on it, ${engines} ${engines === 1 ? "engine" : "engines"}`);
      const { settled, how } = await taken.work(command, engines);
      say(`${run.id}: ${how}`);
      if (taken.standing === "lost") return;
      taken.standing = "told";
      await this.#locks.settled(taken, settled);
    } catch (error) {
      this.#fault ??= { error };
    } finally {
      this.#held.delete(taken);
      this.#changes.emit("change");
    }
  }

  #games = () => [...this.#held].map(({ game }) => game);

  /** An answer of the engine; undefined where it is away and this worker is to end. */
  async #unlessEnough<Answer>(call: () => Promise<Answer>): Promise<Answer | undefined> {
    try {
      return await this.#patience.ask(call, this.#enough.signal);
    } catch (error) {
      if (this.#enough.signal.aborted) return undefined;
      throw error;
    }
  }

  async #isEmpty(): Promise<boolean> {
    const counts = await this.#unlessEnough(() => this.queue.getJobCounts("wait", "active", "delayed", "prioritized"));
    return counts !== undefined && Object.values(counts).every((count) => count === 0);
  }
}
