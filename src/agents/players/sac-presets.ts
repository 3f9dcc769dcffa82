import type { Task } from "../../mdp/task.js";
import { mergeSettings as merge } from "../merge-settings.js";
import type { Preset } from "../preset.js";
import type { SettingsPatch } from "../settings.js";
import type { SacSettings } from "./sac.js";

/** Settings of the world's side, and of a baseline's players. */
type Patch = SettingsPatch & { readonly sac?: Partial<SacSettings> };

const PENDULUM = "inverted-pendulum-v2";

/**
 * Soft actor-critic: fewer samples of chance than its authors' ten episodes before the first update (MBPO's figure has
 * 5,000 of them on the gym tasks), 25 updates after 25 steps, and runs as short as what they are compared with.
 */
const sacDefault = (task: Task): Patch => ({
  data: {
    initialSamples: Math.max(500, task.id === PENDULUM ? task.horizon : Math.min(5 * task.horizon, 5000)),
    samplesPerIteration: 25,
    maxSamples: task.id === PENDULUM ? 10_000 : 100_000,
  },
  record: { every: 40 },
});

/**
 * The pendulum's 10,000 samples are too few for critics that take 200 updates to hear of a step: slow copies follow four
 * times as fast there, and updates are two a sample (docs/players/sac.md). REDQ and DroQ make 20.
 */
const IN_FEW_SAMPLES: Patch = { sac: { targetRate: 0.02, updatesPerSample: 2 } };

/** Chen et al. 2021; the actor moves once a sample. */
const REDQ: Patch = {
  sac: { critics: 10, criticsInTarget: 2, actorClimbs: "mean", updatesPerSample: 20, actorEvery: 20 },
};

/** Hiraoka et al. 2022; the actor moves once a sample. */
const DROQ: Patch = {
  sac: { actorClimbs: "mean", layerNorm: true, dropout: 0.01, updatesPerSample: 20, actorEvery: 20 },
};

const SHORT: Patch = { data: { maxSamples: 10_000 } };

/** By name; `paper` is what the kind says its authors have. */
export const sacPresets = (task: Task): Readonly<Record<string, Preset>> => {
  const base = sacDefault(task);
  const plain = task.id === PENDULUM ? merge(base, IN_FEW_SAMPLES) : base;
  return {
    default: { about: "its authors' values, less chance at the start, 100,000 samples", settings: () => plain },
    paper: { about: "its authors' values to the letter, an update after each step", settings: () => ({}) },
    quick: { about: "the default for 10,000 samples", settings: () => merge(plain, SHORT) },
    redq: { about: "REDQ: ten critics, two in a target, 20 updates a sample", settings: () => merge(base, REDQ) },
    droq: {
      about: "DroQ: two critics with dropout and layer norm, 20 updates a sample",
      settings: () => merge(base, DROQ),
    },
  };
};
