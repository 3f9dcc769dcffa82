import type { ChildProcess } from "node:child_process";
import { startWork } from "../child.js";
import type { AttachedExecutor, ExecutorContext, Standing } from "../executor.js";
import { gameOf, type SuiteGame, type SuiteJob } from "../frozen-suite.js";
import { type Failure, isCancelled } from "../marks.js";
import { beforeAttempt, settle } from "../settle.js";
import { enginesFor, fits, type Machine } from "./machine.js";

/** Pause before a run is tried again that another process works in, ms. */
const LATER = 2000;

interface Waiting {
  readonly job: SuiteJob;
  /** Not before this moment, ms. */
  readonly from: number;
}

interface Running {
  readonly job: SuiteJob;
  readonly game: SuiteGame;
  readonly child: ChildProcess;
  readonly engines: number;
}

/** Runs as child processes of this one (`startWork`), as many as cores and memory have room for. */
export class Pool implements AttachedExecutor {
  readonly #context: ExecutorContext;
  readonly #machine: Machine;
  /** Runs at once, at most. */
  readonly #most: number;
  #waiting: Waiting[] = [];
  readonly #running = new Map<string, Running>();
  readonly #idle: { readonly resolve: () => void; readonly reject: (error: unknown) => void }[] = [];
  #timer: NodeJS.Timeout | undefined;
  #stops = 0;
  /** What keeps it from going on: a full disk. */
  #trouble: { readonly error: unknown } | undefined;

  constructor(context: ExecutorContext, machine: Machine, most: number) {
    this.#context = context;
    this.#machine = machine;
    this.#most = most;
  }

  async submit(jobs: readonly SuiteJob[]): Promise<number> {
    if (this.#stops > 0) return 0;
    const had = new Set([...this.#running.keys(), ...this.#waiting.map(({ job }) => job.id)]);
    const taken = jobs.filter(({ id }) => !had.has(id));
    this.#waiting.push(...taken.map((job) => ({ job, from: 0 })));
    this.#pump();
    return taken.length;
  }

  async status(): Promise<ReadonlyMap<string, Standing>> {
    return new Map<string, Standing>([
      ...this.#waiting.map(({ job }) => [job.id, { state: "queued" }] as const),
      ...[...this.#running.values()].map(
        ({ job, child, engines }) =>
          [
            job.id,
            { state: "running", note: `process ${child.pid}, ${engines} ${engines === 1 ? "engine" : "engines"}` },
          ] as const,
      ),
    ]);
  }

  async cancel(ids: readonly string[]): Promise<void> {
    const taken = new Set(ids);
    this.#waiting = this.#waiting.filter(({ job }) => !taken.has(job.id));
    this.#pump();
  }

  stop(): void {
    this.#stops++;
    this.#waiting = [];
    // The second time it is SIGKILL: a run that is killed loses its iteration, as one that is stopped at once does.
    for (const { child } of this.#running.values()) child.kill(this.#stops === 1 ? "SIGTERM" : "SIGKILL");
    this.#pump();
  }

  /** @throws {StorageError} where the disk is full, once the runs under way have stopped */
  idle(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#idle.push({ resolve, reject });
      this.#pump();
    });
  }

  async close(): Promise<void> {
    this.#stops = Math.max(1, this.#stops);
    this.stop();
    this.#trouble = undefined;
    await this.idle();
  }

  /** Starts what has room; says so where nothing is left. */
  #pump(): void {
    clearTimeout(this.#timer);
    const { suite } = this.#context;
    this.#waiting = this.#waiting.filter(({ job }) => !isCancelled(suite, job.id));
    const now = performance.now();
    for (const waiting of [...this.#waiting]) {
      if (this.#stops > 0) break;
      if (waiting.from > now) continue;
      const game = gameOf(suite, waiting.job);
      const others = [...this.#running.values()].map((running) => running.game);
      if (!fits(game, others, this.#machine, this.#most)) continue;
      this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
      this.#attempt(() => this.#start(waiting.job, game));
    }
    const soonest = Math.min(...this.#waiting.map(({ from }) => from));
    if (soonest > now && soonest < Number.POSITIVE_INFINITY)
      this.#timer = setTimeout(() => this.#pump(), soonest - now);
    if (this.#running.size + this.#waiting.length > 0) return;
    for (const { resolve, reject } of this.#idle.splice(0)) {
      if (this.#trouble === undefined) resolve();
      else reject(this.#trouble.error);
    }
  }

  /** Ends the pool in order where something cannot be written: the runs under way stop, and `idle` says why. */
  #attempt(write: () => void): void {
    try {
      write();
    } catch (error) {
      this.#trouble ??= { error };
      if (this.#stops === 0) this.stop();
    }
  }

  #start(job: SuiteJob, game: SuiteGame): void {
    const { suite, say } = this.#context;
    const slots = Math.min(this.#most, Math.max(1, Math.floor(this.#machine.cores / game.cores)));
    const engines = enginesFor(game, Math.min(slots, this.#running.size + this.#waiting.length + 1), this.#machine);
    const before = beforeAttempt(suite, job);
    const child = startWork(this.#context, job, engines);
    this.#running.set(job.id, { job, game, child, engines });
    say(`${job.id}: started`);
    child.on("close", (code, signal) => {
      this.#running.delete(job.id);
      if (this.#stops === 0) this.#attempt(() => this.#settled(job, before, { code, signal }));
      this.#pump();
    });
  }

  #settled(job: SuiteJob, before: Failure | undefined, exit: Parameters<typeof settle>[3]): void {
    const { suite, say } = this.#context;
    const settled = settle(suite, job, before, exit);
    const how = exit.code === 0 ? "done" : `failed (exit code ${exit.code})`;
    say(`${job.id}: ${settled === "over" ? how : "goes on later"}`);
    if (settled !== "over") this.#waiting.push({ job, from: settled === "later" ? performance.now() + LATER : 0 });
  }
}
