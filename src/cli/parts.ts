import { evaluatePolicy } from "../agents/evaluate.js";
import { modelToOnnx, policyToOnnx } from "../agents/export.js";
import { DEFAULT_PRESET, presetNames } from "../agents/presets.js";
import { plainActor, recordEpisodes, snapshotActor } from "../agents/record.js";
import { resolveSettings } from "../agents/resolve-settings.js";
import { taskStages } from "../agents/task-changes.js";
import { train } from "../agents/train.js";
import { namedTask, namedTaskOptions } from "../bridges/named-task.js";
import { openNodeCompute } from "../compute/engine-node.js";
import { checkTask } from "../envs/check/check-task.js";
import { taskIds } from "../envs/index.js";
import { boundsTable, tightness } from "../experiments/bounds.js";
import { exactGames } from "../experiments/exact-games/study.js";
import { snapshotGoalMap } from "../experiments/goal-map.js";
import { seeded } from "../random/rng.js";
import { portraits, tightnessFigure } from "../runs/figure-theory.js";
import type { Player } from "../runs/play-run.js";

/** What the commands stand on. Loaded only when a command runs, so that help is there at once; tests replace single parts. */
export const parts = {
  DEFAULT_PRESET,
  presetNames,
  resolveSettings,
  player: { train, policyToOnnx, modelToOnnx } as Player,
  evaluatePolicy,
  plainActor,
  snapshotActor,
  recordEpisodes,
  goalMap: snapshotGoalMap,
  taskStages,
  openNodeCompute,
  checkTask,
  createTask: namedTask,
  taskIds,
  taskOptions: namedTaskOptions,
  theory: { exactGames, boundsTable, tightness, portraits, tightnessFigure, seeded },
} as const;

export type Parts = typeof parts;
