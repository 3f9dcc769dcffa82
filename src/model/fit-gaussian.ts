import { cached } from "../compute/cached.js";
import type { Compute } from "../compute/engine.js";
import type { Node } from "../compute/node.js";
import { add, mul } from "../compute/operators.js";
import { shareOut } from "../compute/share.js";
import { DivergenceError } from "../errors/errors.js";
import { allFinite } from "../math/vector.js";
import type { Space } from "../mdp/task.js";
import { type Descent, descend, descent } from "../nn/descent.js";
import { lastEpochLoss, type RegressionData } from "../nn/regression.js";
import type { Rng } from "../random/rng.js";
import { deltas, type ModelData, type ModelScaling, stateActions } from "./ensemble.js";
import { type GaussianEnsemble, gaussianScaling } from "./gaussian-ensemble.js";
import { gaussianLoss, type LossSettings } from "./gaussian-loss.js";
import {
  boundsPenalty,
  type GaussianShape,
  gaussianLayout,
  isDecayed,
  outputSize,
  predicted,
} from "./gaussian-network.js";
import { endWeight } from "./learned-ends.js";

/** How a Gaussian ensemble is fitted; names as in the settings. */
export interface GaussianFitSettings extends LossSettings {
  readonly batchSize: number;
  readonly learningRate: number;
  readonly finalLearningRate: number;
  readonly weightDecay: number;
  readonly rangeMargin: number;
  /** Whether each member has its own resample of the data, with replacement, anew in each fit. */
  readonly bootstrap: boolean;
}

/** The loss, with what learned bounds add to it: the likelihood is half of what their weight was chosen beside. */
const fitLoss = (shape: GaussianShape, parameters: readonly Node[], likelihood: Node): Node =>
  shape.learnedBounds === undefined ? likelihood : add(likelihood, mul(boundsPenalty(parameters), 0.5));

/** Steps of AdamW on minibatches of one member. */
export const gaussianDescent = (
  shape: GaussianShape,
  settings: Omit<GaussianFitSettings, "rangeMargin" | "bootstrap">,
): Descent => {
  const { batchSize, weightDecay, loss, huberThreshold } = settings;
  return cached(["fit gaussian", shape, batchSize, weightDecay, loss, huberThreshold], () =>
    descent("fit gaussian", {
      layout: gaussianLayout(shape),
      inputSize: shape.observationSize + shape.actionSize,
      targetSize: outputSize(shape),
      batchSize,
      loss: (parameters, inputs, targets, weights) =>
        fitLoss(shape, parameters, gaussianLoss(predicted(shape, parameters, inputs), targets, weights, settings)),
      decay: weightDecay === 0 ? { kind: "none" } : { kind: "decoupled", weight: weightDecay, of: isDecayed },
    }),
  );
};

/** The normalised problem: (s, a) → Δ, and reward and ends where they are learned; an entry that never changes has no weight. */
export function gaussianData(
  data: ModelData,
  scaling: ModelScaling,
  { learnsReward, learnsEnds }: Pick<GaussianShape, "learnsReward" | "learnsEnds">,
): RegressionData {
  const { inputShift, inputFactor, deltaShift, deltaScale, rewardShift, rewardScale } = scaling;
  const [n, width] = [deltaScale.length, inputShift.length];
  const ends = learnsEnds ? data.terminal! : undefined;
  const shifts = [...deltaShift, ...(learnsReward ? [rewardShift] : []), ...(ends ? [0] : [])];
  const scales = [...deltaScale, ...(learnsReward ? [rewardScale] : []), ...(ends ? [1] : [])];
  const factors = scales.map((scale) => (scale === 0 ? 0 : 1 / scale));
  const inputs = stateActions(data);
  for (let i = 0; i < inputs.length; i++) inputs[i] = (inputs[i] - inputShift[i % width]) * inputFactor[i % width];
  const changes = deltas(data);
  const outputs = shifts.length;
  const targets = new Float32Array(data.size * outputs);
  for (let row = 0; row < data.size; row++) {
    for (let i = 0; i < outputs; i++) {
      const isEnd = ends !== undefined && i === outputs - 1;
      const raw = i < n ? changes[row * n + i] : isEnd ? ends[row] : data.rewards[row];
      targets[row * outputs + i] = (raw - shifts[i]) * factors[i];
    }
  }
  const weights = Float32Array.from(factors, (x) => (x === 0 ? 0 : 1));
  if (ends !== undefined) weights[outputs - 1] = endWeight(ends);
  return { samples: data.size, inputs, targets, weights };
}

/** So many rows, drawn with replacement. Draws from rng. */
const resample = (size: number, rng: Rng): Int32Array => Int32Array.from({ length: size }, () => rng.integer(size));

/**
 * Takes gradient steps from where each member is, members in parallel on the engines. Rows of a member's minibatches are
 * drawn with replacement from its own stream of rng.
 *
 * @throws {DivergenceError} where a loss or weight is no longer finite
 */
export async function fitGaussianEnsemble(
  compute: Compute,
  ensemble: GaussianEnsemble,
  data: ModelData,
  space: Space,
  steps: number,
  settings: GaussianFitSettings,
  rng: Rng,
  onSteps?: (done: number, total: number) => void,
): Promise<{ readonly ensemble: GaussianEnsemble; readonly loss: number }> {
  const { shape, members } = ensemble;
  const scaling = gaussianScaling(data, space, settings.rangeMargin);
  const problem = gaussianData(data, scaling, shape);
  const rate = { from: settings.learningRate, to: settings.finalLearningRate };
  const done = members.map(() => 0);
  const fitted = await shareOut(compute, members, async (engine, member, i) => {
    const own = rng.stream("member", i);
    const order = new Int32Array(steps * settings.batchSize);
    const rows = settings.bootstrap ? resample(data.size, own.stream("bootstrap")) : undefined;
    for (let draw = 0; draw < order.length; draw++) {
      const row = own.integer(data.size);
      order[draw] = rows === undefined ? row : rows[row];
    }
    const fit = gaussianDescent(shape, settings);
    const { learner, losses } = await descend(engine, fit, member, problem, order, rate, (own) => {
      done[i] = own;
      onSteps?.(
        done.reduce((a, b) => a + b, 0),
        steps * members.length,
      );
    });
    const loss = lastEpochLoss(losses, data.size, settings.batchSize);
    if (!Number.isFinite(loss) || !allFinite(learner.parameters)) {
      throw new DivergenceError(
        `model player, member ${i}`,
        `the fit's loss is ${loss} after ${steps} gradient steps`,
        "Lower gaussian.learningRate, or look for outliers in the task's observations",
      );
    }
    return { learner, loss };
  });
  return {
    ensemble: { ...ensemble, scaling, members: fitted.map(({ learner }) => learner) },
    loss: fitted.reduce((sum, { loss }) => sum + loss, 0) / fitted.length,
  };
}
