import type { Tensors } from "../compute/engine.js";
import type { DynamicsNet, Model } from "../mdp/parametric.js";
import { allModelTensors, type Ensemble, type ModelShape, modelNodes, modelTensors } from "./ensemble.js";
import { allRewardTensors, rewardNodes, rewardTensors } from "./learned-reward.js";

/** The ensemble as everybody sees it; with the ensemble itself, for methods that look inside (PAL's total gradient). */
export interface EnsembleModel extends Model {
  readonly ensemble: Ensemble;
  /** Factor on each entry's error in ℓ, [observation size]: 1/σ_Δ for a normalised loss; 0 where an entry never changes. */
  readonly lossUnits: Float32Array;
}

/** {M_φ} as a model: every member predicts one s′, and a reward where it is learned. */
export function ensembleModel(ensemble: Ensemble, loss: "raw" | "normalized" = "raw"): EnsembleModel {
  const { shape, scaling, members, seenSamples } = ensemble;
  const learnsReward = shape.rewardHidden !== null;
  return {
    ensemble,
    lossUnits: scaling.deltaScale.map((s) => (s === 0 ? 0 : loss === "raw" ? 1 : 1 / s)),
    seenSamples,
    stateFactor: scaling.inputFactor.subarray(0, shape.observationSize),
    deltaScale: scaling.deltaScale,
    members: members.map((member) =>
      dynamicsNet(shape, (prefix) => ({
        ...modelTensors(ensemble, member, prefix),
        ...(learnsReward && rewardTensors(ensemble, member, `${prefix}.reward`)),
      })),
    ),
    together: dynamicsNet({ ...shape, members: members.length }, (prefix) => ({
      ...allModelTensors(ensemble, prefix),
      ...(learnsReward && allRewardTensors(ensemble, `${prefix}.reward`)),
    })),
  };
}

function dynamicsNet(shape: ModelShape, tensors: (prefix: string) => Tensors): DynamicsNet {
  const learnsReward = shape.rewardHidden !== null;
  return {
    key: ["ensemble", shape],
    noiseSize: 0,
    learnsReward,
    ...(shape.learnsEnds && { learnsEnds: true }),
    nodes(prefix) {
      const nodes = modelNodes(shape, prefix);
      const learned = learnsReward ? rewardNodes(shape, `${prefix}.reward`) : undefined;
      return {
        inputs: [...nodes.inputs, ...(learned?.inputs ?? [])],
        change: nodes.wholeChange,
        step(observations, actions) {
          const next = nodes.next(observations, actions);
          return learned === undefined ? { next } : { next, ...learned.said(observations, actions, next) };
        },
      };
    },
    tensors,
  };
}
