import { existsSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { modelToOnnx, policyToOnnx } from "../agents/export.js";
import { DEFAULT_PRESET } from "../agents/presets.js";
import { type TrainSetup, train } from "../agents/train.js";
import { ConfigError } from "../errors/errors.js";
import { type RunConfig, readConfig } from "./config.js";
import type { IterationEvent, RunSummary } from "./events.js";
import { playRun } from "./play-run.js";
import { RunStore } from "./store.js";
import { versions } from "./versions.js";

/** What `train` is given, and what a run directory has besides. */
export interface SaveRunSetup
  extends Pick<TrainSetup, "algorithm" | "task" | "settings" | "seed" | "compute" | "remakeTask" | "onProgress"> {
  /** Stops the run at once: the iteration under way is lost. */
  readonly signal?: AbortSignal;
  /** What `createTask` was given, for a task of the catalogue: others make the task of it. Default: nothing. */
  readonly taskOptions?: Readonly<Record<string, string>>;
  /** The name of the preset that the settings were made of, for those who read the run. Default: `default`. */
  readonly preset?: string;
  /** Besides the newest two, checkpoints of iterations that are a multiple of this are kept. Default: none. */
  readonly keepEvery?: number;
  /** Hears of every iteration once it is safe on the disk. */
  readonly onIteration?: (event: IterationEvent) => void;
  /** Hears of what was found damaged when a run goes on. */
  readonly warn?: (message: string) => void;
}

/**
 * Trains as `train` does, and keeps the run in a directory as `stackelberg train` does: log, checkpoints, networks, curve.
 * Where the directory holds this run already, it goes on from the newest checkpoint, bit for bit as if it had never
 * stopped; a larger `data.maxSamples` makes a finished run longer.
 *
 * Where `signal` is aborted, the iteration under way is lost, the summary's reason is `interrupted`, and the same call
 * goes on.
 *
 * @throws {ConfigError} where the directory holds another run
 * @throws {StorageError} where it cannot be written, holds something else, or another process has the run
 * @throws what `train` throws; all finished iterations are safe
 */
export async function saveRun(directory: string, setup: SaveRunSetup): Promise<RunSummary> {
  const store = openStore(directory, setup);
  const { task, compute, remakeTask, onIteration, onProgress, signal } = setup;
  const stop = signal ?? new AbortController().signal;
  try {
    return await playRun({
      store,
      task,
      compute,
      player: { train, policyToOnnx, modelToOnnx },
      stops: { soon: stop, now: stop },
      ...(remakeTask && { remakeTask }),
      ...(onIteration && { onIteration }),
      ...(onProgress && { onProgress }),
    });
  } finally {
    store.close();
  }
}

function openStore(directory: string, setup: SaveRunSetup): RunStore {
  const { algorithm, task, settings, seed, compute, taskOptions = {}, preset = DEFAULT_PRESET, keepEvery } = setup;
  const { maxSamples } = settings.data;
  if (existsSync(join(directory, "config.json"))) {
    checkSame(directory, readConfig(directory), setup);
    return RunStore.resume(directory, { maxSamples, ...(setup.warn && { warn: setup.warn }) });
  }
  return RunStore.create(directory, {
    algorithm,
    task: { id: task.id, options: { ...taskOptions }, module: null },
    preset,
    seed,
    settings,
    workers: null,
    provider: compute.provider as RunConfig["provider"],
    keepEvery: keepEvery ?? null,
    created: new Date().toISOString(),
    versions: versions(),
  });
}

/** @throws {ConfigError} where a run is not the one of a setup, but for its length */
function checkSame(directory: string, config: RunConfig, { algorithm, task, settings, seed }: SaveRunSetup): void {
  const { maxSamples } = config.settings.data;
  const same: Readonly<Record<string, boolean>> = {
    algorithm: config.algorithm === algorithm,
    task: config.task.id === task.id,
    seed: config.seed === seed,
    settings: isDeepStrictEqual(config.settings, { ...settings, data: { ...settings.data, maxSamples } }),
  };
  const other = Object.keys(same).find((key) => !same[key]);
  if (other === undefined) return;
  throw new ConfigError(directory, `holds a run of which the ${other} is another`, "Choose another directory");
}
