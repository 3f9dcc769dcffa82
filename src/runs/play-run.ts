import { hasPolicyNetwork } from "../agents/export.js";
import { hasEnded } from "../agents/offline.js";
import type { Settings } from "../agents/settings.js";
import type { Snapshot } from "../agents/snapshot.js";
import type { RemakeTask } from "../agents/task-changes.js";
import type { Progress, TrainSetup } from "../agents/train.js";
import type { Compute } from "../compute/engine.js";
import type { Task } from "../mdp/task.js";
import type { EndEvent, IterationEvent, RunSummary, TaskChangeEvent } from "./events.js";
import { runFigure } from "./figure-run.js";
import { readMinari } from "./minari/read-minari.js";
import { referencePolicy } from "./reference.js";
import type { FinishedIteration, RunStore } from "./store.js";
import { summarize } from "./summary.js";

/** What a run needs of the agents; tests put others in their place. */
export interface Player {
  readonly train: (setup: TrainSetup) => AsyncGenerator<FinishedIteration, void>;
  readonly policyToOnnx: (snapshot: Snapshot, settings: Settings, task: Task) => Uint8Array;
  /** Null where there is no model. */
  readonly modelToOnnx: (snapshot: Snapshot, settings: Settings, task: Task) => Uint8Array | null;
}

/** Requests to stop, from outside. */
export interface Stops {
  /** After the iteration under way. */
  readonly soon: AbortSignal;
  /** At once: the iteration under way is lost. */
  readonly now: AbortSignal;
}

export interface PlayOptions {
  readonly store: RunStore;
  readonly task: Task;
  readonly compute: Compute;
  readonly player: Player;
  /** Makes the task with other options, for `task.changes`. */
  readonly remakeTask?: RemakeTask;
  readonly stops?: Stops;
  /** Hears of a change before the iteration that was the first to be played with it. */
  readonly onTaskChange?: (event: TaskChangeEvent) => void;
  readonly onIteration?: (event: IterationEvent) => void;
  readonly onProgress?: (progress: Progress) => void;
}

/**
 * Plays a run to its end, or until it is stopped, and keeps every iteration in the store. Then writes what a finished
 * run has besides: summary.json, policy.onnx where the policy has a network, model.onnx and the learning curve.
 *
 * @throws what `train` throws, after the log says that the run failed; the last iteration is safe
 */
export async function playRun(options: PlayOptions): Promise<RunSummary> {
  const { store } = options;
  let reason: EndEvent["reason"];
  try {
    reason = await playIterations(options);
  } catch (error) {
    try {
      store.end("failed", error instanceof Error ? error.message : String(error));
      writeSummary(store, "failed");
    } catch {
      // The first error is the one to see; a full disk or a run that was taken over, say, stops these lines as well.
    }
    throw error;
  }
  store.end(reason);
  writeExports(options);
  return writeSummary(store, reason);
}

async function playIterations({
  store,
  task,
  compute,
  player,
  remakeTask,
  stops,
  onTaskChange,
  onIteration,
  onProgress,
}: PlayOptions): Promise<EndEvent["reason"]> {
  const { algorithm, settings, seed } = store.config;
  const iterations = player.train({
    algorithm,
    task,
    settings,
    seed,
    compute,
    clock: () => performance.now() / 1000,
    ...(remakeTask === undefined ? {} : { remakeTask }),
    ...(settings.meter.every === null || settings.meter.reference === null
      ? {}
      : { reference: referencePolicy(settings.meter.reference, task) }),
    ...(store.snapshot === undefined ? await offlineData(settings, task) : { resume: store.snapshot }),
    ...(onProgress === undefined ? {} : { onProgress }),
  });
  while (!stops?.soon.aborted) {
    const next = iterations.next();
    const step = await (stops ? unlessAborted(next, stops.now) : next);
    if (step === "aborted") return "interrupted";
    if (step.done) return "finished";
    const event = store.record(step.value);
    for (const each of store.events) {
      if (each.type === "task-change" && each.iteration === event.iteration) onTaskChange?.(each);
    }
    onIteration?.(event);
  }
  await iterations.return(undefined);
  return isComplete(settings, store.snapshot) ? "finished" : "interrupted";
}

/** D at the beginning, where the settings name a dataset. */
const offlineData = async ({ data: { offline } }: Settings, task: Task) =>
  offline === null ? {} : { offline: await readMinari(offline, task) };

/** Whether a run with this newest snapshot is at its end. */
export const isComplete = (settings: Settings, snapshot: Snapshot | undefined): boolean =>
  snapshot !== undefined &&
  hasEnded(settings, (snapshot.meta.k as number | undefined) ?? snapshot.meta.iteration, snapshot.meta.samples);

/**
 * What a promise gives, or `aborted` as soon as the signal says so; what becomes of the promise then is of no interest.
 * The listener goes with the wait: `Promise.race` with one promise for the whole run would keep the result of every
 * iteration, networks and all, until the run is over.
 */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | "aborted"> {
  return new Promise((resolve, reject) => {
    const abort = () => resolve("aborted");
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

function writeExports({ store, task, player }: PlayOptions): void {
  const { config, snapshot, iterations } = store;
  if (snapshot === undefined) return;
  store.put("learning-curve.svg", runFigure({ config, iterations }, task.solvedReturn));
  if (hasPolicyNetwork(config.settings, task))
    store.put("policy.onnx", player.policyToOnnx(snapshot, config.settings, task));
  const model = player.modelToOnnx(snapshot, config.settings, task);
  if (model !== null) store.put("model.onnx", model);
}

/** The summary comes last: where it is, the other files are. */
function writeSummary(store: RunStore, reason: EndEvent["reason"]): RunSummary {
  const summary = summarize(store.directory, store.config, store.iterations, reason);
  store.put("summary.json", `${JSON.stringify(summary, null, 2)}\n`);
  return summary;
}
