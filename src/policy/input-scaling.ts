import type { Node } from "../compute/node.js";
import { mul, sub } from "../compute/operators.js";
import { type ColumnStatistics, columnStatistics } from "../math/statistics.js";
import type { Experience } from "../mdp/experience.js";

/** How observations enter a network: (s − shift) · factor. */
export interface InputScaling {
  /** [observation size] */
  readonly shift: Float32Array;
  /** [observation size] */
  readonly factor: Float32Array;
}

/** Its nodes, [observation size] each. */
export interface ScalingNodes {
  readonly shift: Node;
  readonly factor: Node;
}

export const scaled = (observations: Node, { shift, factor }: ScalingNodes): Node =>
  mul(sub(observations, shift), factor);

/** Inputs standardised by data; entries that never change keep factor 1. */
export function standardized({ observations, observationSize }: Experience): InputScaling {
  return inUnitsOf(columnStatistics(observations, observationSize, "std"));
}

/** Inputs less their mean in units of their spread; entries that never change keep factor 1. */
export const inUnitsOf = ({ mean, spread }: ColumnStatistics): InputScaling => ({
  shift: Float32Array.from(mean),
  factor: Float32Array.from(spread, (s) => (s > 1e-8 ? 1 / s : 1)),
});
