import type { Task } from "../../mdp/task.js";
import { mergeSettings as merge } from "../merge-settings.js";
import type { Preset } from "../preset.js";
import type { SettingsPatch } from "../settings.js";

/** Settings of the world's side, of the player and of the model beside it. */
type Patch = SettingsPatch & Readonly<Record<string, unknown>>;

/** Fewer samples between rounds and fewer rounds; as many rollouts as make some thousand steps though they end early. */
const SMALLER: Patch = {
  data: { initialSamples: 4000, samplesPerIteration: 2000, maxSamples: 100_000 },
  npg: { steps: 10, trajectoriesPerModel: 20 },
  value: { epochs: 2, batchSize: 256 },
  slbo: { rounds: 10 },
};

/** Where an episode is over in ten steps at first. */
const PENDULUM: Patch = {
  data: { initialSamples: 200, samplesPerIteration: 200, maxSamples: 3000 },
  npg: { steps: 8, trajectoriesPerModel: 50, rolloutHorizon: 200 },
  value: { targetScale: 100 },
  multistep: { hidden: [128, 128] },
  slbo: { rounds: 5 },
};

const smaller = ({ id }: Task): Patch => (id === "inverted-pendulum-v2" ? merge(SMALLER, PENDULUM) : SMALLER);

/** By name; `paper` is what the kind says its authors have. */
export const slboPresets = (task: Task): Readonly<Record<string, Preset>> => ({
  default: { about: "fewer samples and rounds in an iteration", settings: () => smaller(task) },
  paper: { about: "its authors' values: 10,000 samples, then 20 rounds of 100 and 40 steps", settings: () => ({}) },
  quick: {
    about: "the default for 10,000 samples at most",
    settings: () => merge(smaller(task), { data: { maxSamples: Math.min(10_000, smaller(task).data!.maxSamples!) } }),
  },
});
