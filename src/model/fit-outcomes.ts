import { cached } from "../compute/cached.js";
import type { Compute } from "../compute/engine.js";
import type { Node } from "../compute/node.js";
import { add, mean, mul, reshape, slice, softplus, square, sub, sum } from "../compute/operators.js";
import { shareOut } from "../compute/share.js";
import { DivergenceError } from "../errors/errors.js";
import { allFinite } from "../math/vector.js";
import type { Space } from "../mdp/task.js";
import { type Descent, descend, descent } from "../nn/descent.js";
import { mlp } from "../nn/mlp.js";
import { lastEpochLoss, type RegressionData } from "../nn/regression.js";
import type { Rng } from "../random/rng.js";
import { deltas, type ModelData, type ModelScaling } from "./ensemble.js";
import {
  type OutcomeEnsemble,
  type OutcomePart,
  type OutcomeShape,
  outcomeLayout,
  outcomeNetwork,
  outcomeScaling,
  partOf,
} from "./outcome-ensemble.js";

/** How such an ensemble is fitted; names as in the settings. */
export interface OutcomeFitSettings {
  /** Rows of a minibatch, shared out among the members. */
  readonly batchSize: number;
  readonly learningRate: number;
  /** λ: ½ λ ‖φ‖² is added to the loss of a member. */
  readonly weightDecay: number;
  readonly standardized: boolean;
}

/** What it is fitted to: real steps, and where they ended. */
export interface OutcomeData extends ModelData {
  /** 1 where s′ is terminal, [size]. */
  readonly terminal: Uint8Array;
}

/**
 * The loss of one member, mean over the minibatch of
 *
 *   ½ ‖f(s, a) − Δ‖² + ½ (r̂(s, a, s′) − r)² + log(1 + e^l) − d l,   l the logit of d̂(s, a, s′)
 *
 * with the s′ of the world. Σ over the entries of Δ, in units of σ_Δ.
 *
 * @param inputs (s, a, s′) normalised, [rows, 2n + m]
 * @param targets (Δ, r, d), [rows, n + 2]
 * @param weights 0 for an entry that never changes, [n + 2]
 */
export function outcomeLoss(
  shape: OutcomeShape,
  parameters: readonly Node[],
  inputs: Node,
  targets: Node,
  weights: Node,
): Node {
  const { observationSize: n, actionSize: m } = shape;
  const own = (part: OutcomePart, x: Node) => mlp(outcomeNetwork(shape, part), partOf(shape, part, parameters), x);
  const wanted = (from: number, to: number) => slice(targets, 1, from, to);
  const weight = (from: number, to: number) => slice(weights, 0, from, to);
  const squares = (said: Node, from: number, to: number) =>
    mul(sum(mul(square(sub(said, wanted(from, to))), weight(from, to)), [1]), 0.5);
  const logit = reshape(own("end", inputs), [inputs.shape[0]]);
  const ends = sub(softplus(logit), mul(logit, reshape(wanted(n + 1, n + 2), [inputs.shape[0]])));
  const moves = squares(own("dynamics", slice(inputs, 1, 0, n + m)), 0, n);
  return mean(add(add(moves, squares(own("reward", inputs), n, n + 1)), ends));
}

/** Rows of a minibatch that each member has. */
export const rowsOfMember = (batchSize: number, members: number): number =>
  Math.max(1, Math.round(batchSize / members));

const outcomeDescent = (shape: OutcomeShape, batchSize: number, weightDecay: number): Descent =>
  cached(["fit outcomes", shape, batchSize, weightDecay], () =>
    descent("fit outcomes", {
      layout: outcomeLayout(shape),
      inputSize: 2 * shape.observationSize + shape.actionSize,
      targetSize: shape.observationSize + 2,
      batchSize,
      loss: (parameters, inputs, targets, weights) => outcomeLoss(shape, parameters, inputs, targets, weights),
      decay: weightDecay === 0 ? { kind: "none" } : { kind: "penalty", weight: weightDecay },
    }),
  );

/** The normalised problem. */
function outcomeProblem(data: OutcomeData, scaling: ModelScaling): RegressionData {
  const { size, observations, actions, next, rewards, terminal } = data;
  const [n, m] = [observations.length / size, actions.length / size];
  const { inputShift, inputFactor, deltaShift, deltaScale, rewardShift, rewardScale } = scaling;
  const [width, outputs] = [2 * n + m, n + 2];
  const [inputs, targets, changes] = [new Float32Array(size * width), new Float32Array(size * outputs), deltas(data)];
  for (let row = 0; row < size; row++) {
    for (let i = 0; i < width; i++) {
      const [of, at] =
        i < n ? [observations, row * n + i] : i < n + m ? [actions, row * m + i - n] : [next, row * n + i - n - m];
      const place = i < n + m ? i : i - n - m; // s′ like s
      inputs[row * width + i] = (of[at] - inputShift[place]) * inputFactor[place];
    }
    for (let i = 0; i < n; i++)
      targets[row * outputs + i] = deltaScale[i] === 0 ? 0 : (changes[row * n + i] - deltaShift[i]) / deltaScale[i];
    targets[row * outputs + n] = rewardScale === 0 ? 0 : (rewards[row] - rewardShift) / rewardScale;
    targets[row * outputs + n + 1] = terminal[row];
  }
  const weights = Float32Array.from({ length: outputs }, (_, i) => (i < n && deltaScale[i] === 0 ? 0 : 1));
  return { samples: size, inputs, targets, weights };
}

/**
 * Takes gradient steps from where each member is, members in parallel on the engines: each has its share of a minibatch,
 * rows drawn with replacement from its own stream of rng.
 *
 * @throws {DivergenceError} where a loss or weight is no longer finite
 */
export async function fitOutcomes(
  compute: Compute,
  ensemble: OutcomeEnsemble,
  data: OutcomeData,
  space: Space,
  steps: number,
  settings: OutcomeFitSettings,
  rng: Rng,
  onSteps?: (done: number, total: number) => void,
): Promise<{ readonly ensemble: OutcomeEnsemble; readonly loss: number }> {
  const { shape, members } = ensemble;
  const scaling = outcomeScaling(data, space, settings.standardized);
  const problem = outcomeProblem(data, scaling);
  const batchSize = rowsOfMember(settings.batchSize, members.length);
  const fit = outcomeDescent(shape, batchSize, settings.weightDecay);
  const rate = { from: settings.learningRate, to: settings.learningRate };
  const done = members.map(() => 0);
  const fitted = await shareOut(compute, members, async (engine, member, i) => {
    const own = rng.stream("member", i);
    const order = Int32Array.from({ length: steps * batchSize }, () => own.integer(data.size));
    const { learner, losses } = await descend(engine, fit, member, problem, order, rate, (own) => {
      done[i] = own;
      onSteps?.(
        done.reduce((a, b) => a + b, 0),
        steps * members.length,
      );
    });
    const loss = lastEpochLoss(losses, data.size, batchSize);
    if (!Number.isFinite(loss) || !allFinite(learner.parameters)) {
      throw new DivergenceError(
        `model player, member ${i}`,
        `the fit's loss is ${loss} after ${steps} gradient steps`,
        "Lower outcomes.learningRate, set outcomes.standardized=true, or look for outliers in the task's observations",
      );
    }
    return { learner, loss };
  });
  return {
    ensemble: { ...ensemble, scaling, members: fitted.map(({ learner }) => learner) },
    loss: fitted.reduce((sum, { loss }) => sum + loss, 0) / fitted.length,
  };
}
