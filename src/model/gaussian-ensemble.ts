import type { Space } from "../mdp/task.js";
import { freshLearner, type Learner } from "../nn/regression.js";
import type { Rng } from "../random/rng.js";
import { initialEnsemble, type ModelData, type ModelScaling, modelScaling } from "./ensemble.js";
import { type GaussianShape, initialGaussian } from "./gaussian-network.js";

/**
 * {M_φ}: s′ = s + μ_Δ + σ_Δ · (mean_φ + σ_φ · noise), and r = μ_r + σ_r · mean_φ where the reward is learned, once per
 * member; mean_φ and σ_φ of ((s − μ_s)/σ_s, (a − μ_a)/σ_a).
 */
export interface GaussianEnsemble {
  readonly shape: GaussianShape;
  readonly scaling: ModelScaling;
  readonly members: readonly Learner[];
  /** Real samples with a smaller index have been fitted; later ones are fresh. */
  readonly seenSamples: number;
}

/** M_0: random networks that have seen nothing and predict no change. Draws from rng. */
export function initialGaussianEnsemble(shape: GaussianShape, size: number, rng: Rng): GaussianEnsemble {
  const { observationSize, actionSize } = shape;
  const { scaling } = initialEnsemble({ observationSize, actionSize, hidden: [], rewardHidden: null }, 0, rng);
  return {
    shape,
    scaling,
    members: Array.from({ length: size }, (_, i) => freshLearner(initialGaussian(shape, rng.stream(i)))),
    seenSamples: 0,
  };
}

/**
 * The normalisation of a data set: changes are centred, and predicted states stay in the range of the data, widened on
 * each side by `rangeMargin` of itself, and within the task's bounds, where they were in it before. What never changes within an episode is left free:
 * others begin elsewhere.
 */
export function gaussianScaling(data: ModelData, space: Space, rangeMargin: number): ModelScaling {
  const scaling = modelScaling(data, space, { scale: "std", centerDelta: true });
  const n = space.size;
  const least = new Float64Array(n).fill(Number.POSITIVE_INFINITY);
  const most = new Float64Array(n).fill(Number.NEGATIVE_INFINITY);
  for (const states of [data.observations, data.next]) {
    for (let i = 0; i < states.length; i++) {
      const x = states[i];
      if (x < least[i % n]) least[i % n] = x;
      if (x > most[i % n]) most[i % n] = x;
    }
  }
  const room = (i: number) =>
    scaling.deltaScale[i] === 0 ? Number.POSITIVE_INFINITY : rangeMargin * (most[i] - least[i]);
  return {
    ...scaling,
    low: Float32Array.from(space.low, (low, i) => Math.max(low, least[i] - room(i))),
    high: Float32Array.from(space.high, (high, i) => Math.min(high, most[i] + room(i))),
  };
}
