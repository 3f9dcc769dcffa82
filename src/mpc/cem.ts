import type { Rng } from "../random/rng.js";
import { type PlanSearch, type PlanShape, planSize } from "./plan.js";

/** Names as in the settings. */
export interface CemSettings {
  readonly population: number;
  readonly elites: number;
  readonly iterations: number;
  /** Share of the old mean and variance that stays. */
  readonly alpha: number;
  /** Standard deviation of candidates at first, in units of the half-width of the action box. */
  readonly initialStd: number;
  /** The search ends where all variances are below it. */
  readonly minVariance: number;
}

/** Samples lie within so many standard deviations. */
const TRUNCATION = 2;

/**
 * The cross-entropy method (Chua et al. 2018, as their code has it): per round and entry i of a plan, with mean μᵢ and variance vᵢ,
 *
 *   v′ᵢ = min(vᵢ, ((μᵢ + 1)/2)², ((1 − μᵢ)/2)²)         so that candidates stay within the box
 *   candidates μ + √v′ · z,  z standard normal within ±2
 *   μ ← α μ + (1 − α) mean of the elites,  v ← α v + (1 − α) variance of the elites
 *
 * The last μ is the plan.
 */
export function cem(shape: PlanShape, settings: CemSettings): PlanSearch {
  const { population, elites, iterations, alpha, initialStd, minVariance } = settings;
  const size = planSize(shape);
  return async (starts, judge, rng) => {
    const worlds = starts.length / size;
    const means = Float64Array.from(starts);
    const variances = new Float64Array(starts.length).fill(initialStd ** 2);
    let searching = Array.from({ length: worlds }, (_, world) => world);
    let rounds = 0;
    for (let round = 0; round < iterations && searching.length > 0; round++) {
      const draws = truncatedNormals(population * size, rng.stream("candidates", round));
      const plans = new Float32Array(searching.length * draws.length);
      searching.forEach((world, i) => {
        for (let j = 0; j < size; j++) {
          const mean = means[world * size + j];
          const nearest = Math.min(1 + mean, 1 - mean) / 2;
          const std = Math.min(Math.sqrt(variances[world * size + j]), nearest);
          for (let c = 0; c < population; c++)
            plans[(i * population + c) * size + j] = mean + std * draws[c * size + j];
        }
      });
      const returns = await judge(plans, searching, rng.stream("chance", round));
      rounds += searching.length;
      searching.forEach((world, i) => {
        const best = bestOf(returns.subarray(i * population, (i + 1) * population), elites);
        for (let j = 0; j < size; j++) {
          let [sum, squares] = [0, 0];
          for (const c of best) sum += plans[(i * population + c) * size + j];
          const mean = sum / elites;
          for (const c of best) squares += (plans[(i * population + c) * size + j] - mean) ** 2;
          const at = world * size + j;
          means[at] = alpha * means[at] + (1 - alpha) * mean;
          variances[at] = alpha * variances[at] + (1 - alpha) * (squares / elites);
        }
      });
      searching = searching.filter((world) =>
        variances.subarray(world * size, (world + 1) * size).some((variance) => variance >= minVariance),
      );
    }
    const spread = variances.reduce((sum, variance) => sum + Math.sqrt(variance), 0) / variances.length;
    return { plans: Float32Array.from(means), spread, rounds: rounds / worlds };
  };
}

/** Numbers of the candidates with the highest returns; of equals, the first. */
function bestOf(returns: Float64Array, count: number): readonly number[] {
  const worth = Array.from(returns, (x) => (Number.isFinite(x) ? x : Number.NEGATIVE_INFINITY));
  const order = Array.from(worth.keys()).sort((a, b) => (worth[a] === worth[b] ? a - b : worth[b] - worth[a]));
  return order.slice(0, count);
}

/** Standard normals within ±2. Draws from rng. */
function truncatedNormals(count: number, rng: Rng): Float64Array {
  const draws = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    do draws[i] = rng.normal();
    while (Math.abs(draws[i]) > TRUNCATION);
  }
  return draws;
}
