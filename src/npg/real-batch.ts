import type { Engine } from "../compute/engine.js";
import type { Experience } from "../mdp/experience.js";
import { CUT, type Rollouts, TERMINAL } from "../mdp/rollouts.js";
import { predictValues, type ValueFunction } from "../policy/value.js";
import { generalizedAdvantages, whiten } from "./advantages.js";
import type { PolicyBatch, ValueTargets } from "./model-batch.js";

/** What generalised advantages need of trajectories. */
export type Trajectories = Pick<
  Rollouts,
  "size" | "count" | "rewards" | "trajectory" | "outcomes" | "observations" | "lastObservations"
>;

/**
 * Rows of D as trajectories: what there is of each episode, which an earlier batch may have the beginning of. One that does not
 * end in a terminal state (the horizon, the end of the batch) was cut, and its last state s′ has a value.
 */
export function realTrajectories(rows: Experience): Trajectories {
  const { size, observationSize: n } = rows;
  const numbers = new Map<number, number>();
  const trajectory = new Int32Array(size);
  const ends: number[] = [];
  for (let row = 0; row < size; row++) {
    const episode = rows.episode[row];
    if (!numbers.has(episode)) numbers.set(episode, numbers.size);
    trajectory[row] = numbers.get(episode)!;
    ends[trajectory[row]] = row;
  }
  const lastObservations = new Float32Array(ends.length * n);
  ends.forEach((row, i) => {
    lastObservations.set(rows.next.subarray(row * n, (row + 1) * n), i * n);
  });
  return {
    size,
    count: ends.length,
    rewards: rows.rewards,
    trajectory,
    outcomes: Uint8Array.from(ends, (row) => (rows.terminal[row] === 1 ? TERMINAL : CUT)),
    observations: rows.observations,
    lastObservations,
  };
}

export interface RealBatchSettings {
  readonly discount: number;
  readonly gaeLambda: number;
  /** What V_ψ is fitted to: λ-returns Â + V, or discounted returns (λ = 1). */
  readonly targets: "lambda" | "discounted";
}

/** Real samples of π as a batch for a policy step: generalised advantages with V_ψ, whitened, and what V_ψ is fitted to. */
export async function realBatch(
  engine: Engine,
  value: ValueFunction,
  rows: Experience,
  settings: RealBatchSettings,
): Promise<{ readonly batch: PolicyBatch; readonly targets: ValueTargets }> {
  const played = realTrajectories(rows);
  const values = await predictValues(engine, value, played.observations);
  const lastValues = await predictValues(engine, value, played.lastObservations);
  const { advantages, returns } = generalizedAdvantages(played, values, lastValues, settings);
  return {
    batch: {
      size: rows.size,
      observations: rows.observations,
      actions: rows.drawn!,
      advantages: whiten(advantages),
    },
    targets: { values, returns: settings.targets === "lambda" ? advantages.map((a, i) => a + values[i]) : returns },
  };
}
