import type { Rng } from "../random/rng.js";
import type { GameConfig, GameState, Moves, Players } from "./game.js";

/**
 * Initial data and initial model (Algorithm 4, lines 3 and 4): where the policy moves on the model of before an
 * iteration's fit, that model must have seen data once.
 */
export async function withInitialModel<P, M, S>(
  { policy, model }: Players<P, M>,
  moves: Moves<P, M, S>,
  config: GameConfig,
  rng: Rng,
): Promise<GameState<P, M, S>> {
  const buffer = await moves.collect(policy, config.initialSamples, rng.stream("init"));
  return { k: 0, policy, model: await moves.fitModel(model, buffer, rng.stream("model", "init")), buffer };
}
