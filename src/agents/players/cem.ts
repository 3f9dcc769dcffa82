import { z } from "zod";
import { ConfigError } from "../../errors/errors.js";
import { cem } from "../../mpc/cem.js";
import { byCandidates } from "../../mpc/searcher.js";
import type { SettingsOf } from "../player.js";
import { count } from "../setting-types.js";
import { cemPresets } from "./planner-presets.js";
import { planningKind } from "./planning.js";

const groups = {
  cem: z.strictObject({
    population: count(1_000_000).describe("candidates of a round"),
    elites: count(1_000_000).describe("the best so many, which mean and variance go to"),
    iterations: count(10_000).describe("rounds of a search, at most"),
    alpha: z.number().min(0).lt(1).describe("share of the old mean and variance that stays in a round"),
    initialStd: z
      .number()
      .positive()
      .max(10)
      .describe("standard deviation of an action at first, in units of the half-width of the action box"),
    minVariance: z.number().min(0).max(10).describe("a search ends where no action varies more"),
  }),
};

/** A planner: the cross-entropy method, with the values of PETS (Chua et al. 2018). */
export const cemKind = planningKind<typeof groups>({
  title: "model-predictive control by the cross-entropy method",
  groups,
  mpc: { horizon: 30, particles: 20 },
  paper: (): SettingsOf<typeof groups> => ({
    cem: { population: 400, elites: 40, iterations: 5, alpha: 0.1, initialStd: 0.5, minVariance: 0.001 },
  }),
  presets: cemPresets,
  search: (shape, { cem: own }) => byCandidates(cem(shape, own)),
  check({ cem: { elites, population } }) {
    if (elites <= population) return;
    throw new ConfigError(
      "cem.elites",
      `must be at most cem.population (${population}), got ${elites}`,
      "Lower it (PETS takes a tenth), or raise the population",
    );
  },
});
