import type { Suite, SuiteJob } from "./frozen-suite.js";

/**
 * What brings a suite's runs to machines: this machine's pool, Slurm, a queue. An executor starts one command and nothing
 * else, `stackelberg suite work <suite> --index i`, and goes by its exit code. What became of a run is in its run
 * directory: an executor is asked only what waits and what is under way.
 */
export interface Executor {
  /**
   * Hands runs in. One that it has already, waiting or under way, is not handed in twice.
   *
   * @returns how many it took
   */
  submit(jobs: readonly SuiteJob[]): Promise<number>;
  /** The runs that it has, by id. None that ended. */
  status(): Promise<ReadonlyMap<string, Standing>>;
  /** Those that wait will not start; those under way are asked to stop after their iteration. */
  cancel(ids: readonly string[]): Promise<void>;
  /** Lets go of what it holds in this process. An attached executor's runs are ended: they can be gone on with. */
  close(): Promise<void>;
}

/** An executor whose runs end with this process. */
export interface AttachedExecutor extends Executor {
  /** Resolves when nothing waits and nothing is under way. */
  idle(): Promise<void>;
  /** Starts nothing more, and asks the runs under way to stop: after their iteration, the second time at once. */
  stop(): void;
}

export const isAttached = (executor: Executor): executor is AttachedExecutor => "idle" in executor;

export interface Standing {
  readonly state: "queued" | "running";
  /** On which machine, as which of the engine's jobs, why it waits: one line for people. */
  readonly note?: string;
}

/** How an executor is opened. */
export interface ExecutorContext {
  readonly suite: Suite;
  /** How `stackelberg` is called: program and first arguments. `workCommand` adds the rest. */
  readonly command: readonly string[];
  /** By name; each kind says which there are. */
  readonly options: Readonly<Record<string, string>>;
  /** Tells people what they may want to know. */
  readonly say: (text: string) => void;
}

/** A kind of executor, a row of `EXECUTORS`. */
export interface ExecutorKind {
  /** One line for help. */
  readonly about: string;
  /** Its options with their help lines: `--with name=value`. */
  readonly options: Readonly<Record<string, string>>;
  open(context: ExecutorContext): Promise<Executor>;
  /** What the engine's environment says of the attempt that this process is; undefined where another engine started it. */
  attempt?(env: NodeJS.ProcessEnv): Attempt | undefined;
}

/** An attempt at a run, as the engine that started it tells. */
export interface Attempt {
  /** Whether the engine vouches that no former attempt is still at work: then `suite work` takes the run from whoever holds it. */
  readonly formerIsOver: boolean;
}

/** What `suite work` exits with. Engines go by it. */
export const WORK_EXIT = {
  /** Nothing is left to do: finished now or before, or cancelled. */
  done: 0,
  /** Failed for a reason that may pass: try again, up to the suite's `attempts`. */
  failed: 1,
  /** Wrong settings, or a suite that was edited: never again. */
  settings: 2,
  /** The run diverged, and would again: never again. */
  diverged: 3,
  /** Another process works in this run: try again later, which counts as no attempt. */
  busy: 75,
  /** Stopped by a signal, what it had is kept: start it again. So is 128 + any signal. */
  interrupted: 130,
} as const;

/** What an engine does after an attempt. `killed`: it left no word, as where the system ran out of memory. */
export type AfterWork = "done" | "never" | "attempts" | "later" | "again" | "killed";

export function afterWork(code: number | null, signal: NodeJS.Signals | null = null): AfterWork {
  if (code === WORK_EXIT.done) return "done";
  if (code === WORK_EXIT.settings || code === WORK_EXIT.diverged) return "never";
  if (code === WORK_EXIT.busy) return "later";
  if (signal === "SIGKILL" || code === 137 || code === null) return "killed";
  return code > 128 ? "again" : "attempts";
}

/** The command line that works on a run. */
export const workCommand = (
  { suite, command }: Pick<ExecutorContext, "suite" | "command">,
  { index }: SuiteJob,
): readonly string[] => [...command, "suite", "work", suite.directory, "--index", String(index)];
