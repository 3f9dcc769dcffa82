import { z } from "zod";
import type { Experience } from "../../mdp/experience.js";
import type { Model } from "../../mdp/parametric.js";
import type { Task } from "../../mdp/task.js";
import { modelScaling } from "../../model/ensemble.js";
import { fitOutcomes, type OutcomeData } from "../../model/fit-outcomes.js";
import {
  initialOutcomes,
  type OutcomeEnsemble,
  type OutcomeShape,
  outcomeLayout,
} from "../../model/outcome-ensemble.js";
import { outcomeModel } from "../../model/outcome-model.js";
import type { ModelKind, ModelPlayer, SettingsOf } from "../player.js";
import { count, hidden } from "../setting-types.js";
import { learnersPart } from "../snapshot.js";
import { keptScaling, modelData, recalledScaling } from "./ensemble.js";
import { measuredFit } from "./measured-fit.js";

const groups = {
  outcomes: z.strictObject({
    hidden: hidden.describe("widths of the hidden layers of the networks of s′ (ReLU)"),
    outcomeHidden: hidden.describe("the same of the networks of the reward and of the ends of episodes"),
    ensembleSize: count(1000).describe(
      "number of members: networks of s′, of the reward and of the end, of each so many",
    ),
    standardized: z
      .boolean()
      .describe("whether inputs, changes and rewards are brought to a spread of 1; else they go in as they are"),
    initialSteps: count(1e7).describe("gradient steps of the first fit"),
    every: count(1e9).describe("a fit for so many new samples; with fewer the model stays"),
    stepsPerSample: z.number().positive().max(1000).describe("gradient steps of later fits for each new sample"),
    batchSize: count(1e6).describe("minibatch size, its rows shared out among the members"),
    learningRate: z.number().positive().max(10).describe("Adam's step size"),
    weightDecay: z.number().min(0).max(1e6).describe("λ: ½ λ ‖φ‖² is added to the loss of a member"),
  }),
};
type Groups = typeof groups;

/** A model player: ensembles of s′, of the reward and of the ends of episodes (Buckman et al. 2018). */
export const outcomeEnsembleKind: ModelKind<OutcomeEnsemble, Model, Groups> = {
  title: "ensembles of networks of the next state, the reward and the ends of episodes",
  groups,
  paper: () => ({
    outcomes: {
      hidden: new Array(7).fill(512),
      outcomeHidden: [128, 128, 128],
      ensembleSize: 4,
      standardized: false,
      initialSteps: 10_000,
      every: 25,
      stepsPerSample: 4,
      batchSize: 512,
      learningRate: 3e-4,
      weightDecay: 1e-4,
    },
  }),
  learnsReward: () => true,
  learnsEnds: true,
  open: outcomeEnsemblePlayer,
};

const outcomeData = (data: Experience): OutcomeData => ({ ...modelData(data), terminal: data.terminal });
const learnerName = (member: number) => `model/${member}/networks`;

function outcomeEnsemblePlayer(task: Task, own: SettingsOf<Groups>): ModelPlayer<OutcomeEnsemble, Model> {
  const { outcomes: settings } = own;
  const shape: OutcomeShape = {
    observationSize: task.observation.size,
    actionSize: task.action.size,
    hidden: settings.hidden,
    outcomeHidden: settings.outcomeHidden,
  };
  return {
    mayNotFit: true,
    initial: (rng) => initialOutcomes(shape, settings.ensembleSize, rng),
    view: outcomeModel,
    async fit({ compute, task: { observation }, progress }, model, data, rng) {
      const fresh = data.gathered - model.seenSamples;
      const first = model.seenSamples === 0;
      if (!first && fresh < settings.every) return { model, report: null };
      const all = outcomeData(data);
      const steps = first ? settings.initialSteps : Math.max(1, Math.round(settings.stepsPerSample * fresh));
      const { deltaScale } = modelScaling(all, observation, { scale: "std", centerDelta: false });
      return measuredFit({ compute }, model, data, deltaScale, outcomeModel, async () => {
        const { ensemble, loss } = await fitOutcomes(compute, model, all, observation, steps, settings, rng, progress);
        return { model: ensemble, loss, steps };
      });
    },
    keep({ scaling, members, seenSamples }) {
      const kept = keptScaling(scaling);
      const learners = learnersPart(Object.fromEntries(members.map((member, i) => [learnerName(i), member])));
      return {
        tensors: { ...kept.tensors, ...learners.tensors },
        meta: { seenSamples, ...kept.meta },
        adamSteps: learners.adamSteps,
      };
    },
    recall(from) {
      const { size } = outcomeLayout(shape);
      return {
        shape,
        scaling: recalledScaling(from, shape),
        members: Array.from({ length: settings.ensembleSize }, (_, i) => from.learner(learnerName(i), size)),
        seenSamples: from.meta.seenSamples as number,
      };
    },
  };
}
