import { fillNormal } from "../../random/rng.js";
import { type PlanShape, planSize } from "../plan.js";
import type { OpenSearch } from "../searcher.js";
import { backwardPass, type Feedback } from "./backward.js";
import { follower, type Nominal, nominalOf } from "./follow.js";
import { keepingAway } from "./keeping-away.js";
import { particlesIn } from "./particles.js";
import { slopes } from "./slopes.js";

/** Names as in the settings. */
export interface IlqrSettings {
  readonly iterations: number;
  /** A line search tries so many steps, each half as long as the one before. */
  readonly stepLengths: number;
  /** μ that a search begins with. */
  readonly regularization: number;
  /** A search ends where the quadratic model promises less than this share of |R|. */
  readonly tolerance: number;
  /** What closeness to a terminal state costs, where a task says how close one is; 0: nothing. */
  readonly roomWeight: number;
}

/** μ: least but 0, and where a search gives up (Tassa et al. 2012). */
const [LEAST, MOST] = [1e-4, 1e6];
/** Factor of μ's change, which grows with each change in the same direction. */
const CHANGE = 2;

/** The schedule of μ. */
class Regularization {
  private change = 1;
  constructor(public value: number) {}
  /** @returns whether it can still be raised */
  raise(): boolean {
    this.change = Math.max(CHANGE, this.change * CHANGE);
    this.value = Math.max(LEAST, this.value * this.change);
    return this.value <= MOST;
  }
  lower(): void {
    this.change = Math.min(1 / CHANGE, this.change / CHANGE);
    this.value *= this.change;
    if (this.value < LEAST) this.value = 0;
  }
}

/**
 * Iterative LQR (Li and Todorov 2004; Tassa, Erez and Todorov 2012), with limits on actions (Tassa, Mansard and Todorov 2014), around
 * the plan that it begins with:
 *
 *   1  follow the plan in all particles                                            Ŝ, m, R
 *   2  members' Jacobians, and slopes of reward and V along that path              slopes.ts
 *   3  backward pass; μ is raised until Q̃_uu is positive definite                  k, K
 *   4  follow u = clip(û + α k + (S − Ŝ) Kᵀ) for α = 0, 1, ½, ¼ … in one run, and take the best
 *   5  better: lower μ, and again from 2; not better: raise μ, and again from 3
 *
 * What it finds is never worse, in the model and on the noise of the search, than what it began with. Draws from rng: the noise of the particles,
 * which is the same for all worlds and for all plans of the search.
 */
export function ilqr(shape: PlanShape, settings: IlqrSettings): OpenSearch {
  const size = planSize(shape);
  return async (within) => {
    const { compute, members } = within;
    const task = keepingAway(within.task, settings.roomWeight);
    const opened = { ...within, task, horizon: shape.horizon, particles: particlesIn(members, within.particles) };
    const [ways, near] = await Promise.all([follower(compute, opened), slopes(compute, opened)]);
    const { rowsOf } = opened.particles;
    return {
      async find(states, starts, rng) {
        const chances = members.map(({ noiseSize }, i) =>
          fillNormal(new Float32Array(shape.horizon * rowsOf[i] * noiseSize), rng.stream("chance", i)),
        );
        const worlds = starts.length / size;
        const n = states.length / worlds;
        const found = await Promise.all(
          Array.from({ length: worlds }, (_, world) =>
            search({
              engine: world % compute.engines.length,
              state: states.subarray(world * n, (world + 1) * n),
              start: starts.subarray(world * size, (world + 1) * size),
              chances,
            }),
          ),
        );
        const plans = new Float32Array(starts.length);
        for (const [world, { plan }] of found.entries()) plans.set(plan, world * size);
        const rounds = found.reduce((sum, own) => sum + own.rounds, 0) / worlds;
        return { plans, spread: null, rounds };
      },
      async release() {
        await Promise.all([ways.release(), near.release()]);
      },
    };

    interface Search {
      readonly engine: number;
      readonly state: Float32Array;
      readonly start: Float32Array;
      readonly chances: readonly Float32Array[];
    }

    async function search({
      start,
      ...from
    }: Search): Promise<{ readonly plan: Float32Array; readonly rounds: number }> {
      const units = within.units;
      const follow = (plan: Float32Array, path: Float32Array, feedback: Feedback | null, lengths: readonly number[]) =>
        ways.follow({ ...from, units, around: { plan, states: path, feedback }, lengths });
      const blank = new Float32Array((shape.horizon + 1) * opened.particles.weights.length * from.state.length);
      let nominal: Nominal = nominalOf(await follow(start, blank, null, [0]), 0);
      const mu = new Regularization(settings.regularization);
      const lengths = [0, ...Array.from({ length: settings.stepLengths }, (_, i) => 0.5 ** i)];
      let model = await near.around(nominal, from.chances, units);
      let rounds = 0;
      while (rounds < settings.iterations) {
        let feedback = backwardPass(shape, model, nominal.plan, mu.value);
        while (feedback === undefined && mu.raise()) feedback = backwardPass(shape, model, nominal.plan, mu.value);
        if (feedback === undefined || !(feedback.promised > settings.tolerance * Math.abs(nominal.return))) break;
        rounds++;
        const paths = await follow(nominal.plan, nominal.states, feedback, lengths);
        const best = bestOf(paths.returns);
        if (best > 0) {
          nominal = nominalOf(paths, best);
          mu.lower();
          if (rounds < settings.iterations) model = await near.around(nominal, from.chances, units);
        } else if (!mu.raise()) break;
      }
      return { plan: nominal.plan, rounds };
    }
  };
}

/** The first of the highest; one that is not finite is worse than all that are. */
function bestOf(returns: Float32Array): number {
  let best = 0;
  for (let i = 1; i < returns.length; i++) if (Number.isFinite(returns[i]) && !(returns[i] <= returns[best])) best = i;
  return best;
}
