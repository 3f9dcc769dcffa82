import { join } from "node:path";
import type { Settings } from "../agents/settings.js";
import type { Snapshot } from "../agents/snapshot.js";
import type { Progress, TrainSetup } from "../agents/train.js";
import type { Compute } from "../compute/engine.js";
import type { Task } from "../mdp/task.js";
import type { EndEvent, IterationEvent, RunSummary } from "./events.js";
import { runFigure } from "./figure-run.js";
import { writeAtomic } from "./files.js";
import { referencePolicy } from "./reference.js";
import type { FinishedIteration, RunStore } from "./store.js";
import { summarize } from "./summary.js";

/** What a run needs of the agents; tests put others in their place. */
export interface Player {
  readonly train: (setup: TrainSetup) => AsyncGenerator<FinishedIteration, void>;
  readonly policyToOnnx: (snapshot: Snapshot, settings: Settings, task: Task) => Uint8Array;
  readonly modelToOnnx: (snapshot: Snapshot, settings: Settings, task: Task) => Uint8Array;
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
  readonly stops?: Stops;
  readonly onIteration?: (event: IterationEvent) => void;
  readonly onProgress?: (progress: Progress) => void;
}

/**
 * Plays a run to its end, or until it is stopped, and keeps every iteration in the store. Then writes what a finished
 * run has besides: summary.json, policy.onnx, model.onnx and the learning curve.
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
      // The first error is the one to see; a full disk, say, stops these lines as well.
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
  stops,
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
    ...(settings.meter.every === null || settings.meter.reference === null
      ? {}
      : { reference: referencePolicy(settings.meter.reference, task) }),
    ...(store.snapshot === undefined ? {} : { resume: store.snapshot }),
    ...(onProgress === undefined ? {} : { onProgress }),
  });
  const now =
    stops &&
    new Promise<"now">((resolve) => {
      if (stops.now.aborted) resolve("now");
      else stops.now.addEventListener("abort", () => resolve("now"), { once: true });
    });
  while (!stops?.soon.aborted) {
    const next = iterations.next();
    const step = await (now ? Promise.race([next, now]) : next);
    if (step === "now") {
      next.catch(() => {}); // what becomes of the lost iteration is of no interest
      return "interrupted";
    }
    if (step.done) return "finished";
    const event = store.record(step.value);
    onIteration?.(event);
  }
  await iterations.return(undefined);
  return (store.snapshot?.meta.samples ?? 0) >= settings.data.maxSamples ? "finished" : "interrupted";
}

function writeExports({ store, task, player }: PlayOptions): void {
  const { directory, config, snapshot, iterations } = store;
  if (snapshot === undefined) return;
  writeAtomic(join(directory, "learning-curve.svg"), runFigure({ config, iterations }, task.solvedReturn));
  writeAtomic(join(directory, "policy.onnx"), player.policyToOnnx(snapshot, config.settings, task));
  writeAtomic(join(directory, "model.onnx"), player.modelToOnnx(snapshot, config.settings, task));
}

/** The summary comes last: where it is, the other files are. */
function writeSummary({ directory, config, iterations }: RunStore, reason: EndEvent["reason"]): RunSummary {
  const summary = summarize(directory, config, iterations, reason);
  writeAtomic(join(directory, "summary.json"), `${JSON.stringify(summary, null, 2)}\n`);
  return summary;
}
