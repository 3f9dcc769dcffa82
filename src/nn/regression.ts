import type { Engine } from "../compute/engine.js";
import { add, mean, mul, square, sub, sum } from "../compute/operators.js";
import { permutation, type Rng } from "../random/rng.js";
import { type AdamState, initialAdam } from "./adam.js";
import { type Descent, descend, descent } from "./descent.js";
import { type MlpShape, mlp, mlpLayout } from "./mlp.js";

/** Parameters of a network and the state of its optimiser. */
export interface Learner {
  readonly parameters: Float32Array;
  readonly adam: AdamState;
}

/** A network of these parameters whose optimiser has seen nothing. */
export const freshLearner = (parameters: Float32Array): Learner => ({
  parameters,
  adam: initialAdam(parameters.length),
});

/** What a network is fitted to: targets [samples, outputs] of inputs [samples, inputs], each output with a weight. */
export interface RegressionData {
  readonly samples: number;
  readonly inputs: Float32Array;
  readonly targets: Float32Array;
  /** Weight of each output's squared error, [outputs]. */
  readonly weights: Float32Array;
  /** φ_k, as the parameters: with a proximal step alone. */
  readonly anchor?: Float32Array;
}

export interface RegressionSettings {
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  /** Where the step size goes to over a fit, on a straight line; absent or null, it stays. */
  readonly finalLearningRate?: number | null;
  readonly weightDecay: number;
  /** β: parameters stay near those of `RegressionData.anchor`, the more the smaller; absent or null: wherever the data lead. */
  readonly proximalStep?: number | null;
  /** Bounds on the number of gradient steps; default none. */
  readonly minSteps?: number;
  readonly maxSteps?: number;
}

/** Least squares by minibatch Adam. */
export type Regression = Descent;

/**
 * Loss = mean over the batch of Σ weight · (f(x) − y)² / outputs, and with a proximal step ‖φ − φ_k‖² / 2β; to its gradients
 * comes `weightDecay` · parameter.
 */
export const regression = (
  name: string,
  shape: MlpShape,
  { batchSize, weightDecay, proximalStep: beta }: RegressionSettings,
): Regression =>
  descent(name, {
    layout: mlpLayout(shape),
    inputSize: shape.inputSize,
    targetSize: shape.outputSize,
    batchSize,
    ...(beta != null && { context: mlpLayout(shape) }),
    loss(parameters, inputs, targets, weights, anchor) {
      const errors = mul(square(sub(mlp(shape, parameters, inputs), targets)), weights);
      const loss = mul(mean(sum(errors, [1])), 1 / shape.outputSize);
      if (beta == null) return loss;
      const squares = parameters.map((parameter, i) => sum(square(sub(parameter, anchor[i])))).reduce(add);
      return add(loss, mul(squares, 0.5 / beta));
    },
    decay: weightDecay === 0 ? { kind: "none" } : { kind: "penalty", weight: weightDecay },
  });

/** How many gradient steps `epochs` passes take, within the bounds. */
export function gradientSteps(
  samples: number,
  { epochs, batchSize, minSteps = 1, maxSteps = Number.POSITIVE_INFINITY }: RegressionSettings,
): number {
  return Math.min(Math.max(Math.ceil((epochs * samples) / batchSize), minSteps), maxSteps);
}

/** How many rows those steps draw: whole epochs where no bound cuts or stretches them. */
export function drawCount(samples: number, settings: RegressionSettings): number {
  const total = gradientSteps(samples, settings);
  const exact = total === Math.ceil((settings.epochs * samples) / settings.batchSize);
  return exact ? settings.epochs * samples : total * settings.batchSize;
}

/** Random orders of 0 … samples − 1, one after the other without a gap, so that no remainder of an epoch is lost. */
function drawOrder(samples: number, draws: number, rng: Rng): Int32Array {
  const order = new Int32Array(draws);
  for (let start = 0; start < draws; start += samples) {
    const epoch = permutation(samples, rng);
    order.set(epoch.subarray(0, Math.min(samples, draws - start)), start);
  }
  return order;
}

/**
 * Fits from `start`, which stays as it is. Minibatches run through reshuffled epochs. Draws from rng.
 *
 * @param onSteps hears how many gradient steps are done
 * @returns the fitted learner, and the mean minibatch loss of the last epoch
 */
export async function fitRegression(
  engine: Engine,
  fitted: Regression,
  start: Learner,
  data: RegressionData,
  settings: RegressionSettings,
  rng: Rng,
  onSteps?: (done: number) => void,
): Promise<{ readonly learner: Learner; readonly loss: number; readonly steps: number }> {
  const { samples } = data;
  const order = drawOrder(samples, drawCount(samples, settings), rng);
  const { learningRate, finalLearningRate } = settings;
  const rate = { from: learningRate, to: finalLearningRate ?? learningRate };
  const given = data.anchor === undefined ? data : { ...data, context: data.anchor };
  const { learner, losses } = await descend(engine, fitted, start, given, order, rate, onSteps);
  return { learner, loss: lastEpochLoss(losses, samples, settings.batchSize), steps: gradientSteps(samples, settings) };
}

/** Mean loss of the minibatches that make up the last pass over the samples, or of all where there are fewer. */
export function lastEpochLoss(losses: readonly number[], samples: number, batchSize: number): number {
  const epoch = Math.min(losses.length, Math.ceil(samples / batchSize));
  return losses.slice(-epoch).reduce((a, b) => a + b, 0) / epoch;
}
