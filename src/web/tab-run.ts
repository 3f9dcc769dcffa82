import type { Algorithm } from "../agents/defaults.js";
import { DEFAULT_PRESET } from "../agents/presets.js";
import type { SettingsPatch } from "../agents/settings.js";
import { PREBUNDLED } from "../compute/engine-web.js";
import type { OrtSetup } from "../compute/ort-web.js";
import { ComputeError } from "../errors/errors.js";
import type { EndEvent, IterationEvent, RunEvent } from "../runs/events.js";
import type { RunStream, StreamEvent } from "../runs/stream.js";
import { recalled } from "./crossing.js";
import { forget } from "./keeper.js";
import type { BeginRun, FromWorker, ResumeRun, ToWorker } from "./protocol.js";
import { openTabFiles } from "./tab-files.js";

/** How a run in a tab is played. */
export interface TabOptions {
  /** Engines at the same time: one computes beside the run, in its worker; several in a worker each. Results do not depend on it. Default 1. */
  readonly engines?: number;
  /** Folder of onnxruntime-web's files, as for `openWebCompute`. */
  readonly wasmPaths?: OrtSetup["wasmPaths"];
  /** Iterations from one kept snapshot to the next. Default 1. */
  readonly keepEvery?: number;
  /** Stops the run: the iteration under way is lost, and `finished` is rejected with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Makes the worker, where the page's bundler does it in a way of its own. */
  readonly worker?: () => Worker;
}

export interface TrainInTabOptions extends TabOptions {
  /** A task of the catalogue by name; or the address of a module whose default export is one. */
  readonly task: string | URL;
  readonly taskOptions?: Readonly<Record<string, string>>;
  /** Who answers whom: `pal`, `mal`, …; default `pal`. */
  readonly algorithm?: Algorithm;
  /** Default `default`. */
  readonly preset?: string;
  /** A patch of the settings, or several on top of each other. */
  readonly settings?: SettingsPatch | readonly SettingsPatch[];
  /** Default 0. */
  readonly seed?: number;
  /** Real samples: `data.maxSamples`. Default: the settings'. */
  readonly samples?: number;
  /** The name under which this browser keeps the run, to go on after a reload. Default: it keeps nothing. */
  readonly keep?: string;
}

export interface ResumeInTabOptions extends TabOptions {
  /** Goes on until this many real samples. Default: the run's own. */
  readonly samples?: number;
  /** The name under which it is kept from here on. Default: the one that it has; a snapshot's bytes have none. */
  readonly keep?: string;
}

/**
 * Trains in a worker of this page, as `train` does.
 *
 * @returns at once; what is wrong with the options comes from `finished` and from the iterator
 */
export function trainInTab(options: TrainInTabOptions): TabRun {
  const { task, taskOptions = {}, algorithm = "pal", preset = DEFAULT_PRESET, settings = [], seed = 0 } = options;
  const { samples, keep = null } = options;
  const patches = Array.isArray(settings) ? settings : [settings];
  const isModule = task instanceof URL || /[/\\]|\.[cm]?js$/.test(task);
  return new TabRun(options, {
    kind: "begin",
    task: { name: isModule ? new URL(task, document.baseURI).href : String(task), isModule, options: taskOptions },
    algorithm,
    preset,
    settings: samples === undefined ? patches : [...patches, { data: { maxSamples: samples } }],
    seed,
    keep,
    ...common(options),
  });
}

/**
 * Goes on with a run, bit for bit as if it had never stopped.
 *
 * @param from the name of a run that this browser has kept, or what `snapshot()` gave
 */
export function resumeInTab(from: string | Uint8Array, options: ResumeInTabOptions = {}): TabRun {
  const { samples, keep = typeof from === "string" ? from : null } = options;
  return new TabRun(options, {
    kind: "resume",
    from,
    keep,
    ...(samples !== undefined && { maxSamples: samples }),
    ...common(options),
  });
}

const common = ({ engines = 1, wasmPaths, keepEvery = 1 }: TabOptions) => ({
  engines,
  keepEvery,
  ...(wasmPaths !== undefined && { wasmPaths }),
});

/** Names of the runs that this browser has kept for this site. @throws {StorageError} where it has no storage */
export const keptRuns = async (): Promise<readonly string[]> => (await openTabFiles()).runs();

/** Removes all that is kept of a run. @throws {StorageError} where there is no storage */
export const forgetRun = async (name: string): Promise<void> => forget(await openTabFiles(), name);

const defaultWorker = () =>
  new Worker(new URL("./train-worker.js", import.meta.url), { type: "module", name: "stackelberg" });

/**
 * A run in a worker of this page. It is a stream for `mountRun`, and gives its iterations to `for await`. Errors are of the
 * classes that `train` throws.
 */
export class TabRun implements RunStream, AsyncIterable<IterationEvent> {
  /** How the run ended. Rejected where it failed or its signal was aborted. */
  readonly finished: Promise<EndEvent["reason"]>;
  readonly #worker: Worker;
  readonly #past: StreamEvent[] = [];
  readonly #listeners = new Set<(event: StreamEvent) => void>();
  readonly #asked = new Map<number, { resolve: (bytes: Uint8Array) => void; reject: (error: Error) => void }>();
  #settle!: { resolve: (reason: EndEvent["reason"]) => void; reject: (reason: unknown) => void };
  #over = false;
  #next = 0;

  /** @internal */
  constructor({ signal, worker = defaultWorker }: TabOptions, request: BeginRun | ResumeRun) {
    this.finished = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    this.finished.catch(() => {}); // whoever waits for it, or iterates, hears of it
    this.#worker = worker();
    this.#worker.onmessage = ({ data }) => this.#hear(data as FromWorker);
    this.#worker.onerror = (event) => {
      event.preventDefault(); // the error is thrown
      const reason = event.message || "its script cannot be loaded";
      this.#gone(new ComputeError("the training worker", `has failed (${reason})`, PREBUNDLED));
    };
    if (signal?.aborted) {
      this.#worker.terminate();
      this.#fail(signal.reason);
      return;
    }
    const abort = () => {
      this.stop();
      this.#fail(signal!.reason);
    };
    signal?.addEventListener("abort", abort, { once: true });
    this.#say(request);
  }

  /** Holds the run where it is. */
  pause(): void {
    this.#say({ kind: "pause" });
  }

  goOn(): void {
    this.#say({ kind: "go-on" });
  }

  /** Ends the run at once: the iteration under way is lost. Snapshot and policy can still be asked for. */
  stop(): void {
    this.#say({ kind: "stop" });
  }

  /**
   * The run up to its last iteration, as a file: `resumeInTab` goes on from it, here or in another browser.
   *
   * @throws {StorageError} before the end of the first iteration
   */
  snapshot(): Promise<Uint8Array> {
    return this.#ask("snapshot");
  }

  /**
   * policy.onnx after the last iteration, for `loadPolicy` or any other runtime.
   *
   * @throws {StorageError} before the end of the first iteration
   * @throws {ConfigError} where the policy player plans instead of having a network
   */
  policy(): Promise<Uint8Array> {
    return this.#ask("policy");
  }

  /** Ends the worker, and with it the run. */
  close(): void {
    this.#worker.terminate();
    this.#gone(new ComputeError("the training worker", "has been closed", "Begin or resume a run"));
  }

  subscribe(listener: (event: StreamEvent) => void): () => void {
    for (const event of this.#past) listener(event);
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** All iterations so far, those from before a resume included, and then each as it comes. */
  async *[Symbol.asyncIterator](): AsyncGenerator<IterationEvent, void> {
    const queue: IterationEvent[] = [];
    let wake = () => {};
    const leave = this.subscribe((event) => {
      if (event.type !== "lines") return;
      queue.push(...iterationsIn(event.text));
      wake();
    });
    const ended = this.finished.finally(() => wake()).then(() => {});
    ended.catch(() => {});
    try {
      for (;;) {
        for (let event = queue.shift(); event !== undefined; event = queue.shift()) yield event;
        if (this.#over) return await ended;
        await new Promise<void>((resolve) => {
          wake = resolve;
          if (queue.length > 0 || this.#over) resolve();
        });
      }
    } finally {
      leave();
    }
  }

  #say(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  #ask(what: "snapshot" | "policy"): Promise<Uint8Array> {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#asked.set(id, { resolve, reject });
      this.#say({ kind: "ask", id, what });
    });
  }

  #hear(message: FromWorker): void {
    if (message.kind === "ended") {
      this.#over = true;
      this.#settle.resolve(message.reason);
    } else if (message.kind === "failed") this.#fail(recalled(message.error));
    else if (message.kind === "answer" || message.kind === "refused") {
      const asked = this.#asked.get(message.id);
      this.#asked.delete(message.id);
      if (message.kind === "answer") asked?.resolve(message.bytes);
      else asked?.reject(recalled(message.error));
    } else {
      const { kind: type, ...rest } = message;
      this.#tell({ type, ...rest } as StreamEvent);
    }
  }

  #tell(event: StreamEvent): void {
    // Of what only the newest counts, only the newest is told to those who come later.
    const passing = event.type === "progress" || event.type === "paused" || event.type === "kept";
    const before = passing ? this.#past.findIndex(({ type }) => type === event.type) : -1;
    if (before >= 0) this.#past.splice(before, 1);
    this.#past.push(event);
    for (const listener of this.#listeners) listener(event);
  }

  /** The worker answers no more. */
  #gone(error: Error): void {
    this.#fail(error);
    for (const { reject } of this.#asked.values()) reject(error);
    this.#asked.clear();
  }

  #fail(reason: unknown): void {
    this.#over = true;
    this.#settle.reject(reason);
  }
}

const iterationsIn = (text: string): readonly IterationEvent[] =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as RunEvent)
    .filter((event) => event.type === "iteration");
