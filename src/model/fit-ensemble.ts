import { cached } from "../compute/cached.js";
import type { Compute } from "../compute/engine.js";
import { shareOut } from "../compute/share.js";
import { DivergenceError } from "../errors/errors.js";
import { allFinite, takeRows } from "../math/vector.js";
import type { Space } from "../mdp/task.js";
import type { MlpShape } from "../nn/mlp.js";
import {
  fitRegression,
  gradientSteps,
  type RegressionData,
  type RegressionSettings,
  regression,
} from "../nn/regression.js";
import type { Rng } from "../random/rng.js";
import {
  deltas,
  dynamicsNetwork,
  type Ensemble,
  initialMember,
  type Member,
  type ModelData,
  type ModelScaling,
  modelScaling,
  rewardNetwork,
  stateActions,
} from "./ensemble.js";
import { ensembleModel } from "./ensemble-model.js";
import { rewardRegressionData } from "./learned-reward.js";
import { type MirrorSettings, mirrored } from "./mirror-step.js";

/** How an ensemble is fitted; names as in the settings. */
export interface FitSettings extends Partial<MirrorSettings> {
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly minGradientSteps: number;
  readonly maxGradientSteps: number;
  readonly loss: "raw" | "normalized";
  readonly centerDelta: boolean;
  /** Predicted states stay within so many σ of the data's mean; default 100. */
  readonly reach?: number;
  readonly scale: "std" | "mean-absolute";
  readonly bootstrap: boolean;
  readonly warmStart: boolean;
}

export interface FittedEnsemble {
  readonly ensemble: Ensemble;
  /** Mean training loss of the last epoch, averaged over members. */
  readonly loss: number;
  /** Gradient steps of each member. */
  readonly steps: number;
}

/**
 * min_φ E ‖Δ − σ_Δ · MLP_φ(·)‖² for each member (App. B, model details), members in parallel on the engines. The
 * network learns Δ/σ_Δ; weight σ_Δ² per entry gives the paper's raw loss, weight 1 the normalised one.
 */
function dynamicsRegressionData(data: ModelData, scaling: ModelScaling, loss: "raw" | "normalized"): RegressionData {
  const { inputShift, inputFactor, deltaShift, deltaScale } = scaling;
  const [width, n] = [inputShift.length, deltaScale.length];
  return {
    samples: data.size,
    inputs: stateActions(data).map((x, i) => (x - inputShift[i % width]) * inputFactor[i % width]),
    targets: deltas(data).map((x, i) => (deltaScale[i % n] === 0 ? 0 : (x - deltaShift[i % n]) / deltaScale[i % n])),
    weights: deltaScale.map((s) => (s === 0 ? 0 : loss === "raw" ? s * s : 1)),
  };
}

/** As many rows drawn with replacement: another data set of the same kind. Draws from rng. */
function resampled(data: RegressionData, rng: Rng): RegressionData {
  const rows = Array.from({ length: data.samples }, () => rng.integer(data.samples));
  const take = (table: Float32Array) => takeRows(table, table.length / data.samples, rows);
  return { ...data, inputs: take(data.inputs), targets: take(data.targets) };
}

/**
 * Fits every member to the data, or near what it was, where the settings say so: the first fit, which has nothing to stay
 * near, is a plain one, and so are those of a learned reward. A member's minibatch order (and resample) is its own stream of rng.
 *
 * @throws {DivergenceError} where a loss or weight is no longer finite
 */
export async function fitEnsemble(
  compute: Compute,
  ensemble: Ensemble,
  data: ModelData,
  space: Space,
  settings: FitSettings,
  rng: Rng,
  onSteps?: (done: number, total: number) => void,
): Promise<FittedEnsemble> {
  const { shape } = ensemble;
  const scaling = modelScaling(data, space, settings);
  const dynamicsData = dynamicsRegressionData(data, scaling, settings.loss);
  const rewardData = shape.rewardHidden === null ? null : rewardRegressionData(data, scaling, shape.learnsEnds);
  const bounds: RegressionSettings = {
    epochs: settings.epochs,
    batchSize: settings.batchSize,
    learningRate: settings.learningRate,
    weightDecay: 0,
    minSteps: settings.minGradientSteps,
    maxSteps: settings.maxGradientSteps,
  };
  const beta = ensemble.seenSamples === 0 ? null : (settings.stepSize ?? null);
  const near = beta === null ? "nothing" : (settings.near ?? "predictions");
  const before = ensembleModel(ensemble);
  const total = gradientSteps(data.size, bounds) * ensemble.members.length;
  const done = ensemble.members.map(() => 0);
  const fitted = await shareOut(compute, ensemble.members, async (engine, member, i) => {
    const own = rng.stream("member", i);
    const { dynamics, reward } = settings.warmStart ? member : initialMember(shape, own.stream("restart"));
    const fitNetwork = (
      name: string,
      network: MlpShape,
      start: typeof dynamics,
      given: RegressionData,
      how: RegressionSettings,
      listen?: (steps: number) => void,
    ) => {
      const used = settings.bootstrap ? resampled(given, own.stream("bootstrap")) : given;
      return fitRegression(
        engine,
        cached([name, network, how], () => regression(name, network, how)),
        start,
        used,
        how,
        own.stream(name),
        listen,
      );
    };
    const towards =
      near === "predictions"
        ? dynamicsRegressionData(await mirrored(engine, before.members[i], data, beta!), scaling, settings.loss)
        : dynamicsData;
    const [problem, how] =
      near === "weights"
        ? [
            { ...towards, anchor: member.dynamics.parameters },
            { ...bounds, proximalStep: beta },
          ]
        : [towards, bounds];
    const dynamicsFit = await fitNetwork("fit dynamics", dynamicsNetwork(shape), dynamics, problem, how, (steps) => {
      done[i] = steps;
      onSteps?.(
        done.reduce((a, b) => a + b, 0),
        total,
      );
    });
    const rewardFit =
      reward === null || rewardData === null
        ? null
        : await fitNetwork("fit reward", rewardNetwork(shape), reward, rewardData, bounds);
    const next: Member = { dynamics: dynamicsFit.learner, reward: rewardFit?.learner ?? null };
    if (
      !Number.isFinite(dynamicsFit.loss) ||
      !allFinite(next.dynamics.parameters) ||
      (next.reward && !allFinite(next.reward.parameters))
    ) {
      throw new DivergenceError(
        `model player, member ${i}`,
        `the fit's loss is ${dynamicsFit.loss} after ${dynamicsFit.steps} gradient steps`,
        "Lower model.learningRate, or look for outliers in the task's observations",
      );
    }
    return { member: next, loss: dynamicsFit.loss, steps: dynamicsFit.steps };
  });
  return {
    ensemble: { ...ensemble, scaling, members: fitted.map(({ member }) => member) },
    loss: fitted.reduce((sum, { loss }) => sum + loss, 0) / fitted.length,
    steps: fitted[0].steps,
  };
}
