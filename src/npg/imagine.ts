import type { Compute } from "../compute/engine.js";
import { shareOut } from "../compute/share.js";
import { type Rollouts, rollOut } from "../mdp/rollouts.js";
import type { Task } from "../mdp/task.js";
import type { Ensemble } from "../model/ensemble.js";
import type { GaussianPolicy } from "../policy/gaussian-policy.js";
import { fillNormal, type Rng } from "../random/rng.js";
import { imagination } from "./imagined-episodes.js";

/**
 * Synthetic rollouts (Subroutine 1, lines 4–10): every start once in every member, members in parallel. Draws from rng.
 *
 * @param starts states, [count, observation size]
 * @returns D_τ, one part per member
 */
export async function imagine(
  compute: Compute,
  task: Task,
  policy: GaussianPolicy,
  ensemble: Ensemble,
  starts: Float32Array,
  { rolloutHorizon, terminalMargin }: { readonly rolloutHorizon: number; readonly terminalMargin: number },
  rng: Rng,
): Promise<Rollouts[]> {
  const horizon = Math.min(rolloutHorizon, task.horizon);
  // Two members at a time on each engine: it runs a step of one while this thread sees to the other's rewards and noise.
  const engines = [...compute.engines, ...compute.engines];
  return shareOut({ ...compute, engines }, ensemble.members, async (engine, _, member) => {
    const noise = rng.stream("noise", member);
    const imagined = await imagination(engine, task, policy, ensemble, member, terminalMargin);
    try {
      return await rollOut(imagined.begin(starts), horizon, (going) =>
        fillNormal(new Float32Array(going.length * task.action.size), noise),
      );
    } finally {
      await imagined.release();
    }
  });
}
