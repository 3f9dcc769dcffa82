import type { GameStart, GameState } from "../game/game.js";
import { type Experience, emptyExperience } from "../mdp/experience.js";
import type { Task } from "../mdp/task.js";
import type { Rng } from "../random/rng.js";
import { keepExperience, recallExperience } from "./experience-part.js";
import type { Snapshot } from "./snapshot.js";
import { SnapshotReader } from "./snapshot-reader.js";
import type { OpenPlayers } from "./ways.js";

/** The state of our games: the values of a policy player and of a model player, and D. */
export type AgentState<P = unknown, V = unknown> = GameState<P, V, Experience>;

/** π_0, M_0 and no data, or those of a dataset. Draws from rng. */
export function initialState(
  { policy, model }: OpenPlayers,
  task: Task,
  rng: Rng,
  dataset?: Experience,
): GameStart<unknown, unknown, Experience> {
  return {
    policy: policy.initial(rng),
    model: model.initial(rng.stream("model")),
    data: dataset ?? emptyExperience(task.observation.size, task.action.size, policy.needsDraws),
  };
}

/**
 * The whole state of a game as named tensors and plain JSON.
 *
 * @param line lines of the log so far, where not every iteration of the game makes one
 */
export function keepState({ policy, model }: OpenPlayers, state: AgentState, line = state.k): Snapshot {
  const [own, other, data] = [policy.keep(state.policy), model.keep(state.model), keepExperience(state.data)];
  return {
    tensors: { ...own.tensors, ...other.tensors, ...data.tensors },
    meta: {
      iteration: line,
      ...(line === state.k ? {} : { k: state.k }),
      samples: state.data.gathered,
      ...data.meta,
      ...own.meta,
      ...other.meta,
      adamSteps: { ...own.adamSteps, ...other.adamSteps },
    },
  };
}

/**
 * The state again, from a snapshot of a run with this task and these players.
 *
 * @throws {StorageError} where a tensor is missing or has another size than the settings ask for
 */
export function recallState({ policy, model }: OpenPlayers, task: Task, snapshot: Snapshot): AgentState {
  const from = new SnapshotReader(snapshot);
  return {
    k: (snapshot.meta.k as number | undefined) ?? snapshot.meta.iteration,
    policy: policy.recall(from),
    model: model.recall(from),
    data: recallExperience(from, task, policy.needsDraws),
  };
}
