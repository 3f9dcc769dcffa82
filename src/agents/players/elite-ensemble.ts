import { z } from "zod";
import { ConfigError } from "../../errors/errors.js";
import type { Model } from "../../mdp/parametric.js";
import type { Task } from "../../mdp/task.js";
import { modelScaling } from "../../model/ensemble.js";
import { type EliteEnsemble, fitElites } from "../../model/fit-elites.js";
import { initialGaussianEnsemble } from "../../model/gaussian-ensemble.js";
import { gaussianModel } from "../../model/gaussian-model.js";
import type { GaussianShape } from "../../model/gaussian-network.js";
import type { ModelKind, ModelPlayer, SettingsOf } from "../player.js";
import { count, countOrNone, hidden } from "../setting-types.js";
import { modelData } from "./ensemble.js";
import { keepGaussian, recallGaussian } from "./gaussian-part.js";
import { measuredFit } from "./measured-fit.js";

const groups = {
  elites: z.strictObject({
    hidden: hidden.describe("widths of the hidden layers (SiLU)"),
    ensembleSize: count(1000).describe("number of members"),
    elites: count(1000).describe("members that are shown: those with the least errors on held-out samples"),
    every: count(1e9).describe("a fit for so many new samples; with fewer the model stays"),
    batchSize: count(1e6).describe("minibatch size, of each member its own rows"),
    learningRate: z.number().positive().max(10).describe("Adam's step size"),
    weightDecay: z
      .array(z.number().min(0).max(1e6))
      .max(101)
      .describe("λ of each layer: ½ λ ‖W‖² is added to the loss; of later layers the last one"),
    holdoutShare: z.number().gt(0).lt(1).describe("share of the samples that a fit is stopped by"),
    maxHoldout: count(1e9).describe("and so many at most"),
    patience: countOrNone(1e6).describe("epochs without a member that improves before a fit ends"),
    maxEpochs: count(1e6).describe("epochs of a fit at most"),
  }),
};
type Groups = typeof groups;

/** Where the bounds of log σ begin: log σ² at −10 and ½. */
const BOUNDS = { minLogStd: -5, maxLogStd: 0.25 } as const;

/** A model player: a Gaussian ensemble with elites and early stopping (Janner et al. 2019). */
export const eliteEnsembleKind: ModelKind<EliteEnsemble, Model, Groups> = {
  title: "an ensemble of networks with noise, fitted with early stopping, of which the best are shown",
  groups,
  paper: () => ({
    elites: {
      hidden: [200, 200, 200, 200],
      ensembleSize: 7,
      elites: 5,
      every: 250,
      batchSize: 256,
      learningRate: 1e-3,
      weightDecay: [2.5e-5, 5e-5, 7.5e-5, 7.5e-5, 1e-4],
      holdoutShare: 0.2,
      maxHoldout: 5000,
      patience: 5,
      maxEpochs: 1_000_000,
    },
  }),
  learnsReward: () => true,
  open: eliteEnsemblePlayer,
  check({ elites: { ensembleSize, elites, hidden, weightDecay } }) {
    if (elites > ensembleSize) {
      throw new ConfigError(
        "elites.elites",
        `must be at most elites.ensembleSize (${ensembleSize}), got ${elites}`,
        "Lower it, or take more members",
      );
    }
    if (weightDecay.length > hidden.length + 1) {
      throw new ConfigError(
        "elites.weightDecay",
        `has ${weightDecay.length} numbers for ${hidden.length + 1} layers`,
        "Leave out the last ones",
      );
    }
  },
};

/** What others see: the elites. */
const shown = (model: EliteEnsemble): Model =>
  gaussianModel({ ...model, members: model.elites.map((i) => model.members[i]) });

function eliteEnsemblePlayer(task: Task, { elites: settings }: SettingsOf<Groups>): ModelPlayer<EliteEnsemble, Model> {
  const shape: GaussianShape = {
    observationSize: task.observation.size,
    actionSize: task.action.size,
    hidden: settings.hidden,
    activation: "silu",
    layerNorm: false,
    learnsReward: true,
    ...(task.mustLearn && { learnsEnds: true }),
    noise: "input",
    ...BOUNDS,
    learnedBounds: true,
    noisyReward: true,
  };
  const { weightDecay } = settings;
  const layers = settings.hidden.length + 1;
  const decays = Array.from({ length: layers }, (_, i) => weightDecay[Math.min(i, weightDecay.length - 1)] ?? 0);
  return {
    mayNotFit: true,
    initial: (rng) => ({
      ...initialGaussianEnsemble(shape, settings.ensembleSize, rng),
      elites: Array.from({ length: settings.elites }, (_, i) => i),
    }),
    view: shown,
    async fit({ compute, task: { observation }, progress }, model, data, rng) {
      const first = model.seenSamples === 0;
      if (!first && data.gathered - model.seenSamples < settings.every) return { model, report: null };
      const all = modelData(data);
      const { deltaScale } = modelScaling(all, observation, { scale: "std", centerDelta: false });
      const fitting = { ...settings, weightDecay: decays };
      return measuredFit({ compute }, model, data, deltaScale, shown, async () => {
        const { ensemble, ...rest } = await fitElites(compute, model, all, observation, fitting, rng, progress);
        return { model: ensemble, ...rest };
      });
    },
    keep(model) {
      const kept = keepGaussian(model);
      return { ...kept, meta: { ...kept.meta, elites: model.elites } };
    },
    recall: (from) => ({
      ...recallGaussian(from, shape, settings.ensembleSize),
      elites: from.meta.elites as readonly number[],
    }),
  };
}
