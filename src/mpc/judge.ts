import type { Judge } from "./plan.js";
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
