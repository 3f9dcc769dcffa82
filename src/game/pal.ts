import type { Rng } from "../random/rng.js";
import { type GameConfig, type GameState, type Moves, type Players, remember } from "./game.js";

/**
 * Policy As Leader (PAL): Algorithm 1, in the practical form of Algorithm 3.
 *
 *   M_{k+1} ≈ argmin_M ℓ(M, μ_W^{π_k})        (15)  the follower answers in full
 *   π_{k+1} = π_k + α_k ∇_π J(π_k, M_{k+1})   (16)  the leader moves a little
 *
 * Numbers at the right are lines of Algorithm 3. Departures: docs/paper/departures.md.
 */
// biome-ignore format: the margin carries the paper's line numbers
export async function* pal<P, M, S>(
  start: Players<P, M> | GameState<P, M, S>, moves: Moves<P, M, S>, config: GameConfig, rng: Rng,
): AsyncGenerator<GameState<P, M, S>, never> {
  let { k, policy, model, buffer } = "buffer" in start ? start : {                                        // 1
    ...start, k: 0, buffer: await moves.collect(start.policy, config.initialSamples, rng.stream("init")), // 3
  };
  for (; ; k++) {                                                                                         // 4
    model = await moves.fitModel(model, buffer, rng.stream("model", k));                                  // 5
    for (let step = 0; step < config.npgSteps; step++) {                                                  // 6
      policy = await moves.improvePolicy(policy, model, buffer, rng.stream("policy", k, step));
    }
    const fresh = await moves.collect(policy, config.samplesPerIteration, rng.stream("world", k));        // 7
    buffer = remember(buffer, fresh, config.bufferSize);
    yield { k: k + 1, policy, model, buffer };
  }                                                                                                       // 8
}
