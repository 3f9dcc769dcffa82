import { trpoStep } from "../../npg/trpo-step.js";
import { settingsSchema } from "../settings.js";
import { modelFreeKind } from "./model-free.js";
import { fixedBatches, modelFreePresets } from "./model-free-presets.js";
import { STATELESS } from "./stepping-part.js";
import { TRPO_GROUPS } from "./trpo.js";

const groups = {
  ...TRPO_GROUPS,
  naturalStep: settingsSchema.shape.npg.pick({ cgIterations: true, fisherDamping: true, fisherFraction: true }),
};

/** Trust-region policy optimisation on real samples (Schulman et al. 2015), with the values of OpenAI's code for MuJoCo. */
export const modelFreeTrpoKind = modelFreeKind<undefined, typeof groups>({
  title: "trust-region policy optimisation on real samples",
  groups,
  paper: () => ({
    policy: { hidden: [32, 32], initialLogStd: 0, minLogStd: null, inputs: "running" },
    value: {
      hidden: [32, 32],
      epochs: 5,
      batchSize: 64,
      learningRate: 1e-3,
      finalLearningRate: null,
      weightDecay: 0,
      targetScale: 1,
    },
    onPolicy: { discount: 0.99, gaeLambda: 0.98, targets: "lambda", entropyCoefficient: 0 },
    trpo: { maxKl: 0.01, backtrack: 0.5, maxBacktracks: 10, acceptRatio: 0 },
    naturalStep: { cgIterations: 10, fisherDamping: 0.1, fisherFraction: 0.2 },
  }),
  world: () => fixedBatches(1024, 10),
  presets: modelFreePresets({ naturalStep: { fisherDamping: 0.01 } }),
  step: ({ trpo, naturalStep, onPolicy, policy }) =>
    trpoStep({
      ...trpo,
      ...naturalStep,
      entropyCoefficient: onPolicy.entropyCoefficient,
      minLogStd: policy.minLogStd,
    }),
  ...STATELESS,
});
