import type { Rng } from "../random/rng.js";

/** Where synthetic rollouts begin, [count, observation size]; the first `fromInitial` of them come from ρ. */
export interface StartStates {
  readonly observations: Float32Array;
  readonly fromInitial: number;
}

/**
 * Start states of N_τ rollouts (App. B, policy details): from ρ, and a share of them from intermediate states of
 * real rollouts. Draws from rng.
 *
 * @param initial draws states from ρ, [count, observation size]
 */
export function startStates(
  count: number,
  intermediate: number,
  initial: (count: number, rng: Rng) => Float32Array,
  data: { readonly size: number; readonly observations: Float32Array },
  rng: Rng,
): StartStates {
  const fromBuffer = Math.round(count * intermediate);
  const fromInitial = count - fromBuffer;
  const width = data.observations.length / data.size;
  const observations = new Float32Array(count * width);
  observations.set(initial(fromInitial, rng.stream("initial")));
  const draws = rng.stream("intermediate");
  for (let i = fromInitial; i < count; i++) {
    const row = draws.integer(data.size);
    observations.set(data.observations.subarray(row * width, (row + 1) * width), i * width);
  }
  return { observations, fromInitial };
}
