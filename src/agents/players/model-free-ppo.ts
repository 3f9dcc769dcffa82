import type { AdamState } from "../../nn/adam.js";
import { ppoStep } from "../../npg/ppo-step.js";
import { modelFreeKind } from "./model-free.js";
import { fixedBatches, modelFreePresets } from "./model-free-presets.js";
import { ADAM_STATE, PPO_GROUPS } from "./ppo.js";

/** Proximal policy optimisation on real samples (Schulman et al. 2017), with the values of their table 3 (MuJoCo, one million steps). */
export const modelFreePpoKind = modelFreeKind<AdamState, typeof PPO_GROUPS>({
  title: "proximal policy optimisation on real samples",
  groups: PPO_GROUPS,
  paper: () => ({
    policy: { hidden: [64, 64], initialLogStd: 0, minLogStd: null, inputs: "running" },
    value: {
      hidden: [64, 64],
      epochs: 10,
      batchSize: 64,
      learningRate: 3e-4,
      finalLearningRate: null,
      weightDecay: 0,
      targetScale: 1,
    },
    onPolicy: { discount: 0.99, gaeLambda: 0.95, targets: "lambda", entropyCoefficient: 0 },
    ppo: { clipRange: 0.2, epochs: 10, batchSize: 64, learningRate: 3e-4, targetKl: null },
  }),
  world: () => fixedBatches(2048, 5),
  presets: modelFreePresets({ ppo: { targetKl: 0.05 } }),
  step: ({ ppo, onPolicy, policy }) =>
    ppoStep({ ...ppo, entropyCoefficient: onPolicy.entropyCoefficient, minLogStd: policy.minLogStd }),
  ...ADAM_STATE,
});
