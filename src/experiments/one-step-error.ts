import type { Compute } from "../compute/engine.js";
import { shareOut } from "../compute/share.js";
import { predictor } from "../mdp/one-step.js";
import type { Model } from "../mdp/parametric.js";
import type { Task } from "../mdp/task.js";
import type { Trajectory } from "./trajectories.js";

/** What the ensemble predicts one step ahead, against what happened. */
export interface OneStepError {
  /** Real steps looked at. */
  readonly samples: number;
  /** Mean squared error of each entry's change Δ over samples and members, in units of Δ's variance; NaN where it never changes. */
  readonly byDimension: Float64Array;
  /** Real changes s′ − s, [samples, entries]. */
  readonly real: Float32Array;
  /** Predicted changes, mean of the members, [samples, entries]. */
  readonly predicted: Float32Array;
  /** Root mean square over entries of the error of the members' mean, in units of σ_Δ, [samples]. */
  readonly error: Float64Array;
  /** The same of the members' standard deviation: how far they disagree, [samples]. */
  readonly disagreement: Float64Array;
}

/** One-step predictions of every member on the real steps of trajectories, at most `atMost`, evenly spaced. */
export async function oneStepError(
  compute: Compute,
  task: Pick<Task, "observation" | "action">,
  model: Model,
  episodes: readonly Trajectory[],
  atMost: number,
): Promise<OneStepError> {
  const [n, m] = [task.observation.size, task.action.size];
  const total = episodes.reduce((sum, { length }) => sum + length, 0);
  const stride = Math.max(1, Math.ceil(total / atMost));
  const rows = episodes
    .flatMap((episode) => Array.from({ length: episode.length }, (_, t) => ({ episode, t })))
    .filter((_, i) => i % stride === 0);
  const samples = rows.length;
  const [states, actions, real] = [
    new Float32Array(samples * n),
    new Float32Array(samples * m),
    new Float32Array(samples * n),
  ];
  rows.forEach(({ episode, t }, i) => {
    states.set(episode.states.subarray(t * n, (t + 1) * n), i * n);
    actions.set(episode.actions.subarray(t * m, (t + 1) * m), i * m);
    for (let j = 0; j < n; j++) real[i * n + j] = episode.states[(t + 1) * n + j] - episode.states[t * n + j];
  });
  const changes = await shareOut(compute, model.members, async (engine, member) => {
    const { next, release } = await predictor(engine, member, n, m);
    const after = await next(states, actions).finally(release);
    return after.map((x, i) => x - states[i]);
  });
  return { samples, real, ...compared(model, real, changes, samples) };
}

function compared(
  { deltaScale }: Model,
  real: Float32Array,
  changes: readonly Float32Array[],
  samples: number,
): Omit<OneStepError, "samples" | "real"> {
  const n = deltaScale.length;
  const byDimension = Float64Array.from(deltaScale, (scale) => (scale === 0 ? Number.NaN : 0));
  const moving = deltaScale.reduce((count, scale) => count + (scale === 0 ? 0 : 1), 0) || 1;
  const predicted = new Float32Array(samples * n);
  const [error, disagreement] = [new Float64Array(samples), new Float64Array(samples)];
  for (let i = 0; i < samples; i++) {
    for (let j = 0; j < n; j++) {
      const at = i * n + j;
      const mean = changes.reduce((sum, change) => sum + change[at], 0) / changes.length;
      predicted[at] = mean;
      const scale = deltaScale[j];
      if (scale === 0) continue;
      error[i] += ((mean - real[at]) / scale) ** 2 / moving;
      for (const change of changes) {
        byDimension[j] += ((change[at] - real[at]) / scale) ** 2 / (samples * changes.length);
        disagreement[i] += ((change[at] - mean) / scale) ** 2 / (changes.length * moving);
      }
    }
  }
  return { byDimension, predicted, error: error.map(Math.sqrt), disagreement: disagreement.map(Math.sqrt) };
}
