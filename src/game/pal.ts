import type { Rng } from "../random/rng.js";
import type { GameConfig, GameStart, GameState, Moves } from "./game.js";

/**
 * Policy As Leader (PAL): Algorithm 1, in the practical form of Algorithm 3.
 *
 *   M_{k+1} ≈ argmin_M ℓ(M, μ_W^{π_k})        (15)  the follower answers in full
 *   π_{k+1} = π_k + α_k ∇_π J(π_k, M_{k+1})   (16)  the leader moves a little
 *
 * Numbers at the right are lines of Algorithm 3. Departures: docs/paper/departures.md.
 */
// biome-ignore format: the margin carries the paper's line numbers
export async function* pal<P, M, D>(
  start: GameStart<P, M, D> | GameState<P, M, D>, moves: Moves<P, M, D>, config: GameConfig, rng: Rng,
): AsyncGenerator<GameState<P, M, D>, never> {
  let { k, policy, model, data } = "k" in start ? start : {                                                   // 1
    ...start, k: 0, data: await moves.collect(start.policy, start.data, config.initialSamples, rng.stream("init")), // 3
  };
  for (; ; k++) {                                                                                             // 4
    model = await moves.fitModel(model, data, rng.stream("model", k));                                        // 5
    for (let step = 0; step < config.policySteps; step++) {                                                   // 6
      policy = await moves.improvePolicy(policy, model, data, rng.stream("policy", k, step));
    }
    data = await moves.collect(policy, data, config.samplesPerIteration, rng.stream("world", k));             // 7
    yield { k: k + 1, policy, model, data };
  }                                                                                                           // 8
}
