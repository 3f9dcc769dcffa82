import { policyToOnnx } from "../agents/export.js";
import { resolveSettings } from "../agents/resolve-settings.js";
import type { Settings } from "../agents/settings.js";
import { type Snapshot, stageOf } from "../agents/snapshot.js";
import { type RemakeTask, taskStages } from "../agents/task-changes.js";
import { type Progress, type TrainedIteration, train } from "../agents/train.js";
import type { Compute } from "../compute/engine.js";
import { createTask } from "../envs/index.js";
import { ConfigError, StorageError } from "../errors/errors.js";
import type { Task } from "../mdp/task.js";
import { taskOfModule } from "../mdp/task-module.js";
import type { EndEvent, RunEvent } from "../runs/events.js";
import { crossed } from "./crossing.js";
import { behind, Gate } from "./gate.js";
import { keepRun, newestKept } from "./keeper.js";
import type { BeginRun, FromWorker, ResumeRun, TabEngines, TaskName } from "./protocol.js";
import { openSealed, type SealedRun, sealRun } from "./sealed-run.js";
import type { TabConfig } from "./tab-config.js";
import type { TabFiles } from "./tab-files.js";
import { VERSION } from "./version.js";

/** What a session stands on; tests put others in their place. */
export interface TabParts {
  openCompute(engines: TabEngines): Promise<Compute>;
  openFiles(): Promise<TabFiles>;
  /** Has a run's name for this tab alone. @throws {StorageError} where another has it */
  lock(run: string): Promise<void>;
  importModule(address: string): Promise<{ readonly default?: unknown }>;
  /** Seconds since any fixed moment. */
  clock(): number;
  /** ISO 8601. */
  date(): string;
  /** What the numbers depend on beside this package's version. */
  readonly versions: Readonly<Record<string, string>>;
}

/** Progress is said so seldom, s. */
const MOMENT = 0.1;

/** A run up to its last iteration, before the first without a snapshot. */
type RunSoFar = Omit<SealedRun, "snapshot"> & { readonly snapshot: Snapshot | undefined };

/** One run, played in the worker that this is in. */
export class TabSession {
  readonly #parts: TabParts;
  readonly #say: (message: FromWorker, transfer?: Transferable[]) => void;
  readonly #gate: Gate;
  readonly #stop = new AbortController();
  #run: RunSoFar | undefined;
  #task: Task | undefined;
  #told = Number.NEGATIVE_INFINITY;

  constructor(parts: TabParts, say: (message: FromWorker, transfer?: Transferable[]) => void) {
    this.#parts = parts;
    this.#say = say;
    this.#gate = new Gate(parts.clock);
  }

  /** Holds the run, within the iteration under way: nothing of it is lost. */
  pause(): void {
    this.#gate.close();
    this.#say({ kind: "paused", is: true });
  }

  goOn(): void {
    this.#gate.open();
    this.#say({ kind: "paused", is: false });
  }

  /** Ends the run at once: the iteration under way is lost. */
  stop(): void {
    this.#stop.abort();
    this.#gate.abort(this.#stop.signal.reason);
  }

  /** Plays to the end; says how it ended, and why where it failed. Never throws. */
  async play(request: BeginRun | ResumeRun): Promise<void> {
    try {
      const { keep, files } = await this.#open(request);
      const compute = await this.#parts.openCompute(request);
      try {
        const reason = await this.#playOn(behind(this.#gate, compute), async (iteration, isLast) => {
          if (files === undefined || keep === null || (iteration % request.keepEvery !== 0 && !isLast)) return;
          await keepRun(files, keep, this.#soFar());
          this.#say({ kind: "kept", iteration });
        });
        this.#end(reason);
      } finally {
        await compute.close();
      }
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (this.#run !== undefined) this.#log({ type: "end", reason: "failed", iteration: this.#iteration, message });
      this.#say({ kind: "failed", error: crossed(error) });
    }
  }

  /** The run up to its last iteration, as a file. @throws {StorageError} before the first iteration */
  snapshot(): Uint8Array {
    return sealRun(this.#soFar());
  }

  /** The policy of the last iteration, as ONNX. @throws {StorageError} before the first; {ConfigError} where it plans */
  async policy(): Promise<Uint8Array> {
    const { snapshot, config } = this.#soFar();
    const stages = await taskStages(this.#task!, config.settings.task, this.#remake());
    return policyToOnnx(snapshot, config.settings, stages[stageOf(snapshot)]);
  }

  #soFar(): SealedRun {
    const { snapshot, ...rest } = this.#run ?? {};
    if (snapshot === undefined)
      throw new StorageError("the run", "has no snapshot yet", "Wait for the end of its first iteration");
    return { ...(rest as Omit<SealedRun, "snapshot">), snapshot };
  }

  get #iteration(): number {
    return this.#run?.snapshot?.meta.iteration ?? 0;
  }

  /** Finds the run, or makes it, and says what it is. */
  async #open(request: BeginRun | ResumeRun): Promise<{ readonly keep: string | null; readonly files?: TabFiles }> {
    const { keep } = request;
    const kept = request.kind === "resume" && typeof request.from === "string" ? request.from : undefined;
    const files = keep === null && kept === undefined ? undefined : await this.#parts.openFiles();
    for (const name of new Set([keep, kept])) if (name != null) await this.#parts.lock(name);
    if (keep !== null && keep !== kept && (await files!.list(keep)).length > 0) {
      throw new StorageError(
        `run "${keep}"`,
        "is kept in this browser already",
        "Resume it, choose another name, or remove it with forgetRun",
      );
    }
    this.#run =
      request.kind === "begin" ? await this.#begun(request) : await this.#found(request, files, request.maxSamples);
    this.#say({ kind: "config", config: this.#run.config });
    if (this.#run.log !== "") this.#say({ kind: "lines", text: this.#run.log });
    this.#log({ type: "start", iteration: this.#iteration, date: this.#parts.date(), version: VERSION });
    return { keep, ...(files !== undefined && { files }) };
  }

  async #begun({ task: asked, algorithm, preset, settings: patches, seed }: BeginRun): Promise<RunSoFar> {
    const task = await this.#load(asked);
    this.#task = task;
    const settings = resolveSettings({ algorithm, task, preset, patches });
    refuseReference(settings);
    const config: TabConfig = {
      format: "stackelberg-run/1",
      algorithm,
      task: { id: task.id, options: { ...task.options }, module: asked.isModule ? asked.name : null },
      preset,
      seed,
      settings,
      provider: "wasm",
      created: this.#parts.date(),
      versions: { stackelberg: VERSION, ...this.#parts.versions },
      solvedReturn: task.solvedReturn ?? null,
    };
    return { config, log: "", snapshot: undefined };
  }

  async #found({ from }: ResumeRun, files: TabFiles | undefined, maxSamples?: number): Promise<RunSoFar> {
    const warn = (text: string) => this.#say({ kind: "warning", text });
    const run = typeof from === "string" ? await newestKept(files!, from, warn) : openSealed("the snapshot", from);
    if (run === undefined) {
      throw new StorageError(`run "${from}"`, "is not kept in this browser", "Begin it, or resume one of keptRuns()");
    }
    const { config } = run;
    const now = { stackelberg: VERSION, ...this.#parts.versions };
    const others = Object.entries(now).filter(([name, version]) => config.versions[name] !== version);
    if (others.length > 0) {
      const list = others.map(([name, version]) => `${name} ${config.versions[name] ?? "unknown"}, now ${version}`);
      warn(`The run was begun with ${list.join("; ")}: its numbers may come out otherwise than there.`);
    }
    const { id, options, module } = config.task;
    this.#task = await this.#load({ name: module ?? id, isModule: module !== null, options });
    if (this.#task.id !== id)
      throw new ConfigError("task", `the run is of ${id}, its module now gives ${this.#task.id}`, `Give ${id}`);
    if (maxSamples === undefined) return run;
    const settings = { ...config.settings, data: { ...config.settings.data, maxSamples } };
    return { ...run, config: { ...config, settings } };
  }

  async #load({ name, isModule, options }: TaskName): Promise<Task> {
    if (!isModule) return createTask(name, options);
    let module: { readonly default?: unknown };
    try {
      module = await this.#parts.importModule(name);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message.split("\n")[0] : String(cause);
      throw new ConfigError(
        `task ${name}`,
        `its module cannot be loaded (${reason})`,
        "Give the address of an ES module that this page may load",
        { cause },
      );
    }
    return taskOfModule(module, name, options);
  }

  /** Makes the run's task with other options. */
  #remake(): RemakeTask {
    const { id, module } = this.#run!.config.task;
    return (options) => this.#load({ name: module ?? id, isModule: module !== null, options });
  }

  /** @param finished hears of each iteration, and is waited for */
  async #playOn(
    compute: Compute,
    finished: (iteration: number, isLast: boolean) => Promise<void>,
  ): Promise<EndEvent["reason"]> {
    const { config, snapshot } = this.#run!;
    const { algorithm, settings, seed } = config;
    const iterations = train({
      algorithm,
      task: this.#task!,
      settings,
      seed,
      compute,
      clock: this.#gate.clock,
      signal: this.#stop.signal,
      remakeTask: this.#remake(),
      onProgress: (progress) => this.#progress(progress),
      ...(snapshot !== undefined && { resume: snapshot }),
    });
    try {
      for await (const played of iterations) {
        this.#record(played);
        const { iteration, samples } = played.metrics;
        await finished(iteration, samples >= settings.data.maxSamples);
      }
      return "finished";
    } catch (error) {
      if (this.#stop.signal.aborted && error === this.#stop.signal.reason) return "interrupted";
      throw error;
    }
  }

  #record({ metrics, taskChanges, snapshot }: TrainedIteration): void {
    const samples = this.#run!.snapshot?.meta.samples ?? 0;
    for (const change of taskChanges)
      this.#log({ type: "task-change", iteration: metrics.iteration, samples, ...change });
    this.#log({ type: "iteration", ...metrics });
    this.#run = { ...this.#run!, snapshot: snapshot() };
  }

  #end(reason: EndEvent["reason"]): void {
    this.#log({ type: "end", reason, iteration: this.#iteration });
    this.#say({ kind: "ended", reason });
  }

  #log(event: RunEvent): void {
    const text = `${JSON.stringify(event)}\n`;
    this.#run = { ...this.#run!, log: this.#run!.log + text };
    this.#say({ kind: "lines", text });
  }

  #progress(progress: Progress): void {
    const now = this.#parts.clock();
    if (now - this.#told < MOMENT && progress.done < progress.total) return;
    this.#told = now;
    this.#say({ kind: "progress", progress });
  }
}

/** @throws {ConfigError} where the bound meter wants a policy from a file */
function refuseReference({ meter }: Settings): void {
  if (meter.every === null || meter.reference === null) return;
  throw new ConfigError("meter.reference", "names a run directory, which a browser cannot read", "Leave it out");
}
