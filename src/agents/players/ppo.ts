import { z } from "zod";
import { type AdamState, initialAdam } from "../../nn/adam.js";
import { ppoStep } from "../../npg/ppo-step.js";
import type { SettingsOf } from "../player.js";
import { vector } from "../snapshot.js";
import { gaussianKind } from "./gaussian.js";
import type { KeptState } from "./stepping-part.js";

export const PPO_GROUPS = {
  ppo: z.strictObject({
    clipRange: z.number().gt(0).lt(1).describe("ε: how far a likelihood ratio may go from 1 before it earns no more"),
    epochs: z.number().int().min(1).max(1000).describe("passes over the batch, at most"),
    batchSize: z.number().int().min(1).max(1_000_000).describe("minibatch size"),
    learningRate: z.number().positive().max(1).describe("Adam's step size"),
    targetKl: z
      .number()
      .positive()
      .max(10)
      .nullable()
      .describe("no further epoch once the step's KL divergence is over this; null for no check"),
  }),
};

const NAME = "policy/ppo";

/** Adam's moments, which go on from step to step. */
export const ADAM_STATE: KeptState<AdamState> = {
  initialState: initialAdam,
  keepState: ({ first, second, steps }) => ({
    tensors: { [`${NAME}/adam.first`]: vector(first), [`${NAME}/adam.second`]: vector(second) },
    adamSteps: { [NAME]: steps },
  }),
  recallState: (from, parameters) => from.adam(NAME, parameters),
};

/** Proximal policy optimisation on rollouts in the model (section 4: "NPG, TRPO, PPO etc."). */
export const ppoKind = gaussianKind<AdamState, typeof PPO_GROUPS>({
  title: "proximal policy optimisation on imagined rollouts",
  groups: PPO_GROUPS,
  paper: (): SettingsOf<typeof PPO_GROUPS> => ({
    ppo: { clipRange: 0.2, epochs: 10, batchSize: 512, learningRate: 3e-4, targetKl: 0.05 },
  }),
  step: ({ npg, policy, ppo }) =>
    ppoStep({ ...ppo, entropyCoefficient: npg.entropyCoefficient, minLogStd: policy.minLogStd }),
  ...ADAM_STATE,
});
