import type { Rng } from "../random/rng.js";
import { type GameConfig, type GameState, type Moves, type Players, remember } from "./game.js";
import { withInitialModel } from "./initial-model.js";

/**
 * Independent simultaneous learners (section 4.1): both players answer the other's k-th move, and neither sees the
 * other's (k + 1)-th. GDA and BR are this order of play with small and with large steps.
 */
export async function* simultaneous<P, M, S>(
  start: Players<P, M> | GameState<P, M, S>,
  moves: Moves<P, M, S>,
  config: GameConfig,
  rng: Rng,
): AsyncGenerator<GameState<P, M, S>, never> {
  let { k, policy, model, buffer } = "buffer" in start ? start : await withInitialModel(start, moves, config, rng);
  const improve = async (before: P, fixed: M, data: readonly S[], iteration: number): Promise<P> => {
    let improved = before;
    for (let step = 0; step < config.npgSteps; step++) {
      improved = await moves.improvePolicy(improved, fixed, data, rng.stream("policy", iteration, step));
    }
    return improved;
  };
  for (; ; k++) {
    [policy, model] = [
      await improve(policy, model, buffer, k),
      await moves.fitModel(model, buffer, rng.stream("model", k)),
    ];
    const fresh = await moves.collect(policy, config.samplesPerIteration, rng.stream("world", k));
    buffer = remember(buffer, fresh, config.bufferSize);
    yield { k: k + 1, policy, model, buffer };
  }
}
