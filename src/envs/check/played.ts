import type { NumberRow, Space, Task, World, WorldStep } from "../../mdp/task.js";
import type { Rng } from "../../random/rng.js";

/** Any function from observations to actions; may draw from rng. */
export type CheckPolicy = (observation: NumberRow, rng: Rng) => NumberRow;

/** One step as it was played. */
export interface Played extends WorldStep {
  readonly before: Float64Array;
  /** As given to the world; inside the action box. */
  readonly action: Float64Array;
}

export interface Episode {
  readonly start: ReturnType<World["reset"]>;
  readonly steps: readonly Played[];
}

/** Ends a check as failed. */
export function fail(message: string): never {
  throw new Error(message);
}

/** Episodes of a policy, at least one and at least `count` steps, the last of them cut short. */
export function play(task: Task, world: World, policy: CheckPolicy, count: number, rng: Rng): Episode[] {
  const episodes: Episode[] = [];
  let left = count;
  while (left > 0) {
    const start = world.reset({ seed: episodes.length });
    const steps: Played[] = [];
    let observation = start.observation;
    for (let ended = false; !ended && left > 0; left--) {
      const given = policy(observation, rng);
      const action = Float64Array.from(task.action.low, (low, i) =>
        Math.min(Math.max(given[i], low), task.action.high[i]),
      );
      const before = observation.slice();
      const step = world.step(action);
      if (!same([before], [observation])) fail("step() changes the observation that it gave before");
      steps.push({ ...step, before, action });
      observation = step.observation;
      ended = step.terminated || step.truncated;
    }
    episodes.push({ start, steps });
  }
  return episodes;
}

/** Everything a world says in answer to actions, as rows of numbers, up to the end of the episode. */
export function record(
  world: World,
  start: { readonly observation: Float64Array } | undefined,
  actions: readonly NumberRow[],
) {
  const rows: Float64Array[] = start ? [start.observation.slice()] : [];
  for (const action of actions) {
    const { observation, reward, terminated, truncated, info } = world.step(action);
    rows.push(
      Float64Array.of(...observation, reward, Number(terminated), Number(truncated), Number(info.success ?? -1)),
    );
    if (terminated || truncated) break;
  }
  return rows;
}

/** Whether two lists of rows are the same, bit for bit. */
export function same(one: readonly NumberRow[], other: readonly NumberRow[]): boolean {
  return (
    one.length === other.length &&
    one.every((row, k) => row.length === other[k].length && Array.from(row).every((x, i) => Object.is(x, other[k][i])))
  );
}

/** Uniform in the action box. Draws from rng. */
export function randomAction({ low, high }: Space, rng: Rng): Float64Array {
  return Float64Array.from(low, (bound, i) => bound + (high[i] - bound) * rng.uniform());
}

/**
 * A smooth random function of the observation: aⱼ = centreⱼ + halfⱼ tanh(Σ_f v_jf cos(w_f·s + φ_f)), with 16 features
 * and w of about unit gain. Draws from rng.
 */
export function smoothPolicy({ observation, action }: Task, rng: Rng): CheckPolicy {
  const features = Array.from({ length: 16 }, () => ({
    weights: Array.from({ length: observation.size }, () => rng.normal() / Math.sqrt(observation.size)),
    phase: 2 * Math.PI * rng.uniform(),
    gains: Array.from({ length: action.size }, () => rng.normal() / 4),
  }));
  return (s) => {
    const waves = features.map(({ weights, phase }) =>
      Math.cos(weights.reduce((sum, weight, i) => sum + weight * s[i], phase)),
    );
    return Float64Array.from(action.low, (low, j) => {
      const drive = features.reduce((sum, { gains }, f) => sum + gains[j] * waves[f], 0);
      return (low + action.high[j]) / 2 + ((action.high[j] - low) / 2) * Math.tanh(drive);
    });
  };
}
