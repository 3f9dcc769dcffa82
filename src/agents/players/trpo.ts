import { z } from "zod";
import { trpoStep } from "../../npg/trpo-step.js";
import type { SettingsOf } from "../player.js";
import { countOrNone } from "../setting-types.js";
import { gaussianKind } from "./gaussian.js";
import { STATELESS } from "./stepping-part.js";

export const TRPO_GROUPS = {
  trpo: z.strictObject({
    maxKl: z.number().positive().max(10).describe("δ: bound on the KL divergence of a step"),
    backtrack: z.number().gt(0).lt(1).describe("factor on the step at each backtrack of the line search"),
    maxBacktracks: countOrNone(100).describe("backtracks before the policy stays as it is"),
    acceptRatio: z
      .number()
      .min(0)
      .lt(1)
      .describe("least gain of the surrogate that is accepted, as a share of what the gradient promises"),
  }),
};

export const PAPER_TRPO: SettingsOf<typeof TRPO_GROUPS> = {
  trpo: { maxKl: 0.01, backtrack: 0.5, maxBacktracks: 10, acceptRatio: 0 },
};

/** Trust-region policy optimisation on rollouts in the model (section 4: "NPG, TRPO, PPO etc."). */
export const trpoKind = gaussianKind<undefined, typeof TRPO_GROUPS>({
  title: "trust-region policy optimisation on imagined rollouts",
  groups: TRPO_GROUPS,
  paper: () => PAPER_TRPO,
  step: ({ npg, policy, trpo }) => trpoStep({ ...npg, ...trpo, minLogStd: policy.minLogStd }),
  ...STATELESS,
});
