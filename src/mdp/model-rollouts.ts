import type { Compute } from "../compute/engine.js";
import { shareOut } from "../compute/share.js";
import { fillNormal, type Rng } from "../random/rng.js";
import { modelEpisodes } from "./model-episodes.js";
import type { ActingNet, Model } from "./parametric.js";
import { type Rollouts, rollOut } from "./rollouts.js";
import type { Task } from "./task.js";

/** Who is rolled out where. */
export interface ModelPlay {
  readonly task: Task;
  readonly policy: ActingNet;
  readonly model: Model;
  /** H: longest rollout; the task's horizon bounds it too. */
  readonly rolloutHorizon: number;
  /** Share by which the task's terminal limits are drawn in. */
  readonly terminalMargin: number;
}

/**
 * Synthetic rollouts (Subroutine 1, lines 4–10): every start once in every member, members in parallel. Draws from rng.
 *
 * @param starts states, [count, observation size]
 * @returns D_τ, one part per member
 */
export async function modelRollouts(
  compute: Compute,
  { task, policy, model, rolloutHorizon, terminalMargin }: ModelPlay,
  starts: Float32Array,
  rng: Rng,
): Promise<Rollouts[]> {
  const horizon = Math.min(rolloutHorizon, task.horizon);
  // Two members at a time on each engine: it runs a step of one while this thread sees to the other's rewards and noise.
  const engines = [...compute.engines, ...compute.engines];
  return shareOut({ ...compute, engines }, model.members, async (engine, { noiseSize }, member) => {
    const noise = rng.stream("noise", member);
    const chance = rng.stream("chance", member);
    const normals = (rows: number) => fillNormal(new Float32Array(rows * noiseSize), chance);
    const imagined = await modelEpisodes(engine, task, policy, model, member, terminalMargin);
    try {
      return await rollOut(imagined.begin(starts, normals), horizon, (going) =>
        fillNormal(new Float32Array(going.length * task.action.size), noise),
      );
    } finally {
      await imagined.release();
    }
  });
}
