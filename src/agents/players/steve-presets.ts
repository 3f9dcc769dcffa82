import type { Task } from "../../mdp/task.js";
import { mergeSettings as merge } from "../merge-settings.js";
import type { Preset } from "../preset.js";
import type { SettingsPatch } from "../settings.js";
import type { SteveSettings } from "./steve.js";

/** Settings of the world's side, of the player and of the model beside it. */
type Patch = SettingsPatch & { readonly steve?: Partial<SteveSettings>; readonly outcomes?: object };

const PENDULUM = "inverted-pendulum-v2";

/** Its authors' settings, one for all tasks (Buckman et al. 2018, as their code has it). */
export function steveTask(task: Task): { readonly steve: SteveSettings; readonly world: SettingsPatch } {
  return {
    steve: {
      actorHidden: [128, 128, 128],
      criticHidden: [128, 128, 128],
      critics: 4,
      horizon: 3,
      weighting: "variance",
      discount: 0.99,
      updatesPerSample: 4,
      batchSize: 512,
      actorLearningRate: 3e-4,
      criticLearningRate: 3e-4,
      targetEvery: 500,
      saturationPenalty: 0.001,
      exploreChance: 0.05,
      exploreStd: 1,
      promiseHorizon: Math.min(task.horizon, 200),
      promiseRollouts: 16,
      promiseEvery: 4000,
    },
    world: {
      data: {
        initialSamples: 10_000,
        samplesPerIteration: 25,
        wholeEpisodes: false,
        continueEpisodes: true,
        bufferSize: 1_000_000,
        maxSamples: 1_000_000,
      },
      record: { every: 40 },
    },
  };
}

/** A model and minibatches that two cores can follow, standardised, and fewer samples of chance. */
const SMALLER: Patch = {
  data: { initialSamples: 5000, maxSamples: 100_000 },
  steve: { batchSize: 256, updatesPerSample: 2, promiseEvery: 2000 },
  outcomes: {
    hidden: [200, 200, 200],
    standardized: true,
    initialSteps: 2000,
    every: 100,
    stepsPerSample: 1,
    batchSize: 256,
    learningRate: 1e-3,
    weightDecay: 1e-5,
  },
};

/**
 * Where an episode is over in ten steps at first and four numbers are all that there is, 500 samples and less of everything; a
 * target of H = 3 goes four steps a copy, so that values of a hundred steps ask for many copies.
 */
const SHORT: Patch = {
  data: { initialSamples: 500, maxSamples: 4000 },
  steve: {
    actorHidden: [128, 128],
    criticHidden: [128, 128],
    batchSize: 128,
    updatesPerSample: 4,
    criticLearningRate: 1e-3,
    targetEvery: 100,
    exploreChance: 0.2,
    promiseEvery: 4000,
  },
  outcomes: { hidden: [128, 128], outcomeHidden: [64, 64], initialSteps: 1000, batchSize: 128 },
  record: { every: 10 },
};

const smaller = ({ id }: Task): Patch => (id === PENDULUM ? merge(SMALLER, SHORT) : SMALLER);

/** One model, one critic, the longest target (Feinberg et al. 2018, without the targets of imagined states). */
const MVE: Patch = { steve: { critics: 1, weighting: "last" }, outcomes: { ensembleSize: 1 } };

/** By name; `paper` is what the kind says its authors have. */
export const stevePresets = (task: Task): Readonly<Record<string, Preset>> => ({
  default: { about: "smaller networks and minibatches, fewer samples of chance", settings: () => smaller(task) },
  paper: { about: "its authors' values: a network of 7 × 512 for each member", settings: () => ({}) },
  quick: {
    about: "the default for 10,000 samples at most",
    settings: () => merge(smaller(task), { data: { maxSamples: Math.min(10_000, smaller(task).data!.maxSamples!) } }),
  },
  mve: { about: "MVE: one member, one critic, the longest target alone", settings: () => merge(smaller(task), MVE) },
});
