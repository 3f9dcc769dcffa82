import { z } from "zod";
import { mppi } from "../../mpc/mppi.js";
import { byCandidates } from "../../mpc/searcher.js";
import type { SettingsOf } from "../player.js";
import { count } from "../setting-types.js";
import { mppiPresets } from "./planner-presets.js";
import { planningKind } from "./planning.js";

const groups = {
  mppi: z.strictObject({
    population: count(1_000_000).describe("candidates of a round"),
    iterations: count(10_000).describe("rounds of a search"),
    std: z
      .number()
      .positive()
      .max(10)
      .describe("σ: standard deviation of an action around the plan, in units of the half-width of the action box"),
    temperature: z
      .number()
      .positive()
      .max(1e6)
      .describe("λ, in standard deviations of the candidates' returns: the lower, the fewer of them count"),
    correlation: z.number().min(0).lt(1).describe("β: correlation of the noise from one step to the next"),
  }),
};

/** A planner: model-predictive path integral control (Williams et al. 2017). */
export const mppiKind = planningKind<typeof groups>({
  title: "model-predictive path integral control",
  groups,
  mpc: { horizon: 25, particles: 4 }, // one in each member
  paper: (): SettingsOf<typeof groups> => ({
    mppi: { population: 256, iterations: 2, std: 0.5, temperature: 0.5, correlation: 0.5 },
  }),
  presets: mppiPresets,
  search: (shape, { mppi: own }) => byCandidates(mppi(shape, own)),
});
