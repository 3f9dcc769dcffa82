import type { Rng } from "../random/rng.js";
import type { GameConfig, GameStart, GameState, Moves } from "./game.js";
import { withInitialModel } from "./initial-model.js";

/**
 * Independent simultaneous learners (section 4.1): both players answer the other's k-th move, and neither sees the
 * other's (k + 1)-th. GDA and BR are this order of play with small and with large steps.
 */
export async function* simultaneous<P, M, D>(
  start: GameStart<P, M, D> | GameState<P, M, D>,
  moves: Moves<P, M, D>,
  config: GameConfig,
  rng: Rng,
): AsyncGenerator<GameState<P, M, D>, never> {
  let { k, policy, model, data } = "k" in start ? start : await withInitialModel(start, moves, config, rng);
  const improve = async (before: P, fixed: M, seen: D, iteration: number): Promise<P> => {
    let improved = before;
    for (let step = 0; step < config.policySteps; step++) {
      improved = await moves.improvePolicy(improved, fixed, seen, rng.stream("policy", iteration, step));
    }
    return improved;
  };
  for (; ; k++) {
    [policy, model] = [
      await improve(policy, model, data, k),
      await moves.fitModel(model, data, rng.stream("model", k)),
    ];
    data = await moves.collect(policy, data, config.samplesPerIteration, rng.stream("world", k));
    yield { k: k + 1, policy, model, data };
  }
}
