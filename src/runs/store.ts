import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Snapshot } from "../agents/snapshot.js";
import type { TrainedIteration } from "../agents/train.js";
import { ConfigError, StorageError } from "../errors/errors.js";
import { checkpointPath, pruneCheckpoints, writeCheckpoint } from "./checkpoint.js";
import { type RunConfig, readConfig, writeConfig } from "./config.js";
import { DerivedFiles } from "./derived.js";
import type { EndEvent, IterationEvent, RunEvent } from "./events.js";
import { removeTemporaryFiles, writeAtomic } from "./files.js";
import { lockRun, type RunLock } from "./lock.js";
import { appendEvent, iterationsOf } from "./metrics-log.js";
import { type Recovered, recover } from "./recover.js";
import { VERSION } from "./versions.js";

/** How many of the newest checkpoints stay: one to go on from, and one in case it is damaged. */
const KEEP = 2;

/** What of a finished iteration is kept. */
export type FinishedIteration = Pick<TrainedIteration, "metrics" | "snapshot"> &
  Partial<Pick<TrainedIteration, "taskChanges">>;

export interface ResumeOptions {
  /** Hears of what is damaged, and where it is kept. */
  readonly warn?: (message: string) => void;
  /** Takes the directory from an owner that seems alive. */
  readonly takeOver?: boolean;
  /** Begins again where no checkpoint can be used; all there was is kept in a directory of its own. */
  readonly fromScratch?: boolean;
  /** Goes on until this many real samples. */
  readonly maxSamples?: number;
}

/**
 * A run directory that this process writes to. Whatever the process is killed at, `RunStore.resume` goes on from the
 * last iteration whose checkpoint is complete.
 *
 * Order within an iteration: first its line in metrics.jsonl, then its checkpoint. So a checkpoint that is there has
 * its line, and a line without a checkpoint is dropped and written again.
 *
 * Before each write it looks whether the run is still its own. Where another process has taken the run over, it throws
 * and writes nothing more.
 */
export class RunStore {
  readonly directory: string;
  readonly config: RunConfig;
  readonly #lock: RunLock;
  readonly #derived: DerivedFiles;
  readonly #events: RunEvent[];
  #snapshot: Snapshot | undefined;

  private constructor(directory: string, config: RunConfig, lock: RunLock, { events, snapshot }: Recovered) {
    this.directory = directory;
    this.config = config;
    this.#lock = lock;
    this.#snapshot = snapshot;
    const start = {
      type: "start",
      iteration: snapshot?.meta.iteration ?? 0,
      date: new Date().toISOString(),
      version: VERSION,
    } as const;
    this.#events = [...events];
    this.#append(start);
    this.#derived = new DerivedFiles(directory, this.#events);
  }

  /**
   * Begins a run in a new or empty directory.
   *
   * @throws {StorageError} where the directory holds something
   */
  static create(directory: string, config: Omit<RunConfig, "format">): RunStore {
    if (existsSync(directory) && readdirSync(directory).some((name) => !isLeftover(name))) throw notEmpty(directory);
    mkdirSync(directory, { recursive: true });
    const lock = lockRun(directory);
    try {
      // Another process may have had the directory to itself since.
      if (existsSync(join(directory, "config.json"))) throw notEmpty(directory);
      writeConfig(directory, config);
      return new RunStore(directory, readConfig(directory), lock, { events: [], snapshot: undefined });
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  /**
   * Goes on with a run: from its newest checkpoint that is whole (`recover`).
   *
   * @throws {StorageError} where another process has the run, nothing can be read, or something would be lost
   */
  static resume(directory: string, options: ResumeOptions = {}): RunStore {
    readConfig(directory); // a directory that is no run gets no lock
    const lock = lockRun(directory, options.takeOver);
    try {
      let config = readConfig(directory);
      removeTemporaryFiles(directory);
      const { warn = () => {}, fromScratch = false, maxSamples } = options;
      const onFound = (snapshot: Snapshot | undefined) => {
        const gathered = snapshot?.meta.samples ?? 0;
        if (maxSamples !== undefined && maxSamples < gathered) {
          throw new ConfigError(
            "data.maxSamples",
            `the run has ${gathered} samples already, got ${maxSamples}`,
            "Give a larger number",
          );
        }
      };
      const recovered = recover(directory, { warn, fromScratch, onFound });
      pruneCheckpoints(directory, KEEP, config.keepEvery);
      rmSync(join(directory, "summary.json"), { force: true });
      if (maxSamples !== undefined) {
        const data = { ...config.settings.data, maxSamples };
        config = { ...config, settings: { ...config.settings, data } };
        writeConfig(directory, config);
      }
      return new RunStore(directory, config, lock, recovered);
    } catch (error) {
      lock.release();
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

  /**
   * Keeps a finished iteration: when this returns, it will not be lost.
   *
   * @throws {StorageError} where it cannot be written, or the run is no longer this process's
   */
  record(iteration: FinishedIteration): IterationEvent {
    const event = { type: "iteration", ...iteration.metrics } as const;
    const samples = this.#snapshot?.meta.samples ?? 0;
    const changes = (iteration.taskChanges ?? []).map(
      (change) => ({ type: "task-change", iteration: event.iteration, samples, ...change }) as const,
    );
    for (const each of [...changes, event]) this.#append(each);
    this.#own(() => this.#derived.add(event));
    const snapshot = iteration.snapshot();
    this.#own(() => writeCheckpoint(this.directory, snapshot, this.#lock.check));
    this.#snapshot = snapshot;
    this.#own(() => pruneCheckpoints(this.directory, KEEP, this.config.keepEvery));
    return event;
  }

  /** Says in the log why the run ends here. */
  end(reason: EndEvent["reason"], message?: string): void {
    this.#append({
      type: "end",
      reason,
      iteration: this.#snapshot?.meta.iteration ?? 0, // an iteration in the log whose checkpoint failed is not complete
      ...(message === undefined ? {} : { message }),
    });
  }

  /** Writes a file of the run, whole or not at all. */
  put(name: string, data: string | Uint8Array): void {
    this.#own(() => writeAtomic(join(this.directory, name), data, this.#lock.check));
  }

  #append(event: RunEvent): void {
    this.#own(() => appendEvent(this.directory, event));
    this.#events.push(event);
  }

  /** Writes where the run is this process's. Of two errors, that it is not is the one to see. */
  #own(write: () => void): void {
    this.#lock.check();
    try {
      write();
    } catch (error) {
      this.#lock.check();
      throw error;
    }
  }

  /** Lets other processes have the directory. */
  close(): void {
    this.#lock.release();
  }
}

/** What a process leaves that was killed before the run had begun: locks, and files that were not whole. */
const isLeftover = (name: string): boolean => name.startsWith("run.lock") || /^\..*\.tmp$/.test(name);

function notEmpty(directory: string): StorageError {
  const isRun = existsSync(join(directory, "config.json"));
  return new StorageError(
    directory,
    isRun ? "holds a run already" : "is not empty",
    isRun ? "Resume it with `stackelberg resume`, or choose another --out" : "Choose another --out",
  );
}
