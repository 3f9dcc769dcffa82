import { z } from "zod";
import { ilqr } from "../../mpc/ilqr/ilqr.js";
import type { SettingsOf } from "../player.js";
import { count } from "../setting-types.js";
import { ilqrPresets } from "./planner-presets.js";
import { planningKind } from "./planning.js";

const groups = {
  ilqr: z.strictObject({
    iterations: count(10_000).describe("line searches of a decision, at most"),
    stepLengths: count(1000).describe("steps that a line search tries, each half as long as the one before"),
    regularization: z
      .number()
      .min(0)
      .max(1e6)
      .describe(
        "μ that a search begins with, in units of the slope and curvature of a plan's costs; 0: a full Newton step",
      ),
    tolerance: z
      .number()
      .min(0)
      .lt(1)
      .describe("a search ends where less than this share of a plan's return is promised"),
    roomWeight: z
      .number()
      .min(0)
      .max(1e9)
      .describe(
        "what closeness to a terminal state costs in a search, where a task's graphs say how close one is (room)",
      ),
  }),
};

/** A planner: iterative LQR on the Jacobians of all members, with limits on actions (Tassa et al. 2012, 2014). */
export const ilqrKind = planningKind<typeof groups>({
  title: "model-predictive control by iterative LQR",
  groups,
  mpc: { horizon: 25, particles: 4 }, // one in each member
  paper: (): SettingsOf<typeof groups> => ({
    ilqr: { iterations: 5, stepLengths: 8, regularization: 0, tolerance: 1e-4, roomWeight: 0 },
  }),
  presets: ilqrPresets,
  search: (shape, { ilqr: own }) => ilqr(shape, own),
});
