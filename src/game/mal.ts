import type { Rng } from "../random/rng.js";
import type { GameConfig, GameStart, GameState, Moves } from "./game.js";
import { withInitialModel } from "./initial-model.js";

/**
 * Model As Leader (MAL): Algorithm 2, in the practical form of Algorithm 4.
 *
 *   π_{k+1} ≈ argmax_π J(π, M_k)                        (18)  the follower answers in full
 *   M_{k+1} = M_k − β_k ∇_M ℓ(M, μ_W^{π_{k+1}})         (19)  the leader moves a little: few epochs on all data so far
 *
 * Numbers at the right are lines of Algorithm 4; line 6 is read with M_k (the paper prints M_0).
 */
// biome-ignore format: the margin carries the paper's line numbers
export async function* mal<P, M, D>(
  start: GameStart<P, M, D> | GameState<P, M, D>, moves: Moves<P, M, D>, config: GameConfig, rng: Rng,
): AsyncGenerator<GameState<P, M, D>, never> {
  let { k, policy, model, data } = "k" in start ? start : await withInitialModel(start, moves, config, rng);  // 1–4
  for (; ; k++) {                                                                                             // 5
    for (let step = 0; step < config.policySteps; step++) {                                                   // 6
      policy = await moves.improvePolicy(policy, model, data, rng.stream("policy", k, step));
    }
    data = await moves.collect(policy, data, config.samplesPerIteration, rng.stream("world", k));             // 7
    model = await moves.fitModel(model, data, rng.stream("model", k));                                        // 8
    yield { k: k + 1, policy, model, data };
  }                                                                                                           // 9
}
