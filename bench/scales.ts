import type { Scale } from "./claim.js";

/** Those of the paper. */
export const FULL: Scale = {
  samples: 2500,
  gradientSteps: 32,
  trajectories: 200,
  rolloutSteps: 100,
  fisherRows: 409_600,
  modelHidden: [512, 512],
  actorCriticHidden: [256, 256],
  planner: { population: 400, horizon: 30, hidden: [200, 200, 200, 200] },
};
/** Small ones that only show that it runs. */
export const QUICK: Scale = {
  samples: 250,
  gradientSteps: 2,
  trajectories: 10,
  rolloutSteps: 5,
  fisherRows: 8192,
  modelHidden: [32, 32],
  actorCriticHidden: [16, 16],
  planner: { population: 20, horizon: 3, hidden: [16, 16] },
};
