import { existsSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { policyToOnnx } from "../agents/export.js";
import { type LoadedPolicy, loadedPolicy } from "../agents/loaded-policy.js";
import { type Snapshot, stageOf } from "../agents/snapshot.js";
import { taskStages } from "../agents/task-changes.js";
import { namedTask } from "../bridges/named-task.js";
import { loadOnnxRuntime } from "../compute/onnxruntime.js";
import { ConfigError, StorageError } from "../errors/errors.js";
import type { Task } from "../mdp/task.js";
import { newestCheckpoint, readCheckpoint } from "./checkpoint.js";
import { type RunConfig, readConfig } from "./config.js";
import type { IterationEvent } from "./events.js";
import { readBytes } from "./files.js";
import { iterationsOf, readEvents } from "./metrics-log.js";

/** A run directory as it is on the disk: to look at, to act with and to measure; whoever trains goes on undisturbed. */
export interface OpenedRun {
  readonly directory: string;
  readonly config: RunConfig;
  /** As it is at the checkpoint, where `task.changes` changed it. */
  readonly task: Task;
  /** All that `evaluatePolicy`, `policyToOnnx` and `train({ resume })` need. */
  readonly snapshot: Snapshot;
  /** Every line of the log, in order. */
  readonly iterations: readonly IterationEvent[];
}

export interface OpenRunOptions {
  /** The iteration whose checkpoint is read; it must have been kept. Default: the newest that is whole. */
  readonly checkpoint?: number;
  /** The task, where it is the caller's own; tasks of the catalogue are made from the run's config. */
  readonly task?: Task;
  /** Hears of damaged checkpoints that are passed over. */
  readonly warn?: (message: string) => void;
}

/**
 * Reads a run. Nothing in the directory is changed.
 *
 * @throws {StorageError} where it is no run, has no checkpoint yet, or not the one that is asked for
 * @throws {ConfigError} where the task is the user's own and was not given, or is another one
 */
export async function openRun(directory: string, options: OpenRunOptions = {}): Promise<OpenedRun> {
  const config = readConfig(directory);
  const { checkpoint, warn = () => {} } = options;
  const snapshot = checkpoint === undefined ? newestCheckpoint(directory, warn) : readCheckpoint(directory, checkpoint);
  if (snapshot === undefined)
    throw new StorageError(directory, "has no checkpoint yet", "Wait for the end of its first iteration");
  const first = taskOf(config, options.task);
  const stages = await taskStages(first, config.settings.task, (more) => namedTask(first.id, more));
  const iterations = iterationsOf(readEvents(directory));
  return { directory: resolve(directory), config, task: stages[stageOf(snapshot)], snapshot, iterations };
}

function taskOf({ task: { id, options, module } }: RunConfig, given: Task | undefined): Task {
  if (given !== undefined) {
    if (given.id === id) return given;
    throw new ConfigError("task", `the run is of ${id}, the task that was given is ${given.id}`, `Give ${id}`);
  }
  if (module === null) return namedTask(id, options);
  throw new ConfigError("task", `${id} is defined in ${module.given}`, "Import it from there, and give it as `task`");
}

/**
 * The mean policy of a run, ready to act.
 *
 * @param source a run that was opened, the directory of a run, the path of a `policy.onnx`, or its bytes
 * @throws {StorageError} where there is no such run or file, or it is no policy that stackelberg exported
 * @throws {ConfigError} where the run's policy player plans instead of having a network
 */
export async function loadPolicy(source: OpenedRun | Uint8Array | string): Promise<LoadedPolicy> {
  return loadedPolicy(await bytesOf(source), async (bytes) => {
    const ort = await loadOnnxRuntime();
    const session = await ort.InferenceSession.create(bytes, { intraOpNumThreads: 1, logSeverityLevel: 4 });
    return {
      async run(observations, rows) {
        const shape = [rows, observations.length / rows];
        const { actions } = await session.run({ observations: new ort.Tensor("float32", observations, shape) });
        return actions.data as Float32Array;
      },
      release: () => session.release(),
    };
  });
}

async function bytesOf(source: OpenedRun | Uint8Array | string): Promise<Uint8Array> {
  if (source instanceof Uint8Array) return source;
  if (typeof source !== "string") return exported(source);
  if (!existsSync(source)) {
    throw new StorageError(
      source,
      "there is no such run or file",
      "Give a run directory, or the path of a policy.onnx",
    );
  }
  if (!statSync(source).isDirectory()) return readBytes(source, "Give the path of a policy.onnx");
  return existsSync(join(source, "config.json"))
    ? exported(await openRun(source))
    : Promise.reject(new StorageError(source, "is no run", "Give a directory that `stackelberg train` made"));
}

const exported = ({ snapshot, config, task }: OpenedRun): Uint8Array => policyToOnnx(snapshot, config.settings, task);
