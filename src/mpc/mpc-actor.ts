import { erf } from "../math/erf.js";
import type { Actor } from "../mdp/actor.js";
import type { Rng } from "../random/rng.js";
import { freshPlan, type Judge, type PlanSearch, type PlanShape, planSize, shiftedPlan } from "./plan.js";
import { particlesOf, type Rehearsal, type ReturnUnits } from "./rehearsal.js";

/** Judges plans by their mean return over all particles. @param states of the worlds, [worlds, observation size] */
export function judgeIn(rehearsed: Rehearsal, states: Float32Array, particles: number, units: ReturnUnits): Judge {
  return async (plans, worlds, rng) => {
    const total = plans.length / rehearsed.planSize;
    const each = total / worlds.length;
    const worldOf = Int32Array.from({ length: total }, (_, i) => worlds[Math.floor(i / each)]);
    const byMember = await rehearsed.returns(states, plans, worldOf, units, rng);
    const shares = particlesOf(particles, byMember.length);
    const means = new Float64Array(total);
    byMember.forEach((own, member) => {
      for (let i = 0; i < total; i++) means[i] += (shares[member] / particles) * own[i];
    });
    return means;
  };
}

/** What a planner acts with. */
export interface ActingPlanner {
  readonly shape: PlanShape;
  readonly search: PlanSearch;
  readonly rehearsal: Rehearsal;
  readonly particles: number;
  readonly units: ReturnUnits;
  readonly observationSize: number;
}

/**
 * Model-predictive control: at each step it plans from the present state, takes the plan's first action, and begins the next search
 * with the rest of it. Noise changes nothing: what it does by chance, it draws from rng, a stream for each decision.
 */
export function mpcActor(planner: ActingPlanner, rng: Rng): Actor {
  const { shape, search, rehearsal, particles, units, observationSize } = planner;
  const size = planSize(shape);
  let plans: Float32Array[] = [];
  let decisions = 0;
  return {
    begin(memories) {
      plans = memories.map((memory) => memory ?? freshPlan(shape));
    },
    async act(observations) {
      const rows = observations.length / observationSize;
      if (plans.length !== rows) plans = Array.from({ length: rows }, () => freshPlan(shape));
      const starts = new Float32Array(rows * size);
      for (let row = 0; row < rows; row++) starts.set(plans[row], row * size);
      const judge = judgeIn(rehearsal, observations, particles, units);
      const found = await search(starts, judge, rng.stream(decisions++));
      const actions = new Float32Array(rows * shape.actionSize);
      for (let row = 0; row < rows; row++) {
        const plan = found.plans.subarray(row * size, (row + 1) * size);
        actions.set(plan.subarray(0, shape.actionSize), row * shape.actionSize);
        plans[row] = shiftedPlan(plan, shape);
      }
      return actions;
    },
    keep(rows) {
      plans = rows.map((row) => plans[row]);
    },
    memory: (row) => plans[row],
    release: () => rehearsal.release(),
  };
}

/** Who acts before there is a model to plan in: actions spread evenly over the whole box, 0 where the noise is. */
export const uniformActor: Actor = {
  act: async (_, noise) => noise.map((z) => erf(z / Math.SQRT2)),
  release: async () => {},
};
