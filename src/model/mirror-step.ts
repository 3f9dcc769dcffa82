import type { Engine } from "../compute/engine.js";
import { predictor } from "../mdp/one-step.js";
import type { DynamicsNet } from "../mdp/parametric.js";
import type { ModelData } from "./ensemble.js";

/** A model's move that stays near the model of before (Algorithm 2, line 5: "natural gradient, mirror descent etc."); names as in the settings. */
export interface MirrorSettings {
  /** β of (19); null: a plain fit. */
  readonly stepSize: number | null;
  /** What is kept near: what the model says of the data, or its weights. */
  readonly near: "predictions" | "weights";
}

/** Rows a run takes at once: intermediates stay in cache. */
const CHUNK = 1024;

/**
 * A mirror step in the space of predictions, as a data set to fit. With squared errors ℓ and, as its divergence, ℓ of what
 * M_k says (the Kullback–Leibler divergence of Gaussians around both predictions, in ℓ's units),
 *
 *   M_{k+1} = argmin_M ℓ(M, D) + ℓ(M, M_k(D)) / β
 *
 * has the same minimum as a plain fit to states between the two: s″ = M_k(s, a) + β/(1 + β) · (s′ − M_k(s, a)).
 *
 * @param member M_k, the mean of its predictions
 * @returns the data with s″ in place of s′
 */
export async function mirrored(engine: Engine, member: DynamicsNet, data: ModelData, beta: number): Promise<ModelData> {
  const [n, m] = [data.observations.length / data.size, data.actions.length / data.size];
  const share = beta / (1 + beta);
  const next = new Float32Array(data.next.length);
  const before = await predictor(engine, member, n, m);
  try {
    for (let start = 0; start < data.size; start += CHUNK) {
      const end = Math.min(start + CHUNK, data.size);
      const part = (table: Float32Array, width: number) => table.subarray(start * width, end * width);
      const said = await before.next(part(data.observations, n), part(data.actions, m));
      for (let i = 0; i < said.length; i++)
        next[start * n + i] = said[i] + share * (data.next[start * n + i] - said[i]);
    }
  } finally {
    await before.release();
  }
  return { ...data, next };
}
