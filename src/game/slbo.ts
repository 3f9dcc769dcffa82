import type { Rng } from "../random/rng.js";
import type { GameConfig, GameStart, GameState, Moves } from "./game.js";

/**
 * Stochastic lower bounds optimization (SLBO): Luo et al. 2019, algorithm 2. Between two gatherings, rounds in which both
 * players move a little, one after the other on the same data:
 *
 *   M_{k,r+1} = M_{k,r} − β ∇_M ℓ(M_{k,r}, D)          some gradient steps
 *   π_{k,r+1} ≈ π_{k,r} + α ∇_π J(π_{k,r}, M_{k,r+1})   K steps
 *
 * With one round it is PAL. Numbers at the right are lines of their algorithm.
 */
// biome-ignore format: the margin carries the paper's line numbers
export async function* slbo<P, M, D>(
  start: GameStart<P, M, D> | GameState<P, M, D>, moves: Moves<P, M, D>, config: GameConfig, rng: Rng,
): AsyncGenerator<GameState<P, M, D>, never> {
  const { rounds = 1, policySteps } = config;
  let { k, policy, model, data } = "k" in start ? start : {                                                        // 1
    ...start, k: 0, data: await moves.collect(start.policy, start.data, config.initialSamples, rng.stream("init")), // 3
  };
  for (; ; k++) {                                                                                                  // 2
    for (let round = 0; round < rounds; round++) {                                                                 // 4
      model = await moves.fitModel(model, data, rng.stream("model", k, round));                                    // 5, 6
      for (let step = 0; step < policySteps; step++) {                                                             // 7
        policy = await moves.improvePolicy(policy, model, data, rng.stream("policy", k, round, step));             // 8, 9
      }
    }
    data = await moves.collect(policy, data, config.samplesPerIteration, rng.stream("world", k));                  // 3
    yield { k: k + 1, policy, model, data };
  }
}
