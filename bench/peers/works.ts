import { FULL, QUICK } from "../scales.js";
import { advantageEstimates } from "./advantages.js";
import { ensembleStep } from "./ensemble-step.js";
import type { PeerScale } from "./peer-work.js";
import { fisherProduct, policyGradient } from "./policy-sums.js";
import { rolloutStep } from "./rollout-step.js";
import { sacUpdate } from "./sac-update.js";
import { valueFit } from "./value-fit.js";

/** What is compared, by the names that `--only` looks in. */
export const WORKS = {
  ensembleStep,
  rolloutStep,
  fisherProduct,
  policyGradient,
  valueFit,
  advantageEstimates,
  sacUpdate,
};
/** The paper's sizes. */
export const FULL_PEERS: PeerScale = {
  ...FULL,
  gradientRows: 204_800,
  valueRows: 25_600,
  advantages: { steps: 500, trajectories: 800 },
};
/** Small ones that only show that it runs. */
export const QUICK_PEERS: PeerScale = {
  ...QUICK,
  gradientRows: 8192,
  valueRows: 1280,
  advantages: { steps: 20, trajectories: 10 },
};
