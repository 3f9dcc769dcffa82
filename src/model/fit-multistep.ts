import { cached } from "../compute/cached.js";
import type { Compute } from "../compute/engine.js";
import type { Node } from "../compute/node.js";
import { add, clip, concat, maximum, mean, mul, slice, sqrt, square, sub, sum } from "../compute/operators.js";
import { shareOut } from "../compute/share.js";
import { DivergenceError } from "../errors/errors.js";
import { allFinite } from "../math/vector.js";
import type { ActionBox } from "../mdp/action-box.js";
import type { Space } from "../mdp/task.js";
import { type Descent, descend, descent } from "../nn/descent.js";
import { type Layout, layout } from "../nn/layout.js";
import { mlp, mlpLayout } from "../nn/mlp.js";
import { lastEpochLoss, type RegressionData } from "../nn/regression.js";
import type { Rng } from "../random/rng.js";
import { dynamicsNetwork, type Ensemble, type ModelData, type ModelScaling, modelScaling } from "./ensemble.js";

/** How an ensemble is fitted over several steps; names as in the settings. */
export interface MultistepSettings {
  /** H: steps that the model goes on from its own prediction. */
  readonly horizon: number;
  /** Length of the error of a step, or its square. */
  readonly loss: "norm" | "squared";
  readonly batchSize: number;
  readonly learningRate: number;
  /** λ: ½ λ ‖φ‖² is added to the loss. */
  readonly weightDecay: number;
  /** Longest gradient. */
  readonly clipNorm: number;
}

/** Real steps in the order in which they were gathered. */
export interface SuccessiveSteps extends ModelData {
  /** Number of the episode of each row, [size]. */
  readonly episode: Int32Array;
}

/** Mean squares below this have no derivative: the length of an error that is none. */
const LEAST_SQUARE = 1e-12;

/** What of a normalisation the loss takes, [n] each: a step of the network in units of σ_s, and where states stay. */
const contextLayout = (n: number): Layout =>
  layout(["scale", "shift", "low", "high"].map((name) => ({ name, shape: [n] })));

/**
 * The loss of a member (Luo et al. 2019, section 5.1), mean over windows of H successive real steps:
 *
 *   1/H Σ_{h<H} ‖ f(ŝ_h, a_h) − (s_{h+1} − s_h) ‖,   ŝ_0 = s_0,   ŝ_{h+1} = ŝ_h + f(ŝ_h, a_h)
 *
 * in units of σ_Δ, a length being √(mean over entries of squares). Where an episode ended within a window, ŝ begins again at
 * the real state.
 *
 * @param inputs for each step s_h and a_h normalised, and 1 where ŝ begins again, [windows, H (n + m + 1)]
 * @param targets for each step its change in units of σ_Δ, [windows, H n]
 * @param context as `contextLayout` orders it
 */
export function multistepLoss(
  { observationSize: n, actionSize: m, hidden }: Ensemble["shape"],
  { horizon, loss }: Pick<MultistepSettings, "horizon" | "loss">,
  parameters: readonly Node[],
  inputs: Node,
  targets: Node,
  weights: Node,
  [scale, shift, low, high]: readonly Node[],
): Node {
  const network = dynamicsNetwork({ observationSize: n, actionSize: m, hidden, rewardHidden: null });
  const width = n + m + 1;
  const lengths: Node[] = [];
  let predicted: Node | undefined;
  for (let h = 0; h < horizon; h++) {
    const at = (from: number, to: number) => slice(inputs, 1, h * width + from, h * width + to);
    const real = at(0, n);
    const s: Node = predicted === undefined ? real : add(predicted, mul(at(n + m, width), sub(real, predicted)));
    const change = mlp(network, parameters, concat([s, at(n, n + m)], 1));
    const error = sub(change, slice(targets, 1, h * n, (h + 1) * n));
    const squares = mul(sum(mul(square(error), slice(weights, 0, h * n, (h + 1) * n)), [1]), 1 / n);
    lengths.push(loss === "norm" ? sqrt(maximum(squares, LEAST_SQUARE)) : squares);
    predicted = clip(add(s, add(mul(change, scale), shift)), low, high);
  }
  return mul(mean(lengths.reduce(add)), 1 / horizon);
}

/** The normalisation: states and changes standardised, actions in units of the half-width of their box. */
export function multistepScaling(data: ModelData, space: Space, box: ActionBox): ModelScaling {
  const own = modelScaling(data, space, { scale: "std", centerDelta: true });
  const n = space.size;
  return {
    ...own,
    inputShift: own.inputShift.map((x, i) => (i < n ? x : box.centre[i - n])),
    inputFactor: own.inputFactor.map((x, i) => (i < n ? x : box.halfWidth[i - n] === 0 ? 0 : 1 / box.halfWidth[i - n])),
  };
}

/** The normalised problem: a row for each window of H successive rows of D. */
export function multistepProblem(
  data: SuccessiveSteps,
  scaling: ModelScaling,
  horizon: number,
): RegressionData & { readonly context: Float32Array } {
  const { size, observations, actions, next, episode } = data;
  const [n, m] = [observations.length / size, actions.length / size];
  const { inputShift, inputFactor, deltaShift, deltaScale, low, high } = scaling;
  const samples = Math.max(1, size - horizon + 1);
  const width = n + m + 1;
  const inputs = new Float32Array(samples * horizon * width);
  const targets = new Float32Array(samples * horizon * n);
  for (let i = 0; i < samples; i++) {
    for (let h = 0; h < horizon; h++) {
      const row = Math.min(i + h, size - 1); // of fewer rows than a window, the last again
      const [to, aim] = [(i * horizon + h) * width, (i * horizon + h) * n];
      for (let j = 0; j < n; j++) {
        const s = observations[row * n + j];
        inputs[to + j] = (s - inputShift[j]) * inputFactor[j];
        targets[aim + j] = deltaScale[j] === 0 ? 0 : (next[row * n + j] - s - deltaShift[j]) / deltaScale[j];
      }
      for (let j = 0; j < m; j++) inputs[to + n + j] = (actions[row * m + j] - inputShift[n + j]) * inputFactor[n + j];
      inputs[to + n + m] = h > 0 && row === i + h && episode[row] === episode[row - 1] ? 0 : 1;
    }
  }
  const moves = (of: (j: number) => number) =>
    Float32Array.from({ length: n }, (_, j) => (inputFactor[j] === 0 ? 0 : of(j) * inputFactor[j]));
  const parts = [
    moves((j) => deltaScale[j]),
    moves((j) => (deltaScale[j] === 0 ? 0 : deltaShift[j])),
    moves((j) => low[j] - inputShift[j]),
    moves((j) => high[j] - inputShift[j]),
  ];
  return {
    samples,
    inputs,
    targets,
    weights: Float32Array.from({ length: horizon * n }, (_, i) => (deltaScale[i % n] === 0 ? 0 : 1)),
    context: Float32Array.from(parts.flatMap((part) => Array.from(part))),
  };
}

const multistepDescent = (shape: Ensemble["shape"], settings: MultistepSettings): Descent =>
  cached(["fit multistep", shape, settings], () =>
    descent("fit multistep", {
      layout: mlpLayout(dynamicsNetwork(shape)),
      inputSize: settings.horizon * (shape.observationSize + shape.actionSize + 1),
      targetSize: settings.horizon * shape.observationSize,
      batchSize: settings.batchSize,
      context: contextLayout(shape.observationSize),
      clipNorm: settings.clipNorm,
      loss: (parameters, inputs, targets, weights, context) =>
        multistepLoss(shape, settings, parameters, inputs, targets, weights, context),
      decay: settings.weightDecay === 0 ? { kind: "none" } : { kind: "penalty", weight: settings.weightDecay },
    }),
  );

/**
 * Takes gradient steps from where each member is, members in parallel on the engines; windows are drawn with replacement
 * from each member's own stream of rng.
 *
 * @throws {DivergenceError} where a loss or weight is no longer finite
 */
export async function fitMultistep(
  compute: Compute,
  ensemble: Ensemble,
  data: SuccessiveSteps,
  scaling: ModelScaling,
  steps: number,
  settings: MultistepSettings,
  rng: Rng,
  onSteps?: (done: number, total: number) => void,
): Promise<{ readonly ensemble: Ensemble; readonly loss: number }> {
  const { shape, members } = ensemble;
  const { horizon, loss, batchSize, learningRate, weightDecay, clipNorm } = settings;
  const problem = multistepProblem(data, scaling, horizon);
  const fit = multistepDescent(shape, { horizon, loss, batchSize, learningRate, weightDecay, clipNorm });
  const done = members.map(() => 0);
  const fitted = await shareOut(compute, members, async (engine, { dynamics }, i) => {
    const own = rng.stream("member", i);
    const order = Int32Array.from({ length: steps * batchSize }, () => own.integer(problem.samples));
    const rate = { from: learningRate, to: learningRate };
    const { learner, losses } = await descend(engine, fit, dynamics, problem, order, rate, (own) => {
      done[i] = own;
      onSteps?.(
        done.reduce((a, b) => a + b, 0),
        steps * members.length,
      );
    });
    const last = lastEpochLoss(losses, problem.samples, batchSize);
    if (!Number.isFinite(last) || !allFinite(learner.parameters)) {
      throw new DivergenceError(
        `model player, member ${i}`,
        `the fit's loss is ${last} after ${steps} gradient steps`,
        "Lower multistep.learningRate, or look for outliers in the task's observations",
      );
    }
    return { member: { dynamics: learner, reward: null }, loss: last };
  });
  return {
    ensemble: { ...ensemble, scaling, members: fitted.map(({ member }) => member) },
    loss: fitted.reduce((total, { loss: own }) => total + own, 0) / fitted.length,
  };
}
