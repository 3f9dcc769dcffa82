import type { Compute } from "../dist/compute/engine.js";
import type { Work } from "./timing.js";

/** Sizes of a bench: those of the paper, or small ones that only show that it runs. */
export interface Scale {
  /** N_init: rows of the tables that the ensemble is fitted to. */
  readonly samples: number;
  /** Gradient steps of a timed fit. */
  readonly gradientSteps: number;
  /** N_τ: rollouts in each member. */
  readonly trajectories: number;
  /** Steps of a timed rollout. */
  readonly rolloutSteps: number;
  /** Rows of a Fisher-vector product. */
  readonly fisherRows: number;
  /** Widths of the model's hidden layers. */
  readonly modelHidden: readonly number[];
  /** Widths of the hidden layers of actor and critics. */
  readonly actorCriticHidden: readonly number[];
  /** A planner's candidates, the steps of a plan, and the model's hidden layers. */
  readonly planner: { readonly population: number; readonly horizon: number; readonly hidden: readonly number[] };
}

/** Work with a known number of floating-point operations, and how near to the arithmetic floor it has to be. */
export interface FloorClaim extends Work {
  readonly unit: string;
  /** How many units a run is. */
  readonly units: number;
  /** Of matrix products, in a whole run. */
  readonly flops: number;
  /** Largest ratio of its time to that of the flops at the measured peak. */
  readonly target: number;
  /** Whether it runs on one engine alone, and is compared with that; absent: on all. */
  readonly alone?: boolean;
}

/** A claim by its sizes and engines. Its data are random but the same each time. */
export type MakeFloorClaim = (compute: Compute, scale: Scale) => Promise<FloorClaim>;

/** Two ways to one result, the first of which is ours. */
export interface SideBySide {
  readonly ours: Work;
  readonly other: Work;
}
