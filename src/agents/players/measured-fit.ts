import type { Experience } from "../../mdp/experience.js";
import { gatheredSince } from "../../mdp/experience.js";
import { modelLoss } from "../../mdp/one-step.js";
import type { Model } from "../../mdp/parametric.js";
import type { FitReport, Scene } from "../player.js";

/** What a fit gives, beside the model. */
export interface Fitted<V> {
  readonly model: V;
  readonly loss: number;
  readonly steps: number;
}

/**
 * A fit, with the error on fresh data before it and after. Where nothing is fresh, on all of it: GDA and BR fit the
 * initial samples twice.
 *
 * @param deltaScale σ_Δ of all data, [observation size]
 */
export async function measuredFit<V extends { readonly seenSamples: number }>(
  { compute }: Pick<Scene, "compute">,
  model: V,
  data: Experience,
  deltaScale: Float32Array,
  view: (model: V) => Model,
  takeSteps: () => Promise<Fitted<V>>,
): Promise<{ readonly model: V; readonly report: FitReport }> {
  const unseen = gatheredSince(data, model.seenSamples);
  const fresh = unseen.size === 0 ? data : unseen;
  const units = deltaScale.map((s) => (s === 0 ? 0 : 1 / s));
  const before = await modelLoss(compute, view(model), fresh, units);
  const { model: fitted, loss, steps } = await takeSteps();
  const after = await modelLoss(compute, view(fitted), fresh, units);
  return {
    model: { ...fitted, seenSamples: data.gathered },
    report: {
      before: meanWhere(before, units),
      after: meanWhere(after, units),
      byDimension: Array.from(before),
      loss,
      steps,
    },
  };
}

/** Mean over the entries with a unit. */
function meanWhere(values: ArrayLike<number>, units: Float32Array): number {
  let [total, count] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    if (units[i] !== 0) [total, count] = [total + values[i], count + 1];
  }
  return count === 0 ? 0 : total / count;
}
