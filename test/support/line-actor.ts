import { playEpisodes } from "../../src/agents/world/play.js";
import { worldPool } from "../../src/agents/world/pool.js";
import type { EpisodeScores } from "../../src/agents/world/scores.js";
import type { Compute } from "../../src/compute/engine.js";
import type { TaskDefinition } from "../../src/envs/simple/define-task.js";
import { type Actor, networkActor } from "../../src/mdp/actor.js";
import { actingNet, initialPolicy } from "../../src/policy/gaussian-policy.js";
import { seeded } from "../../src/random/rng.js";
import { lineTask } from "./line-task.js";

const inputs = { shift: new Float32Array(2), factor: new Float32Array(2).fill(1) };
const shape = { observationSize: 2, hidden: [4], actionSize: 1 };
const policy = initialPolicy(shape, inputs, -1, seeded(0));

/** Acts by a mean near u = 0, that is a = 1: 0.2 to the right in each step. */
export const lineActor = (compute: Compute): Promise<Actor> =>
  networkActor(compute.engines[0], actingNet(policy), lineTask());

/** Plays episodes of it on the line. */
export const episodesOnLine =
  (compute: () => Compute) =>
  async (
    seeds: readonly number[],
    noise: "mean" | number,
    changes: Partial<TaskDefinition> = {},
  ): Promise<EpisodeScores> => {
    const pool = worldPool(lineTask(changes));
    const acting = await lineActor(compute());
    const scores = await playEpisodes(acting, pool, {
      starts: seeds,
      noise: noise === "mean" ? "mean" : seeded(noise),
    });
    await acting.release();
    pool.close();
    return scores;
  };
