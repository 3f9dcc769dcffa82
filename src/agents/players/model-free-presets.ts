import type { Task } from "../../mdp/task.js";
import { mergeSettings as merge } from "../merge-settings.js";
import type { Preset } from "../preset.js";
import type { SettingsPatch } from "../settings.js";

/** Batches of exactly N samples: an episode that one ends in goes on in the next. @param every iterations in a line of the log */
export const fixedBatches = (samples: number, every: number): SettingsPatch => ({
  data: {
    initialSamples: samples,
    samplesPerIteration: samples,
    wholeEpisodes: false,
    continueEpisodes: true,
    bufferSize: samples,
    maxSamples: 1_000_000,
  },
  record: { every },
});

const PENDULUM = "inverted-pendulum-v2";

/**
 * For a task that nobody has played: OpenAI's values for PPO on MuJoCo, for half the samples. A narrower σ at the start, with V
 * fitted faster, was no better on one hopper (results/README.md).
 */
const defaults = ({ id }: Task): object =>
  merge<object>(fixedBatches(2048, 5), {
    data: { maxSamples: id === PENDULUM ? 60_000 : 500_000 },
    policy: { hidden: [64, 64], initialLogStd: 0, inputs: "running" },
    value: { hidden: [64, 64], epochs: 10, batchSize: 64, learningRate: 3e-4, weightDecay: 0, targetScale: 1 },
    onPolicy: { discount: 0.99, gaeLambda: 0.95, targets: "lambda" },
  });

/** By name; `paper` is what a kind says its authors have. @param own what is the step's own in the default */
export const modelFreePresets =
  (own: object) =>
  (task: Task): Readonly<Record<string, Preset>> => {
    const base = merge(defaults(task), own) as SettingsPatch;
    const short = { data: { maxSamples: task.id === PENDULUM ? 20_000 : 50_000 } };
    return {
      default: { about: "one for all tasks (docs/players/model-free.md)", settings: () => base },
      paper: { about: "its authors' values to the letter", settings: () => ({}) },
      quick: { about: "the default for fewer samples", settings: () => merge(base, short) },
    };
  };
