import { meanAndStd } from "../math/statistics.js";
import type { Rng } from "../random/rng.js";
import { type PlanSearch, type PlanShape, planSize } from "./plan.js";

/** Names as in the settings. */
export interface MppiSettings {
  readonly population: number;
  readonly iterations: number;
  /** σ: standard deviation of candidates, in units of the half-width of the action box. */
  readonly std: number;
  /** λ, in standard deviations of the candidates' returns. */
  readonly temperature: number;
  /** β: correlation of a candidate's noise from one step to the next. */
  readonly correlation: number;
}

/**
 * Model-predictive path integral control (Williams et al. 2017): per round, around the plan U,
 *
 *   candidates u = clip(U + σ ε, −1, 1),  ε_t = β ε_{t−1} + √(1 − β²) z_t,  z standard normal
 *   w ∝ exp((R(u) − max R) / (λ σ_R)),  U ← Σ w u
 *
 * with σ_R the standard deviation of the candidates' returns R, so that λ means the same whatever a task's rewards are.
 */
export function mppi(shape: PlanShape, settings: MppiSettings): PlanSearch {
  const { population, iterations, std, temperature, correlation } = settings;
  const size = planSize(shape);
  return async (starts, judge, rng) => {
    const worlds = starts.length / size;
    const all = Array.from({ length: worlds }, (_, world) => world);
    const means = Float64Array.from(starts);
    let spread = 0;
    for (let round = 0; round < iterations; round++) {
      const noise = correlatedNormals(population, shape, correlation, rng.stream("candidates", round));
      const plans = new Float32Array(worlds * noise.length);
      for (const world of all) {
        const own = plans.subarray(world * noise.length, (world + 1) * noise.length);
        for (let i = 0; i < own.length; i++)
          own[i] = Math.min(Math.max(means[world * size + (i % size)] + std * noise[i], -1), 1);
      }
      const returns = await judge(plans, all, rng.stream("chance", round));
      spread = 0;
      for (const world of all) {
        const weights = mppiWeights(returns.subarray(world * population, (world + 1) * population), temperature);
        for (let j = 0; j < size; j++) {
          const action = (c: number) => plans[(world * population + c) * size + j];
          let [mean, variance] = [0, 0];
          for (let c = 0; c < population; c++) mean += weights[c] * action(c);
          for (let c = 0; c < population; c++) variance += weights[c] * (action(c) - mean) ** 2;
          means[world * size + j] = mean;
          spread += Math.sqrt(variance) / means.length;
        }
      }
    }
    return { plans: Float32Array.from(means), spread, rounds: iterations };
  };
}

/** w ∝ exp((R − max R) / (λ σ_R)), sum 1; all the same where returns are. One that is not finite has no weight, unless none is. */
export function mppiWeights(returns: Float64Array, temperature: number): Float64Array {
  const finite = returns.filter(Number.isFinite);
  const uniform = new Float64Array(returns.length).fill(1 / returns.length);
  if (finite.length === 0) return uniform;
  const best = finite.reduce((a, b) => Math.max(a, b));
  const { std } = meanAndStd(finite);
  const weights = returns.map((x) =>
    Number.isFinite(x) ? (std === 0 ? 1 : Math.exp((x - best) / (temperature * std))) : 0,
  );
  const total = weights.reduce((a, b) => a + b, 0);
  return weights.map((w) => w / total);
}

/** Standard normals of `count` plans whose neighbours in time have this correlation, [count, horizon, action size]. Draws from rng. */
function correlatedNormals(
  count: number,
  { horizon, actionSize: m }: PlanShape,
  correlation: number,
  rng: Rng,
): Float64Array {
  const noise = new Float64Array(count * horizon * m);
  const fresh = Math.sqrt(1 - correlation ** 2);
  for (let i = 0; i < noise.length; i++) {
    const isFirst = i % (horizon * m) < m;
    noise[i] = isFirst ? rng.normal() : correlation * noise[i - m] + fresh * rng.normal();
  }
  return noise;
}
