import type { Task } from "../../mdp/task.js";
import { mergeSettings as merge } from "../merge-settings.js";
import type { Preset } from "../preset.js";
import type { SettingsPatch } from "../settings.js";
import type { MbpoSettings } from "./mbpo.js";
import type { SacSettings } from "./sac.js";

/** What its authors set task by task. */
interface Row {
  /** Real samples of an epoch. */
  readonly epoch: number;
  /** Real samples of chance at the beginning. */
  readonly initial: number;
  /** G */
  readonly updates: number;
  readonly entropy: number | null;
  /** From epoch, to epoch, least and most steps of a rollout. */
  readonly schedule: readonly [from: number, to: number, least: number, most: number];
  readonly retain: number;
  /** Real samples of the published curve. */
  readonly samples: number;
}

const ROWS: Readonly<Record<string, Row>> = {
  "inverted-pendulum-v2": {
    epoch: 250,
    initial: 500,
    updates: 10,
    entropy: -0.05,
    schedule: [1, 15, 1, 1],
    retain: 1,
    samples: 20_000,
  },
  "hopper-v2": {
    epoch: 1000,
    initial: 5000,
    updates: 20,
    entropy: -1,
    schedule: [20, 150, 1, 15],
    retain: 1,
    samples: 125_000,
  },
  "walker2d-v2": {
    epoch: 1000,
    initial: 5000,
    updates: 20,
    entropy: -3,
    schedule: [20, 150, 1, 1],
    retain: 1,
    samples: 300_000,
  },
  "half-cheetah-v2": {
    epoch: 1000,
    initial: 5000,
    updates: 40,
    entropy: -3,
    schedule: [20, 150, 1, 1],
    retain: 1,
    samples: 400_000,
  },
  "ant-v2": {
    epoch: 1000,
    initial: 5000,
    updates: 20,
    entropy: -4,
    schedule: [20, 100, 1, 25],
    retain: 1,
    samples: 300_000,
  },
  "humanoid-v2": {
    epoch: 1000,
    initial: 5000,
    updates: 20,
    entropy: -2,
    schedule: [20, 300, 1, 25],
    retain: 5,
    samples: 300_000,
  },
};

/** For tasks that its authors never ran: the hopper's pace, rollouts of one step. */
const OTHERS: Row = {
  epoch: 1000,
  initial: 5000,
  updates: 20,
  entropy: null,
  schedule: [20, 150, 1, 1],
  retain: 1,
  samples: 125_000,
};

/** Bytes of imagined steps: those of the authors' pools that are larger (ant, humanoid late in a run) forget earlier. */
const LARGEST_POOL = 1e9;

/** Its authors' settings for a task. */
export function mbpoTask(task: Task): {
  readonly sac: Partial<SacSettings>;
  readonly mbpo: MbpoSettings;
  readonly world: SettingsPatch;
} {
  const { epoch, initial, updates, entropy, schedule, retain, samples } = ROWS[task.id] ?? OTHERS;
  const [from, to, least, most] = schedule;
  return {
    sac: { updatesPerSample: updates, targetEntropy: entropy },
    mbpo: {
      realShare: 0.05,
      rolloutsPerSample: 400,
      rolloutFrom: from * epoch,
      rolloutTo: to * epoch,
      rolloutMin: least,
      rolloutMax: most,
      retainSamples: retain * epoch,
      poolSize: Math.floor(LARGEST_POOL / (4 * (2 * task.observation.size + task.action.size + 2))),
      promiseHorizon: Math.min(task.horizon, 200),
      promiseRollouts: 16,
      promiseEvery: 1000 * updates,
    },
    world: {
      data: {
        initialSamples: initial,
        samplesPerIteration: 25,
        wholeEpisodes: false,
        continueEpisodes: true,
        bufferSize: 1_000_000,
        maxSamples: samples,
      },
      record: { every: epoch / 25 },
    },
  };
}

/** A quarter of the rollouts, as many real samples as a day on two cores has room for. */
const shorter = (task: Task): SettingsPatch & { readonly mbpo: Partial<MbpoSettings> } => ({
  data: { maxSamples: task.id === "inverted-pendulum-v2" ? 3000 : 75_000 },
  mbpo: { rolloutsPerSample: 100 },
});

/** By name; `paper` is what the kind says its authors have. */
export const mbpoPresets = (task: Task): Readonly<Record<string, Preset>> => ({
  default: { about: "its authors' values with a quarter of the rollouts", settings: () => shorter(task) },
  paper: { about: "its authors' values", settings: () => ({}) },
  quick: {
    about: "the default for 10,000 samples at most",
    settings: () => merge(shorter(task), { data: { maxSamples: Math.min(10_000, shorter(task).data!.maxSamples!) } }),
  },
});
