import type { GaussianEnsemble } from "../../model/gaussian-ensemble.js";
import { type GaussianShape, gaussianLayout } from "../../model/gaussian-network.js";
import { learnersPart, type Part } from "../snapshot.js";
import type { SnapshotReader } from "../snapshot-reader.js";
import { keptScaling, recalledScaling } from "./ensemble.js";

const learnerName = (member: number) => `model/${member}/network`;

/** A Gaussian ensemble's part of a checkpoint. */
export function keepGaussian({ scaling, members, seenSamples }: GaussianEnsemble): Part {
  const kept = keptScaling(scaling);
  const learners = learnersPart(Object.fromEntries(members.map((member, i) => [learnerName(i), member])));
  return {
    tensors: { ...kept.tensors, ...learners.tensors },
    meta: { seenSamples, ...kept.meta },
    adamSteps: learners.adamSteps,
  };
}

/** The same again. @throws {StorageError} */
export function recallGaussian(from: SnapshotReader, shape: GaussianShape, members: number): GaussianEnsemble {
  const { size } = gaussianLayout(shape);
  return {
    shape,
    scaling: recalledScaling(from, shape),
    members: Array.from({ length: members }, (_, i) => from.learner(learnerName(i), size)),
    seenSamples: from.meta.seenSamples as number,
  };
}
