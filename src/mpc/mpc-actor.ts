import { erf } from "../math/erf.js";
import type { Actor } from "../mdp/actor.js";
import type { Rng } from "../random/rng.js";
import { freshPlan, type PlanShape, planSize, shiftedPlan } from "./plan.js";
import type { Searcher } from "./searcher.js";

/** What a planner acts with. */
export interface ActingPlanner {
  readonly shape: PlanShape;
  readonly searcher: Searcher;
  readonly observationSize: number;
}

/**
 * Model-predictive control: at each step it plans from the present state, takes the plan's first action, and begins the next search
 * with the rest of it. Noise changes nothing: what it does by chance, it draws from rng, a stream for each decision.
 */
export function mpcActor(planner: ActingPlanner, rng: Rng): Actor {
  const { shape, searcher, observationSize } = planner;
  const size = planSize(shape);
  let plans: Float32Array[] = [];
  let decisions = 0;
  return {
    begin(memories) {
      plans = memories.map((memory) => memory ?? freshPlan(shape));
    },
    async act(observations) {
      const rows = observations.length / observationSize;
      if (plans.length !== rows) plans = Array.from({ length: rows }, () => freshPlan(shape));
      const starts = new Float32Array(rows * size);
      for (let row = 0; row < rows; row++) starts.set(plans[row], row * size);
      const found = await searcher.find(observations, starts, rng.stream(decisions++));
      const actions = new Float32Array(rows * shape.actionSize);
      for (let row = 0; row < rows; row++) {
        const plan = found.plans.subarray(row * size, (row + 1) * size);
        actions.set(plan.subarray(0, shape.actionSize), row * shape.actionSize);
        plans[row] = shiftedPlan(plan, shape);
      }
      return actions;
    },
    keep(rows) {
      plans = rows.map((row) => plans[row]);
    },
    memory: (row) => plans[row],
    release: () => searcher.release(),
  };
}

/** Who acts before there is a model to plan in: actions spread evenly over the whole box, 0 where the noise is. */
export const uniformActor: Actor = {
  act: async (_, noise) => noise.map((z) => erf(z / Math.SQRT2)),
  release: async () => {},
};
