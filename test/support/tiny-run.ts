import type { Algorithm } from "../../src/agents/defaults.js";
import { resolveSettings } from "../../src/agents/resolve-settings.js";
import type { Settings, SettingsPatch } from "../../src/agents/settings.js";
import type { Snapshot } from "../../src/agents/snapshot.js";
import { type TrainedIteration, type TrainSetup, train } from "../../src/agents/train.js";
import type { OwnPlayers } from "../../src/agents/ways.js";
import type { Compute } from "../../src/compute/engine.js";
import type { Task } from "../../src/mdp/task.js";
import { LINE_GRAPHS } from "./line-task.js";

/** Settings of whichever player. */
export type AnyPatch = SettingsPatch & Readonly<Record<string, unknown>>;

/** Everything as small as it can be: an iteration takes some hundredths of a second, and nothing is learned. Groups of all players. */
export const TINY: AnyPatch = {
  data: { initialSamples: 40, samplesPerIteration: 20, bufferSize: 60, maxSamples: 140 },
  model: { hidden: [8], ensembleSize: 2, epochs: 2, batchSize: 16, minGradientSteps: 3 },
  gaussian: { hidden: [8], ensembleSize: 2, initialSteps: 12, steps: 6, every: 20, batchSize: 16 },
  policy: { hidden: [6] },
  value: { hidden: [6], targetScale: 1, batchSize: 64 },
  npg: { steps: 2, trajectoriesPerModel: 6, rolloutHorizon: 8, cgIterations: 5 },
  actorCritic: {
    actorHidden: [6],
    criticHidden: [6],
    updatesPerSample: 0.2,
    initialUpdates: 3,
    horizon: 3,
    batchSize: 8,
    poolSize: 50,
    refillRows: 6,
    refillSteps: 4,
    promiseHorizon: 8,
    promiseRollouts: 6,
    promiseEvery: 10,
  },
  elites: { hidden: [8], weightDecay: [1e-4], ensembleSize: 3, elites: 2, every: 20, batchSize: 16, maxEpochs: 3 },
  sac: { hidden: [6], batchSize: 8, updatesPerSample: 0.2 },
  outcomes: { hidden: [8], outcomeHidden: [6], ensembleSize: 2, initialSteps: 12, every: 20, batchSize: 16 },
  multistep: { hidden: [8], ensembleSize: 2, gradientSteps: 6, batchSize: 16 },
  slbo: { rounds: 2 },
  steve: {
    actorHidden: [6],
    criticHidden: [6],
    critics: 2,
    batchSize: 8,
    updatesPerSample: 0.2,
    promiseHorizon: 8,
    promiseRollouts: 6,
    promiseEvery: 10,
  },
  mpc: { horizon: 4, particles: 2, promiseStarts: 2 },
  cem: { population: 12, elites: 3, iterations: 2 },
  mppi: { population: 12, iterations: 2 },
  ilqr: { iterations: 2, stepLengths: 3 },
  mbpo: {
    realShare: 0.25,
    rolloutsPerSample: 0.5,
    promiseHorizon: 8,
    promiseRollouts: 6,
    promiseEvery: 10,
    poolSize: 40,
  },
  record: { every: 1 },
  evaluation: { episodes: 3 },
};

/** Small bites: an iteration ends in the middle of an episode, and the next goes on there. */
export const CONTINUED: SettingsPatch = { data: { wholeEpisodes: false, continueEpisodes: true } };

export const tinySettings = (algorithm: Algorithm, task: Task, ...patches: readonly AnyPatch[]): Settings =>
  tinySettingsWith({}, algorithm, task, ...patches);

/** The same with players of somebody's own. */
export function tinySettingsWith(
  players: OwnPlayers,
  algorithm: Algorithm,
  task: Task,
  ...patches: readonly AnyPatch[]
): Settings {
  const seats = patches.map(({ players: seated }) => (seated === undefined ? {} : { players: seated }));
  // The task has graphs here for whoever may sit at it.
  const groups = resolveSettings({ algorithm, task: { ...task, graphs: LINE_GRAPHS }, patches: seats, players });
  const tiny = Object.fromEntries(Object.entries(TINY).filter(([group]) => group in groups));
  return resolveSettings({ algorithm, task, patches: [tiny, ...patches], players });
}

/** One iteration, as it was when it was yielded. */
export interface Played extends Omit<TrainedIteration, "snapshot"> {
  readonly snapshot: Snapshot;
}

/** Plays a run to its end, or `atMost` iterations of it. */
export async function playAll(setup: TrainSetup, atMost = Number.POSITIVE_INFINITY): Promise<Played[]> {
  const played: Played[] = [];
  for await (const { metrics, state, taskChanges, snapshot } of train(setup)) {
    played.push(structuredClone({ metrics, state, taskChanges, snapshot: snapshot() }));
    if (played.length >= atMost) break;
  }
  return played;
}

/** The parts of a run that do not change from test to test. */
export const tinySetup = (
  algorithm: Algorithm,
  task: Task,
  compute: Compute,
  ...patches: readonly AnyPatch[]
): TrainSetup => ({
  algorithm,
  task,
  settings: tinySettings(algorithm, task, ...patches),
  seed: 1,
  compute,
  clock: () => 0, // runs are compared, metrics and all
});
