import type { Algorithm } from "../../src/agents/defaults.js";
import { agentMoves, type MoveListener } from "../../src/agents/moves.js";
import type { FitReport } from "../../src/agents/player.js";
import type { SettingsPatch } from "../../src/agents/settings.js";
import { openPlayers } from "../../src/agents/ways.js";
import { worldPool } from "../../src/agents/world/pool.js";
import type { EpisodeScores } from "../../src/agents/world/scores.js";
import type { Compute } from "../../src/compute/engine.js";
import type { Moves } from "../../src/game/game.js";
import type { Experience } from "../../src/mdp/experience.js";
import type { Task } from "../../src/mdp/task.js";
import type { Ensemble } from "../../src/model/ensemble.js";
import type { ModelBasedReport } from "../../src/npg/model-based-step.js";
import { seeded } from "../../src/random/rng.js";
import { lineTask } from "./line-task.js";
import { type PaperPolicy, paperStart } from "./paper-players.js";
import { tinySettings } from "./tiny-run.js";

export interface SeatedOptions {
  readonly task?: Task;
  readonly iteration?: () => number;
}

/** The paper's players at the line, small, and what their moves tell. */
export function seated(
  compute: Compute,
  algorithm: Algorithm = "pal",
  patch: SettingsPatch = {},
  { task = lineTask(), iteration }: SeatedOptions = {},
) {
  const settings = tinySettings(algorithm, task, patch);
  const fits: FitReport[] = [];
  const steps: ModelBasedReport[] = [];
  const scores: EpisodeScores[] = [];
  const heads: (readonly number[])[] = [];
  const listener: MoveListener = {
    collected({ scores: own, headReturns }) {
      scores.push(own);
      heads.push(headReturns);
    },
    fitted: (report) => fits.push(report!),
    improved: (report) => steps.push(report as ModelBasedReport),
    progress: () => {},
  };
  const pool = worldPool(task);
  const table = { compute, pool, settings, listener, ...(iteration && { iteration }) };
  return {
    task,
    settings,
    fits,
    steps,
    scores,
    heads,
    pool,
    moves: agentMoves(openPlayers(task, settings), table) as Moves<PaperPolicy, Ensemble, Experience>,
    start: paperStart(task, settings, seeded(0)),
  };
}
