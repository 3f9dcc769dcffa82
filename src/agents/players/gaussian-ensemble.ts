import { z } from "zod";
import { ConfigError } from "../../errors/errors.js";
import type { Model } from "../../mdp/parametric.js";
import type { Task } from "../../mdp/task.js";
import { fitGaussianEnsemble } from "../../model/fit-gaussian.js";
import { type GaussianEnsemble, gaussianScaling, initialGaussianEnsemble } from "../../model/gaussian-ensemble.js";
import { gaussianModel } from "../../model/gaussian-model.js";
import type { GaussianShape } from "../../model/gaussian-network.js";
import type { ModelKind, ModelPlayer, SettingsOf } from "../player.js";
import { count, hidden } from "../setting-types.js";
import { modelData } from "./ensemble.js";
import { keepGaussian, recallGaussian } from "./gaussian-part.js";
import { measuredFit } from "./measured-fit.js";

const logStd = z.number().min(-20).max(10);

const groups = {
  gaussian: z.strictObject({
    hidden: hidden.describe("widths of the hidden layers"),
    activation: z.enum(["silu", "relu", "tanh"]).describe("after each hidden layer"),
    layerNorm: z.boolean().describe("whether hidden layers are normalised before their activation"),
    ensembleSize: count(1000).describe("number of members"),
    noise: z
      .enum(["none", "constant", "input"])
      .describe("σ of each output: none, one learned number, or a function of (s, a)"),
    minLogStd: logStd.describe("floor of log σ, in units of σ_Δ; approached softly"),
    maxLogStd: logStd.describe("ceiling of log σ, in units of σ_Δ; approached softly"),
    learnedBounds: z
      .boolean()
      .default(false) // runs of before it had a name
      .describe("whether each output learns bounds on log σ of its own, from these on; else they stay"),
    bootstrap: z
      .boolean()
      .default(false) // runs of before it had a name
      .describe("whether each member is fitted on its own resample of the data"),
    loss: z
      .enum(["gaussian", "squared", "huber"])
      .describe("negative log likelihood, squared error, or squared near and linear far, which outliers pull at less"),
    huberThreshold: z.number().positive().max(1e6).describe("the robust loss is linear beyond so many σ_Δ"),
    learnReward: z
      .enum(["auto", "yes", "no"])
      .describe("whether the reward is one more output; auto: where the task has no graph of it"),
    rangeMargin: z
      .number()
      .min(0)
      .max(1e6)
      .describe("predicted states stay in the range of the data, widened on each side by this share of it"),
    initialSteps: count(1e7).describe("gradient steps of the first fit, each member's"),
    every: count(1e9).describe("a burst of gradient steps for so many new samples; with fewer the model stays"),
    steps: count(1e6).describe("gradient steps in a burst, each member's"),
    epochs: z
      .number()
      .positive()
      .max(1e6)
      .nullable()
      .default(null) // runs of before it had a name
      .describe("a fit is so many passes over all data instead, of each member; null: it is bursts"),
    batchSize: count(1e6).describe("minibatch size, of each member its own rows"),
    learningRate: z.number().positive().max(10).describe("step size of AdamW where a fit begins"),
    finalLearningRate: z
      .number()
      .positive()
      .max(10)
      .describe("where the step size goes to over each fit, on a straight line"),
    weightDecay: z.number().min(0).max(1e6).describe("decay of weights, times the step size (decoupled)"),
  }),
};
type Groups = typeof groups;

/** A model player: an ensemble of networks that predict changes with noise (Chua et al. 2018). */
export const gaussianEnsembleKind: ModelKind<GaussianEnsemble, Model, Groups> = {
  title: "an ensemble of networks with noise, fitted in bursts",
  groups,
  paper: (side) => ({
    gaussian: {
      hidden: [128, 128, 128],
      activation: "silu",
      layerNorm: true,
      ensembleSize: 4,
      noise: "constant",
      minLogStd: -4.6,
      maxLogStd: 1,
      learnedBounds: false,
      bootstrap: false,
      loss: "squared",
      huberThreshold: 1,
      learnReward: "auto",
      rangeMargin: 0.25,
      initialSteps: 1500,
      every: 250,
      steps: side === "aggressive" ? 240 : 60,
      epochs: null,
      batchSize: 256,
      learningRate: 1e-3,
      finalLearningRate: 3e-4,
      weightDecay: 1e-5,
    },
  }),
  learnsReward: ({ gaussian }, { graphs }) =>
    gaussian.learnReward === "auto" ? graphs?.reward === undefined : gaussian.learnReward === "yes",
  open: gaussianEnsemblePlayer,
  check: ({ gaussian: { noise, loss, minLogStd, maxLogStd, learnedBounds } }) => {
    if (loss === "gaussian" && noise === "none") {
      throw new ConfigError(
        "gaussian.loss",
        'is the likelihood of an error under noise, but gaussian.noise is "none"',
        'Set gaussian.loss to "squared" or "huber", or take gaussian.noise "constant" or "input"',
      );
    }
    if (learnedBounds && (noise !== "input" || loss !== "gaussian")) {
      throw new ConfigError(
        "gaussian.learnedBounds",
        `are learned by the likelihood of a σ(s, a), but gaussian.noise is "${noise}" and gaussian.loss "${loss}"`,
        'Set gaussian.noise to "input" and gaussian.loss to "gaussian", or leave the bounds as they are',
      );
    }
    if (!(minLogStd < maxLogStd)) {
      throw new ConfigError(
        "gaussian.minLogStd",
        `must be less than gaussian.maxLogStd (${maxLogStd}), got ${minLogStd}`,
        "Lower it, or raise the ceiling",
      );
    }
  },
};

function gaussianEnsemblePlayer(task: Task, own: SettingsOf<Groups>): ModelPlayer<GaussianEnsemble, Model> {
  const { gaussian: settings } = own;
  const { hidden, activation, layerNorm, noise, minLogStd, maxLogStd } = settings;
  const shape: GaussianShape = {
    observationSize: task.observation.size,
    actionSize: task.action.size,
    hidden,
    activation,
    layerNorm,
    learnsReward: gaussianEnsembleKind.learnsReward!(own, task),
    ...(task.mustLearn && { learnsEnds: true }),
    noise,
    minLogStd,
    maxLogStd,
    ...(settings.learnedBounds && { learnedBounds: true as const }),
  };
  return {
    mayNotFit: true,
    initial: (rng) => initialGaussianEnsemble(shape, settings.ensembleSize, rng),
    view: gaussianModel,
    async fit({ compute, task: { observation }, progress }, model, data, rng) {
      const first = model.seenSamples === 0;
      const bursts = Math.floor((data.gathered - model.seenSamples) / settings.every);
      if (!first && bursts === 0) return { model, report: null };
      const all = modelData(data);
      const { epochs, batchSize } = settings;
      const steps =
        epochs !== null
          ? Math.ceil((epochs * all.size) / batchSize)
          : first
            ? settings.initialSteps
            : settings.steps * bursts;
      const { deltaScale } = gaussianScaling(all, observation, settings.rangeMargin);
      return measuredFit({ compute }, model, data, deltaScale, gaussianModel, async () => {
        const fitted = await fitGaussianEnsemble(compute, model, all, observation, steps, settings, rng, progress);
        return { model: fitted.ensemble, loss: fitted.loss, steps };
      });
    },
    keep: keepGaussian,
    recall: (from) => recallGaussian(from, shape, settings.ensembleSize),
  };
}
