import type { Task } from "../../mdp/task.js";
import { mergeSettings as merge } from "../merge-settings.js";
import type { Preset } from "../preset.js";
import type { SettingsPatch } from "../settings.js";

/** Settings of planners and of the models beside them. */
type Patch = SettingsPatch & Readonly<Record<string, unknown>>;

/** PETS' model: probabilistic networks, a bootstrap each, five passes over all data after each episode (Chua et al. 2018). */
const PETS: Patch = {
  gaussian: {
    hidden: [200, 200, 200, 200],
    activation: "silu",
    layerNorm: false,
    ensembleSize: 5,
    noise: "input",
    minLogStd: -5, // log σ² from −10 to 0.5
    maxLogStd: 0.25,
    learnedBounds: true,
    loss: "gaussian",
    bootstrap: true,
    every: 1,
    epochs: 5,
    batchSize: 32,
    learningRate: 1e-3,
    finalLearningRate: 1e-3,
    weightDecay: 5e-5,
  },
};

/** What the authors have for a task, or for one like it; for the others mbrl-lib (Pineda et al. 2021), rounded. */
const PETS_TASKS: Readonly<Record<string, Patch>> = {
  "half-cheetah-v2": {
    mpc: { horizon: 30 },
    cem: { population: 500, elites: 50 },
    data: { maxSamples: 300_000 },
    evaluation: { episodes: 1, every: 5 },
  },
  "reacher-7dof-v0": {
    mpc: { horizon: 25 },
    gaussian: { learningRate: 7.5e-4, finalLearningRate: 7.5e-4 },
    evaluation: { episodes: 10 },
  },
  "hopper-v2": { cem: { population: 350, elites: 35 }, data: { maxSamples: 125_000 } },
  "inverted-pendulum-v2": {
    mpc: { horizon: 45 },
    cem: { population: 480, elites: 37, alpha: 0.134 },
    gaussian: { batchSize: 256, epochs: 31 },
    data: { initialSamples: 200, samplesPerIteration: 250, wholeEpisodes: false, maxSamples: 2000 },
    evaluation: { episodes: 1 },
  },
};

/** MPPI: the model's own defaults, small bites where episodes are short at first. */
const MPPI_TASKS: Readonly<Record<string, Patch>> = {
  "inverted-pendulum-v2": {
    data: { initialSamples: 200, samplesPerIteration: 200, wholeEpisodes: false, maxSamples: 2000 },
    evaluation: { episodes: 1 },
  },
};

/** iLQR: as MPPI; where no reward has a slope, the room to the next terminal state has one. */
const ILQR_TASKS: Readonly<Record<string, Patch>> = {
  "inverted-pendulum-v2": {
    data: { initialSamples: 200, samplesPerIteration: 200, wholeEpisodes: false, maxSamples: 2000 },
    evaluation: { episodes: 1 },
    ilqr: { roomWeight: 1 }, // a state at the limit is worth nothing
  },
};

const QUICK: Patch = {
  cem: { population: 100, elites: 10, iterations: 3 },
  mppi: { population: 64 },
  ilqr: { iterations: 2 },
  mpc: { particles: 5 },
};

function presets(about: string, of: (task: Task) => Patch) {
  return (task: Task): Readonly<Record<string, Preset>> => {
    const own = of(task);
    return {
      default: { about, settings: () => own },
      paper: { about, settings: () => own },
      quick: { about: "fewer candidates and particles", settings: () => merge(own, QUICK) },
    };
  };
}

/** CEM's are those of PETS. */
export const cemPresets = presets("the settings of PETS (docs/players/cem.md)", ({ id }) =>
  merge(PETS, PETS_TASKS[id] ?? {}),
);
export const mppiPresets = presets("one for all tasks (docs/players/mppi.md)", ({ id }) => MPPI_TASKS[id] ?? {});
export const ilqrPresets = presets("one for all tasks (docs/players/ilqr.md)", ({ id }) => ILQR_TASKS[id] ?? {});
