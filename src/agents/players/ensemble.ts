import type { Experience } from "../../mdp/experience.js";
import type { Task } from "../../mdp/task.js";
import {
  dynamicsNetwork,
  type Ensemble,
  initialEnsemble,
  type ModelData,
  type ModelScaling,
  type ModelShape,
  modelScaling,
  rewardNetwork,
} from "../../model/ensemble.js";
import { type EnsembleModel, ensembleModel } from "../../model/ensemble-model.js";
import { fitEnsemble } from "../../model/fit-ensemble.js";
import { mlpLayout } from "../../nn/mlp.js";
import { paperModel } from "../defaults.js";
import type { ModelKind, ModelPlayer, SettingsOf } from "../player.js";
import { settingsSchema } from "../settings.js";
import { learnersPart, type Part, vector } from "../snapshot.js";
import type { SnapshotReader } from "../snapshot-reader.js";
import { measuredFit } from "./measured-fit.js";

/** The ensemble's settings. */
export const ensembleGroups = { model: settingsSchema.shape.model };

/** The paper's model player: an ensemble of networks that predict changes, by least squares (App. B, model details). */
export const ensembleKind: ModelKind<Ensemble, EnsembleModel, typeof ensembleGroups> = {
  title: "an ensemble of networks, squared error",
  groups: ensembleGroups,
  paper: (side) => ({ model: paperModel(side) }),
  learnsReward: ({ model }) => model.learnReward,
  open: ensemblePlayer,
};

/** D as what an ensemble is fitted to: rewards in the precision of the networks. */
export const modelData = (data: Experience): ModelData => ({ ...data, rewards: Float32Array.from(data.rewards) });

const SCALING_VECTORS = ["inputShift", "inputFactor", "deltaShift", "deltaScale", "low", "high"] as const;
const learnerName = (member: number, part: "dynamics" | "reward") => `model/${member}/${part}`;

function ensemblePlayer(
  task: Task,
  { model: settings }: SettingsOf<typeof ensembleGroups>,
): ModelPlayer<Ensemble, EnsembleModel> {
  const shape: ModelShape = {
    observationSize: task.observation.size,
    actionSize: task.action.size,
    hidden: settings.hidden,
    rewardHidden: settings.learnReward ? settings.rewardHidden : null,
    ...(task.mustLearn && { learnsEnds: true }),
  };
  return {
    initial: (rng) => initialEnsemble(shape, settings.ensembleSize, rng),
    view: (model) => ensembleModel(model, settings.loss),
    async fit({ compute, task: { observation }, progress }, model, data, rng) {
      const all = modelData(data);
      const { deltaScale } = modelScaling(all, observation, settings);
      return measuredFit({ compute }, model, data, deltaScale, ensembleModel, async () => {
        const { ensemble, ...rest } = await fitEnsemble(compute, model, all, observation, settings, rng, progress);
        return { model: ensemble, ...rest };
      });
    },
    keep: keepEnsemble,
    recall: (from) => recallEnsemble(from, shape, settings.ensembleSize),
  };
}

/** An ensemble's part of a checkpoint. */
export function keepEnsemble({ scaling, members, seenSamples }: Ensemble): Part {
  const learners = learnersPart(
    Object.fromEntries(
      members.flatMap(({ dynamics, reward }, i) => [
        [learnerName(i, "dynamics"), dynamics] as const,
        ...(reward === null ? [] : [[learnerName(i, "reward"), reward] as const]),
      ]),
    ),
  );
  const kept = keptScaling(scaling);
  return {
    tensors: { ...kept.tensors, ...learners.tensors },
    meta: { seenSamples, ...kept.meta },
    adamSteps: learners.adamSteps,
  };
}

/** The same again. @throws {StorageError} */
export function recallEnsemble(from: SnapshotReader, shape: ModelShape, members: number): Ensemble {
  const size = mlpLayout(dynamicsNetwork(shape)).size;
  return {
    shape,
    scaling: recalledScaling(from, shape),
    members: Array.from({ length: members }, (_, i) => ({
      dynamics: from.learner(learnerName(i, "dynamics"), size),
      reward:
        shape.rewardHidden === null
          ? null
          : from.learner(learnerName(i, "reward"), mlpLayout(rewardNetwork(shape)).size),
    })),
    seenSamples: from.meta.seenSamples as number,
  };
}

/** A normalisation as a snapshot holds it. */
export function keptScaling(scaling: ModelScaling): Pick<Part, "tensors" | "meta"> {
  const { rewardShift, rewardScale } = scaling;
  const vectors = SCALING_VECTORS.map((name) => [`model/scaling.${name}`, vector(scaling[name])]);
  return { tensors: Object.fromEntries(vectors), meta: { rewardShift, rewardScale } };
}

/** The same again. @throws {StorageError} */
export function recalledScaling(
  from: SnapshotReader,
  { observationSize: n, actionSize: m }: Pick<ModelShape, "observationSize" | "actionSize">,
): ModelScaling {
  const width = (name: (typeof SCALING_VECTORS)[number]) => (name.startsWith("input") ? n + m : n);
  const vectors = SCALING_VECTORS.map((name) => [
    name,
    from.tensor(`model/scaling.${name}`, Float32Array, width(name)),
  ]);
  return {
    ...(Object.fromEntries(vectors) as unknown as ModelScaling),
    rewardShift: from.meta.rewardShift as number,
    rewardScale: from.meta.rewardScale as number,
  };
}
