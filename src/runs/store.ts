import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Snapshot } from "../agents/snapshot.js";
import type { TrainedIteration } from "../agents/train.js";
import { ConfigError, StorageError } from "../errors/errors.js";
import {
  checkpointPath,
  dropCheckpointsAfter,
  listCheckpoints,
  newestCheckpoint,
  pruneCheckpoints,
  writeCheckpoint,
} from "./checkpoint.js";
import { type RunConfig, readConfig, writeConfig } from "./config.js";
import { DerivedFiles } from "./derived.js";
import type { EndEvent, IterationEvent, RunEvent } from "./events.js";
import { removeTemporaryFiles } from "./files.js";
import { lockRun } from "./lock.js";
import { appendEvent, iterationsOf, loggedIterations, rewindLog } from "./metrics-log.js";
import { VERSION } from "./versions.js";

/** How many of the newest checkpoints stay: one to go on from, and one in case it is damaged. */
const KEEP = 2;

/** What of a finished iteration is kept. */
export type FinishedIteration = Pick<TrainedIteration, "metrics" | "snapshot"> &
  Partial<Pick<TrainedIteration, "taskChanges">>;

export interface ResumeOptions {
  /** Hears of damaged checkpoints that were passed over. */
  readonly warn?: (message: string) => void;
  /** Takes the directory from an owner that seems alive. */
  readonly takeOver?: boolean;
  /** Goes on until this many real samples. */
  readonly maxSamples?: number;
}

/**
 * A run directory that this process writes to. Whatever the process is killed at, `RunStore.resume` goes on from the
 * last iteration whose checkpoint is complete.
 *
 * Order within an iteration: first its line in metrics.jsonl, then its checkpoint. So a checkpoint that is there has
 * its line, and a line without a checkpoint is dropped and written again.
 */
export class RunStore {
  readonly #unlock: () => void;
  readonly #derived: DerivedFiles;
  readonly #events: RunEvent[];
  #snapshot: Snapshot | undefined;

  private constructor(
    readonly directory: string,
    readonly config: RunConfig,
    unlock: () => void,
    events: readonly RunEvent[],
    snapshot: Snapshot | undefined,
  ) {
    this.#unlock = unlock;
    this.#snapshot = snapshot;
    const start = {
      type: "start",
      iteration: snapshot?.meta.iteration ?? 0,
      date: new Date().toISOString(),
      version: VERSION,
    } as const;
    appendEvent(directory, start);
    this.#events = [...events, start];
    this.#derived = new DerivedFiles(directory, this.#events);
  }

  /**
   * Begins a run in a new or empty directory.
   *
   * @throws {StorageError} where the directory holds something
   */
  static create(directory: string, config: Omit<RunConfig, "format">): RunStore {
    if (existsSync(directory) && readdirSync(directory).length > 0) {
      const isRun = existsSync(join(directory, "config.json"));
      throw new StorageError(
        directory,
        isRun ? "holds a run already" : "is not empty",
        isRun ? "Resume it with `stackelberg resume`, or choose another --out" : "Choose another --out",
      );
    }
    mkdirSync(directory, { recursive: true });
    const unlock = lockRun(directory);
    try {
      writeConfig(directory, config);
      return new RunStore(directory, readConfig(directory), unlock, [], undefined);
    } catch (error) {
      unlock();
      throw error;
    }
  }

  /**
   * Goes on with a run: from its newest checkpoint that is whole and whose iteration is in the log. What is newer is
   * dropped, because it is made again, equal to the last bit.
   *
   * @throws {StorageError} where another process has the run, or nothing can be read
   */
  static resume(directory: string, options: ResumeOptions = {}): RunStore {
    let config = readConfig(directory);
    const unlock = lockRun(directory, options.takeOver);
    try {
      removeTemporaryFiles(directory);
      const logged = loggedIterations(directory);
      const snapshot = newestCheckpoint(directory, options.warn ?? (() => {}), logged);
      // Killed before its first checkpoint, a run has at most one line and begins again. Otherwise something was lost.
      if (snapshot === undefined && (logged > 1 || listCheckpoints(directory).length > 0)) {
        throw new StorageError(
          directory,
          "none of its checkpoints can be used",
          "Start a new run with the settings in its config.json",
        );
      }
      const iteration = snapshot?.meta.iteration ?? 0;
      const events = rewindLog(directory, iteration);
      dropCheckpointsAfter(directory, iteration);
      pruneCheckpoints(directory, KEEP, config.keepEvery);
      rmSync(join(directory, "summary.json"), { force: true });
      if (options.maxSamples !== undefined) {
        const gathered = snapshot?.meta.samples ?? 0;
        if (options.maxSamples < gathered) {
          throw new ConfigError(
            "data.maxSamples",
            `the run has ${gathered} samples already, got ${options.maxSamples}`,
            "Give a larger number",
          );
        }
        const data = { ...config.settings.data, maxSamples: options.maxSamples };
        config = { ...config, settings: { ...config.settings, data } };
        writeConfig(directory, config);
      }
      return new RunStore(directory, config, unlock, events, snapshot);
    } catch (error) {
      unlock();
      throw error;
    }
  }

  /** All events so far. */
  get events(): readonly RunEvent[] {
    return this.#events;
  }

  /** All iterations so far. */
  get iterations(): readonly IterationEvent[] {
    return iterationsOf(this.#events);
  }

  /** The state after the last iteration; undefined before the first. */
  get snapshot(): Snapshot | undefined {
    return this.#snapshot;
  }

  /** Directory of the newest checkpoint; undefined before the first. */
  get checkpoint(): string | undefined {
    return this.#snapshot && checkpointPath(this.directory, this.#snapshot.meta.iteration);
  }

  /** Keeps a finished iteration: when this returns, it will not be lost. */
  record(iteration: FinishedIteration): IterationEvent {
    const event = { type: "iteration", ...iteration.metrics } as const;
    const samples = this.iterations[this.iterations.length - 1]?.samples ?? 0;
    const changes = (iteration.taskChanges ?? []).map(
      (change) => ({ type: "task-change", iteration: event.iteration, samples, ...change }) as const,
    );
    for (const each of [...changes, event]) {
      appendEvent(this.directory, each);
      this.#events.push(each);
    }
    this.#derived.add(event);
    const snapshot = iteration.snapshot();
    writeCheckpoint(this.directory, snapshot);
    this.#snapshot = snapshot;
    pruneCheckpoints(this.directory, KEEP, this.config.keepEvery);
    return event;
  }

  /** Says in the log why the run ends here. */
  end(reason: EndEvent["reason"], message?: string): void {
    const event = {
      type: "end",
      reason,
      iteration: this.#snapshot?.meta.iteration ?? 0, // an iteration in the log whose checkpoint failed is not complete
      ...(message === undefined ? {} : { message }),
    } as const;
    appendEvent(this.directory, event);
    this.#events.push(event);
  }

  /** Lets other processes have the directory. */
  close(): void {
    this.#unlock();
  }
}
