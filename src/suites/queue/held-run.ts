import type { ChildProcess } from "node:child_process";
import type { Job } from "bullmq";
import { startWork } from "../child.js";
import { WORK_EXIT } from "../executor.js";
import { gameOf, type Suite, type SuiteGame, type SuiteJob } from "../frozen-suite.js";
import { beforeAttempt, type Settled, settle } from "../settle.js";
import { FORMER_VARIABLE } from "./queue-executor.js";
import type { JobData } from "./queue-job.js";

const STOPPED = { settled: "again", how: "stopped" } as const;

/** A run that a worker has from the queue, and the child process that works on it. */
export class HeldRun {
  readonly game: SuiteGame;
  /** How it stands with the queue: `lost` where the lock is not this worker's any more, `told` where the queue hears what became of it. */
  standing: "waits" | "works" | "lost" | "told" = "waits";
  /** Whether it had the run's directory, and its process has ended: then whoever comes next may take the directory. */
  hasEnded = false;
  #child: ChildProcess | undefined;
  #stopped = false;

  constructor(
    /** The job, and the token of its lock. */
    readonly job: Job<JobData>,
    readonly token: string,
    readonly suite: Suite,
    readonly run: SuiteJob,
  ) {
    this.game = gameOf(suite, run);
  }

  /** Asks it to stop after its iteration, or ends it. */
  stop(atOnce: boolean): void {
    this.#stopped = true;
    this.#child?.kill(atOnce ? "SIGKILL" : "SIGTERM");
  }

  /**
   * Works on the run, attempt after attempt.
   *
   * @returns what is to become of it, `again` only where it was stopped, and how that is said
   * @throws {StorageError} where the disk is full
   */
  async work(
    command: readonly string[],
    engines: number,
  ): Promise<{ readonly settled: Settled; readonly how: string }> {
    for (;;) {
      if (this.#stopped) return STOPPED;
      const before = beforeAttempt(this.suite, this.run);
      const exit = await this.#attempt(command, engines);
      this.hasEnded = exit.code !== WORK_EXIT.busy;
      if (this.#stopped && exit.code !== 0) return STOPPED; // by this worker's hand, which is no failure
      const settled = settle(this.suite, this.run, before, exit);
      const how = exit.code === 0 ? "done" : `failed (exit code ${exit.code ?? exit.signal})`;
      if (settled !== "again")
        return { settled, how: settled === "later" ? "another process has it: tried later" : how };
    }
  }

  #attempt(command: readonly string[], engines: number): Promise<Parameters<typeof settle>[3]> {
    // The engine gives a job away only when its lock has run out, or its worker gave it back.
    const over = this.job.stalledCounter > 0 || this.job.data.ended === true;
    const child = startWork({ suite: this.suite, command }, this.run, engines, {
      [FORMER_VARIABLE]: over ? "over" : "unknown",
    });
    this.#child = child;
    return new Promise((resolve) => child.on("close", (code, signal) => resolve({ code, signal })));
  }
}
