import type { Compute } from "../../compute/engine.js";
import type { ReturnUnits } from "../rehearsal.js";
import type { Nominal } from "./follow.js";
import { boundOn, jacobians } from "./jacobians.js";
import type { Opened } from "./opened.js";
import { type Place, table } from "./places.js";
import type { Beyond, PlanModel, StepModel } from "./plan-model.js";
import { rewardSlopes } from "./reward-slopes.js";
import { valueSlopeGraph } from "./slope-graphs.js";
import { throughStep } from "./through-step.js";

/** What a plan costs near its path, from derivatives of members, reward and V. */
export interface Slopes {
  /** @param chances noise that particles meet, of each member [horizon, its particles · noise size] */
  around(nominal: Nominal, chances: readonly Float32Array[], units: ReturnUnits): Promise<PlanModel>;
  release(): Promise<void>;
}

/** Stands where a particle has ended. */
const NONE: StepModel = { jacobian: new Float64Array(0), slope: new Float64Array(0), curvature: null };

/**
 * Costs are −r. With z = (s, u), the member's Jacobian J = ∂s′/∂z and the reward's own derivatives by (s, u, s′):
 *
 *   ∂ℓ/∂z = −(I; J)ᵀ ∇r,   ∂²ℓ/∂z² ≈ the positive part of −∇²r, from both sides by (I; J)   (Gauss–Newton: ∂²s′ is left out)
 *
 * A reward that members say themselves has its slope alone, and so has V: what is learned is not trusted with its second derivatives.
 * Ends have none: a step counts what m_t says, and V's slope is taken where a particle's path ends, in a terminal state too, so that
 * a plan that ends early knows which way is out.
 */
export async function slopes(compute: Compute, opened: Opened): Promise<Slopes> {
  const { task, members, particles, horizon, value } = opened;
  const n = task.observation.size;
  const [d, count] = [n + task.action.size, particles.weights.length];
  const ofSteps = await jacobians(compute, opened);
  const ofRewards = members.some(({ learnsReward }) => !learnsReward) ? await rewardSlopes(compute, opened) : undefined;
  const values = value && (await boundOn(compute, valueSlopeGraph(task, value), value.tensors("value")));

  /** V's slope at the state that each particle's path ends in. */
  async function beyond({ states, alive }: Nominal, units: ReturnUnits): Promise<readonly Beyond[] | null> {
    if (values === undefined || units.valueWeight === 0) return null;
    const lastSteps = particles.places.map((_, particle) => {
      let t = 0;
      while (t + 1 < horizon && alive[(t + 1) * count + particle] !== 0) t++;
      return t;
    });
    const last = new Float32Array(count * n);
    for (const [particle, t] of lastSteps.entries()) {
      const at = ((t + 1) * count + particle) * n;
      last.set(states.subarray(at, at + n), particle * n);
    }
    const outputs = await values.get(compute.engines[0])!.run({ states: table(last, n) });
    const by = outputs.slopes.data as Float32Array;
    return lastSteps.map((after, particle) => {
      const weight = units.valueWeight * units.discount ** (after + 1) * particles.weights[particle];
      return { after, slope: Float64Array.from({ length: n }, (_, i) => -weight * by[particle * n + i]) };
    });
  }

  return {
    async around(nominal, chances, units) {
      const places = members.map(() => [] as Place[]);
      const weights = Array.from({ length: horizon }, () => new Float64Array(count));
      for (let t = 0, discount = 1; t < horizon; t++, discount *= units.discount)
        for (const [particle, { member }] of particles.places.entries()) {
          if (nominal.alive[t * count + particle] === 0) continue;
          places[member].push({ t, particle });
          weights[t][particle] = discount * particles.weights[particle];
        }
      const steps: StepModel[][] = Array.from({ length: horizon }, () => new Array(count).fill(NONE));
      const found = await ofSteps.at(nominal, places, chances);
      for (const [member, own] of places.entries())
        for (const [i, { t, particle }] of own.entries()) steps[t][particle] = found[member][i];
      if (ofRewards !== undefined) {
        const known = places.flatMap((own, member) => (members[member].learnsReward ? [] : own));
        const rewards = await ofRewards(nominal, known);
        for (const [i, { t, particle }] of known.entries()) {
          const { jacobian } = steps[t][particle];
          steps[t][particle] = { jacobian, ...throughStep(rewards[i], jacobian, n, d) };
        }
      }
      return { observationSize: n, steps, weights, beyond: await beyond(nominal, units) };
    },
    async release() {
      await ofSteps.release();
      if (values) for (const program of values.values()) await program.release();
    },
  };
}
