import type { z } from "zod";
import { npgStep } from "../../npg/npg-step.js";
import { settingsSchema } from "../settings.js";
import { modelFreeKind } from "./model-free.js";
import { modelFreePresets } from "./model-free-presets.js";
import { STATELESS } from "./stepping-part.js";

const groups = {
  naturalStep: settingsSchema.shape.npg.pick({
    normalizedStepSize: true,
    maxKl: true,
    klBacktrack: true,
    cgIterations: true,
    fisherDamping: true,
    fisherFraction: true,
  }),
};

/** Normalised natural policy gradient on real samples (Rajeswaran et al. 2017), with the values of its authors' code. */
export const modelFreeNpgKind = modelFreeKind<undefined, typeof groups>({
  title: "natural policy gradient on real samples",
  groups,
  paper: () => ({
    policy: { hidden: [32, 32], initialLogStd: -0.5, minLogStd: null, inputs: "raw" },
    value: {
      hidden: [128, 128],
      epochs: 2,
      batchSize: 64,
      learningRate: 1e-3,
      finalLearningRate: null,
      weightDecay: 1e-3,
      targetScale: 1,
    },
    onPolicy: { discount: 0.995, gaeLambda: 0.97, targets: "discounted", entropyCoefficient: 0 },
    naturalStep: {
      normalizedStepSize: 0.05,
      maxKl: null,
      klBacktrack: 0.7,
      cgIterations: 10,
      fisherDamping: 1e-4,
      fisherFraction: 1,
    } satisfies z.infer<typeof groups.naturalStep>,
  }),
  world: ({ horizon }) => ({
    data: {
      initialSamples: 10_000,
      samplesPerIteration: 10_000,
      wholeEpisodes: true,
      continueEpisodes: false,
      bufferSize: 10_000 + horizon,
      maxSamples: 1_000_000,
    },
  }),
  presets: modelFreePresets({ naturalStep: { maxKl: 0.05, cgIterations: 20, fisherDamping: 1e-3 } }),
  step: ({ naturalStep, onPolicy, policy }) =>
    npgStep({ ...naturalStep, entropyCoefficient: onPolicy.entropyCoefficient, minLogStd: policy.minLogStd }),
  ...STATELESS,
});
