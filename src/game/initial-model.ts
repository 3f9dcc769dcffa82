import type { Rng } from "../random/rng.js";
import type { GameConfig, GameStart, GameState, Moves } from "./game.js";

/**
 * Initial data and initial model (Algorithm 4, lines 3 and 4): where the policy moves on the model of before an
 * iteration's fit, that model must have seen data once.
 */
export async function withInitialModel<P, M, D>(
  { policy, model, data: none }: GameStart<P, M, D>,
  moves: Moves<P, M, D>,
  config: GameConfig,
  rng: Rng,
): Promise<GameState<P, M, D>> {
  const data = await moves.collect(policy, none, config.initialSamples, rng.stream("init"));
  return { k: 0, policy, model: await moves.fitModel(model, data, rng.stream("model", "init")), data };
}
