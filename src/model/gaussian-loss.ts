import type { Node } from "../compute/node.js";
import { add, detach, exp, maximum, mean, minimum, mul, neg, square, sub, sum } from "../compute/operators.js";
import type { Predicted } from "./gaussian-network.js";

/** How errors of a prediction count. */
export interface LossSettings {
  readonly loss: "gaussian" | "squared" | "huber";
  /** Errors beyond so many σ_Δ count by their size, no longer by its square (Huber 1964). */
  readonly huberThreshold: number;
}

/**
 * Mean over the minibatch and the outputs, with a weight each, of
 *
 *   gaussian   ½ (y − mean)² / σ² + log σ            the negative log likelihood, but for a constant
 *   squared    ½ (y − mean)²
 *   huber      ½ c² + d (|y − mean| − c), c = min(|y − mean|, d)
 *
 * Where there is noise, the last two add the likelihood of σ alone: errors as they are, through which no derivative flows.
 */
export function gaussianLoss(
  { mean: predictedMean, logStd }: Predicted,
  targets: Node,
  weights: Node,
  { loss, huberThreshold }: LossSettings,
): Node {
  const error = sub(targets, predictedMean);
  const likelihood = (squares: Node, log: Node) => add(mul(mul(squares, exp(mul(log, -2))), 0.5), log);
  const outputs = weights.shape[0] as number;
  const meanOf = (errors: Node) => mul(mean(sum(mul(errors, weights), [1])), 1 / outputs);
  if (loss === "gaussian" && logStd !== undefined) return meanOf(likelihood(square(error), logStd));
  const own = loss === "huber" ? huber(error, huberThreshold) : mul(square(error), 0.5);
  return meanOf(logStd === undefined ? own : add(own, likelihood(detach(square(error)), logStd)));
}

function huber(error: Node, threshold: number): Node {
  const distance = maximum(error, neg(error));
  const near = minimum(distance, threshold);
  return add(mul(square(near), 0.5), mul(sub(distance, near), threshold));
}
