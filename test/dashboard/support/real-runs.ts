import { rmSync } from "node:fs";
import { join } from "node:path";
import { resolveSettings } from "../../../src/agents/resolve-settings.js";
import type { SettingsPatch } from "../../../src/agents/settings.js";
import { parts } from "../../../src/cli/parts.js";
import { type LoadedTask, rememberTask } from "../../../src/cli/task-source.js";
import type { Compute } from "../../../src/compute/engine.js";
import { lockRun } from "../../../src/runs/lock.js";
import { playRun } from "../../../src/runs/play-run.js";
import { RunStore } from "../../../src/runs/store.js";
import { versions } from "../../../src/runs/versions.js";

/** Real training, as little of it as there can be: five iterations take a second or two. */
export const LITTLE: SettingsPatch = {
  data: { initialSamples: 200, samplesPerIteration: 100, maxSamples: 600 },
  model: { hidden: [32, 32], ensembleSize: 2, epochs: 10 },
  policy: { hidden: [16] },
  value: { hidden: [16] },
  npg: { steps: 2, trajectoriesPerModel: 12, rolloutHorizon: 40 },
  evaluation: { episodes: 3 },
};

/** The same with an actor-critic. */
export const LITTLE_CRITICS: SettingsPatch = {
  players: { policy: "actor-critic" },
  data: { initialSamples: 200, samplesPerIteration: 25, maxSamples: 600 },
  record: { every: 4 },
  evaluation: { episodes: 3 },
};
/** Settings of its players: groups that `SettingsPatch` does not know. */
const SMALL = {
  gaussian: { hidden: [16, 16], ensembleSize: 2, initialSteps: 60, every: 100, steps: 20, batchSize: 32 },
  actorCritic: {
    actorHidden: [16],
    criticHidden: [16],
    initialUpdates: 20,
    updatesPerSample: 0.2,
    batchSize: 16,
    refillRows: 16,
    refillSteps: 3,
    poolSize: 500,
    promiseHorizon: 40,
    promiseRollouts: 4,
    promiseEvery: 20,
  },
};

export interface LittleRun {
  /** One of the catalogue by name, or a module's. */
  readonly task: string | LoadedTask;
  readonly seed: number;
  readonly patch?: SettingsPatch;
  readonly critics?: boolean;
}

/** Plays a run from beginning to end, as `stackelberg train` does. */
export async function playReal(
  directory: string,
  compute: Compute,
  { task: of, seed, patch = {}, critics = false }: LittleRun,
): Promise<string> {
  const loaded = typeof of === "string" ? { task: parts.createTask(of), module: null } : of;
  const { task } = loaded;
  const little = critics ? [LITTLE_CRITICS, SMALL] : [LITTLE];
  const settings = resolveSettings({ algorithm: "pal", task, patches: [...little, patch] });
  const store = RunStore.create(directory, {
    algorithm: "pal",
    task: rememberTask(loaded, directory),
    preset: "default",
    seed,
    settings,
    workers: 1,
    provider: "cpu",
    keepEvery: null,
    created: new Date().toISOString(),
    versions: versions(),
  });
  await playRun({ store, task, compute, player: parts.player });
  store.close();
  return directory;
}

/** Makes a finished run look like one under way, whose process is this one. @returns ends it */
export function reopen(run: string): () => void {
  rmSync(join(run, "summary.json"));
  return lockRun(run).release;
}
