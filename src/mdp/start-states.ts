import type { Rng } from "../random/rng.js";

/** Where synthetic rollouts begin, [count, observation size]; the first `fromInitial` of them come from ρ. */
export interface StartStates {
  readonly observations: Float32Array;
  readonly fromInitial: number;
}

/**
 * States of ρ with the nearest goals: of count / share draws, those that are nearest to their goals, in the order in which
 * they were drawn. With a share of 1 it is ρ itself.
 *
 * @param initial draws states from ρ, [count, width]
 * @param distance how far a state is from its goal
 */
export function nearestGoals(
  initial: (count: number, rng: Rng) => Float32Array,
  distance: (state: Float32Array) => number,
  share: number,
): (count: number, rng: Rng) => Float32Array {
  if (share >= 1) return initial;
  return (count, rng) => {
    if (count === 0) return initial(0, rng);
    const drawn = Math.ceil(count / share);
    const states = initial(drawn, rng);
    const width = states.length / drawn;
    const rowAt = (i: number) => states.subarray(i * width, (i + 1) * width);
    const away = Float64Array.from({ length: drawn }, (_, i) => distance(rowAt(i)));
    const nearest = Array.from(away.keys())
      .sort((one, other) => away[one] - away[other] || one - other)
      .slice(0, count)
      .sort((one, other) => one - other);
    const chosen = new Float32Array(count * width);
    nearest.forEach((i, row) => {
      chosen.set(rowAt(i), row * width);
    });
    return chosen;
  };
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
