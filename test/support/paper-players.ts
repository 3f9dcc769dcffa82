import type { ModelPlayer, PolicyPlayer, PolicyReport } from "../../src/agents/player.js";
import type { GaussianState } from "../../src/agents/players/gaussian.js";
import type { Settings } from "../../src/agents/settings.js";
import { initialState } from "../../src/agents/state.js";
import { type OpenPlayers, openPlayers } from "../../src/agents/ways.js";
import type { GameStart } from "../../src/game/game.js";
import type { Experience } from "../../src/mdp/experience.js";
import type { Model } from "../../src/mdp/parametric.js";
import type { Task } from "../../src/mdp/task.js";
import type { Ensemble } from "../../src/model/ensemble.js";
import type { EnsembleModel } from "../../src/model/ensemble-model.js";
import type { Rng } from "../../src/random/rng.js";

/** The values of the paper's players: NPG's and the ensemble's. */
export type PaperPolicy = GaussianState<undefined>;
export type PaperState = GameStart<PaperPolicy, Ensemble, Experience>;

/** A run's players, where they are the paper's: with the types of their values. */
export interface PaperPlayers extends Pick<OpenPlayers, "kinds"> {
  readonly policy: PolicyPlayer<PaperPolicy, Model, PolicyReport>;
  readonly model: ModelPlayer<Ensemble, EnsembleModel>;
}

export const paperPlayers = (task: Task, settings: Settings): PaperPlayers =>
  openPlayers(task, settings) as unknown as PaperPlayers;

/** π_0, M_0 and no data. Draws from rng. */
export const paperStart = (task: Task, settings: Settings, rng: Rng): PaperState =>
  initialState(openPlayers(task, settings), task, rng) as PaperState;
