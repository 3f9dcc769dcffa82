import { z } from "zod";
import { actionBox } from "../../mdp/action-box.js";
import { newest } from "../../mdp/experience.js";
import type { Task } from "../../mdp/task.js";
import { dynamicsNetwork, type Ensemble, initialEnsemble, type ModelShape } from "../../model/ensemble.js";
import { type EnsembleModel, ensembleModel } from "../../model/ensemble-model.js";
import { fitMultistep, multistepScaling } from "../../model/fit-multistep.js";
import { truncatedNormalMlp } from "../../nn/mlp.js";
import { freshLearner } from "../../nn/regression.js";
import type { ModelKind, ModelPlayer, SettingsOf } from "../player.js";
import { count, hidden } from "../setting-types.js";
import { keepEnsemble, modelData, recallEnsemble } from "./ensemble.js";
import { measuredFit } from "./measured-fit.js";

const groups = {
  multistep: z.strictObject({
    hidden: hidden.describe("widths of the hidden layers (ReLU)"),
    ensembleSize: count(1000).describe("number of members"),
    horizon: count(1000).describe("H: successive steps that the loss goes on from the model's own prediction"),
    loss: z.enum(["norm", "squared"]).describe("length of the error of each step in units of σ_Δ, or its square"),
    gradientSteps: count(1e7).describe("gradient steps of a fit, each member's"),
    batchSize: count(1e6).describe("minibatch size, of each member its own windows"),
    learningRate: z.number().positive().max(10).describe("Adam's step size"),
    weightDecay: z.number().min(0).max(1e6).describe("λ: ½ λ ‖φ‖² is added to the loss"),
    clipNorm: z.number().positive().max(1e12).describe("longest gradient, over all parameters of a member"),
  }),
};
type Groups = typeof groups;

/** A model player: networks that predict changes, by the error along several steps (Luo et al. 2019). */
export const multistepEnsembleKind: ModelKind<Ensemble, EnsembleModel, Groups> = {
  title: "networks fitted to several successive steps, by the length of the error",
  groups,
  paper: () => ({
    multistep: {
      hidden: [500, 500],
      ensembleSize: 1,
      horizon: 2,
      loss: "norm",
      gradientSteps: 100,
      batchSize: 128,
      learningRate: 1e-3,
      weightDecay: 1e-5,
      clipNorm: 2,
    },
  }),
  open: multistepEnsemblePlayer,
};

/** Its authors' first networks predict the mean change everywhere: weights so many times as large as `truncatedNormalMlp`'s. */
const INITIAL_SCALE = 1e-3;

function multistepEnsemblePlayer(
  task: Task,
  { multistep: settings }: SettingsOf<Groups>,
): ModelPlayer<Ensemble, EnsembleModel> {
  const shape: ModelShape = {
    observationSize: task.observation.size,
    actionSize: task.action.size,
    hidden: settings.hidden,
    rewardHidden: null,
  };
  const box = actionBox(task.action);
  const view = (model: Ensemble) => ensembleModel(model, "normalized");
  return {
    initial: (rng) => ({
      ...initialEnsemble(shape, 0, rng),
      members: Array.from({ length: settings.ensembleSize }, (_, i) => {
        const weights = truncatedNormalMlp(dynamicsNetwork(shape), rng.stream(i));
        return { dynamics: freshLearner(weights.map((w) => INITIAL_SCALE * w)), reward: null };
      }),
    }),
    view,
    async fit({ compute, task: { observation }, samplesPerIteration, progress }, model, data, rng) {
      const again = data.gathered === model.seenSamples;
      const all = { ...modelData(data), episode: data.episode };
      const scaling = multistepScaling(all, observation, box);
      const seen = again ? newest(data, samplesPerIteration) : data;
      const fitted = await measuredFit({ compute }, model, seen, scaling.deltaScale, view, async () => {
        const { gradientSteps: steps } = settings;
        const { ensemble, loss } = await fitMultistep(compute, model, all, scaling, steps, settings, rng, progress);
        return { model: ensemble, loss, steps };
      });
      return again ? { ...fitted, report: { ...fitted.report, again } } : fitted;
    },
    keep: keepEnsemble,
    recall: (from) => recallEnsemble(from, shape, settings.ensembleSize),
  };
}
