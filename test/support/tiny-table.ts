import { agentMoves, sceneOf } from "../../src/agents/moves.js";
import type { Scene } from "../../src/agents/player.js";
import type { Settings } from "../../src/agents/settings.js";
import { initialState } from "../../src/agents/state.js";
import { type OpenPlayers, type OwnPlayers, openPlayers, type Seats } from "../../src/agents/ways.js";
import { worldPool } from "../../src/agents/world/pool.js";
import type { Compute } from "../../src/compute/engine.js";
import type { GameStart } from "../../src/game/game.js";
import type { Experience } from "../../src/mdp/experience.js";
import type { Task } from "../../src/mdp/task.js";
import { seeded } from "../../src/random/rng.js";
import { lineTask } from "./line-task.js";
import { type AnyPatch, tinySettingsWith } from "./tiny-run.js";

/** Two players at a small task with some real samples, whoever they are. */
export interface TinyTable {
  readonly task: Task;
  readonly settings: Settings;
  readonly players: OpenPlayers;
  readonly start: GameStart<unknown, unknown, Experience>;
  /** 40 samples or a few more of π_0, and the model fitted to them. */
  readonly data: Experience;
  readonly model: unknown;
  scene(compute: Compute): Scene;
  close(): void;
}

const ignore = { collected() {}, fitted() {}, improved() {}, progress() {} };

export async function tinyTable(
  compute: Compute,
  seats: Readonly<Partial<Record<keyof Seats, string>>>,
  patches: readonly AnyPatch[] = [],
  own: OwnPlayers = {},
): Promise<TinyTable> {
  const task = lineTask();
  const settings = tinySettingsWith(own, "pal", task, { players: seats }, ...patches);
  const players = openPlayers(task, settings, own);
  const pool = worldPool(task);
  const start = initialState(players, task, seeded(0));
  const moves = agentMoves(players, { compute, pool, settings, listener: ignore });
  const data = await moves.collect(start.policy, start.data, 40, seeded(1));
  return {
    task,
    settings,
    players,
    start,
    data,
    model: await moves.fitModel(start.model, data, seeded(2)),
    scene: (on) => sceneOf({ compute: on, pool, settings }),
    close: () => pool.close(),
  };
}

/** What a snapshot of a player is once it went through files: arrays of their own, and JSON. */
export function filed<T extends { readonly tensors: object; readonly meta: object; readonly adamSteps: object }>(
  part: T,
) {
  const { tensors, meta, adamSteps } = part;
  const json = JSON.parse(JSON.stringify({ ...meta, adamSteps }));
  return { tensors: structuredClone(tensors) as T["tensors"], meta: { iteration: 1, samples: 40, ...json } };
}
