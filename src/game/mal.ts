import type { Rng } from "../random/rng.js";
import type { GameConfig, GameState, Moves, Players } from "./game.js";
import { remember } from "./game.js";
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
export async function* mal<P, M, S>(
  start: Players<P, M> | GameState<P, M, S>, moves: Moves<P, M, S>, config: GameConfig, rng: Rng,
): AsyncGenerator<GameState<P, M, S>, never> {
  let { k, policy, model, buffer } = "buffer" in start ? start : await withInitialModel(start, moves, config, rng); // 1–4
  for (; ; k++) {                                                                                                   // 5
    for (let step = 0; step < config.npgSteps; step++) {                                                            // 6
      policy = await moves.improvePolicy(policy, model, buffer, rng.stream("policy", k, step));
    }
    const fresh = await moves.collect(policy, config.samplesPerIteration, rng.stream("world", k));                  // 7
    buffer = remember(buffer, fresh, config.bufferSize);
    model = await moves.fitModel(model, buffer, rng.stream("model", k));                                            // 8
    yield { k: k + 1, policy, model, buffer };
  }                                                                                                                 // 9
}
