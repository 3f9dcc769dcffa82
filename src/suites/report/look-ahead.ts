import { stageOf } from "../../agents/snapshot.js";
import { SnapshotReader } from "../../agents/snapshot-reader.js";
import { taskStages } from "../../agents/task-changes.js";
import { openPlayers } from "../../agents/ways.js";
import { worldPool } from "../../agents/world/pool.js";
import type { Compute } from "../../compute/engine.js";
import { rolloutError, type StateDistance } from "../../experiments/rollout-error.js";
import { worldTrajectories } from "../../experiments/trajectories.js";
import { meanOf } from "../../math/statistics.js";
import { networkActor } from "../../mdp/actor.js";
import { predicts } from "../../mdp/parametric.js";
import type { Task } from "../../mdp/task.js";
import { listCheckpoints, readCheckpoint } from "../../runs/checkpoint.js";
import { readConfig } from "../../runs/config.js";
import { type Curve, drawFigure, PALETTE } from "../../runs/panel.js";
import type { FigureSpec } from "../suite-file.js";
import { gamesOf } from "./curves.js";
import { type Block, table } from "./document.js";
import { type Bench, isMeasured, keepReading, keptReading, runsOfFigure } from "./readings.js";
import { lackingText, type PlayedRun, type SuiteRuns } from "./suite-runs.js";

/** Error amplification of a run's policy and model at one checkpoint (App. B.3, figure 6). */
export interface LookAheadReading {
  readonly run: string;
  readonly game: string;
  readonly seed: number;
  /** Samples that were asked for, and those of the checkpoint. */
  readonly at: number;
  readonly samples: number;
  readonly unit: string;
  /** By step, from 0. */
  readonly open: readonly number[];
  readonly closed: readonly number[];
}

/** Steps that are looked ahead, and episodes they are a mean of. */
const STEPS = 25;
const EPISODES = 16;
/** Seeds that neither training nor evaluation uses. */
const SEED = 4_000_000;
/** A checkpoint counts for a number of samples where it is within this share of it. */
const NEAR = 0.2;

const what = (at: number): string => `look-ahead-${at}`;

/** What was measured before; a reading is taken once, and kept. */
export function lookAheadReadings(all: SuiteRuns, figure: FigureSpec): readonly LookAheadReading[] {
  return runsOfFigure(all, figure).flatMap((run) =>
    (figure.at ?? []).flatMap((at) => keptReading<LookAheadReading>(all, run, what(at)) ?? []),
  );
}

/** Measures every run at every number of samples at which it has a checkpoint that was kept, and that was not measured yet. */
export async function measureLookAhead(
  all: SuiteRuns,
  figure: FigureSpec,
  { compute, openTask }: Bench,
): Promise<void> {
  for (const run of runsOfFigure(all, figure))
    for (const at of figure.at ?? []) {
      if (isMeasured(all, run, what(at))) continue;
      const iteration = nearestCheckpoint(run, at);
      if (iteration === undefined) continue;
      const reading = await measured(run, at, iteration, await compute(), await openTask(run));
      keepReading(all, run, what(at), reading);
    }
}

function nearestCheckpoint({ directory, data }: PlayedRun, at: number): number | undefined {
  const samples = new Map(data.iterations.map((each) => [each.iteration, each.samples]));
  const far = (k: number) => Math.abs((samples.get(k) ?? Number.POSITIVE_INFINITY) - at);
  const [best] = [...listCheckpoints(directory)].sort((a, b) => far(a) - far(b));
  return best !== undefined && far(best) <= NEAR * at ? best : undefined;
}

async function measured(
  { directory, data, game, seed }: PlayedRun,
  at: number,
  iteration: number,
  compute: Compute,
  first: Task,
): Promise<LookAheadReading> {
  const config = readConfig(directory);
  const snapshot = readCheckpoint(directory, iteration);
  const task = (await taskStages(first, config.settings.task))[stageOf(snapshot)];
  const players = openPlayers(task, config.settings);
  const from = new SnapshotReader(snapshot);
  const net = players.policy.network?.(players.policy.recall(from));
  const model = players.model.view(players.model.recall(from));
  const { distance, unit } = distanceOf(task);
  const reading = { run: data.name, game: game.id, seed, at, samples: snapshot.meta.samples, unit };
  if (net === undefined || !predicts(model)) return { ...reading, open: [], closed: [] }; // who plans has no network to look at
  const acting = await networkActor(compute.engines[0], net, task);
  const pool = worldPool(task);
  try {
    const seeds = Array.from({ length: EPISODES }, (_, i) => SEED + i);
    const episodes = await worldTrajectories(acting, pool, seeds, STEPS);
    const { open, closed } = await rolloutError({ compute, task, policy: net, model, episodes, distance });
    const numbers = (of: typeof open) => Array.from(of.distance!, (x) => Number(x.toPrecision(6)));
    return { ...reading, open: numbers(open), closed: numbers(closed) };
  } finally {
    pool.close();
    await acting.release();
  }
}

/** What the error is of: the first angle that is observed by cosine and sine, as the claw's valve is, else the whole state. */
function distanceOf({ observation: { names } }: Task): { readonly distance: StateDistance; readonly unit: string } {
  const cosine = names.findIndex((name, i) => /^cos of /.test(name) && /^sin of /.test(names[i + 1] ?? ""));
  if (cosine < 0) {
    return {
      distance: (world, model) => Math.hypot(...world.map((x, j) => x - model[j])),
      unit: "‖s^W − s^M‖",
    };
  }
  const angle = (s: Float32Array) => Math.atan2(s[cosine + 1], s[cosine]);
  return {
    distance: (world, model) => {
      const apart = Math.abs(angle(world) - angle(model));
      return Math.min(apart, 2 * Math.PI - apart);
    },
    unit: `error of ${names[cosine].replace(/^cos of /, "")}, rad`,
  };
}

/** The mean over seeds by step. */
export function meanByStep(readings: readonly LookAheadReading[], mode: "open" | "closed"): readonly number[] {
  const steps = Math.min(STEPS + 1, ...readings.map((each) => each[mode].length));
  return Array.from({ length: Math.max(0, steps) }, (_, t) => meanOf(readings.map((each) => each[mode][t])));
}

/** Figure 6: a panel per way, error over the steps looked ahead, open loop dashed. */
export function lookAheadFigure(all: SuiteRuns, figure: FigureSpec): string {
  const readings = lookAheadReadings(all, figure);
  const games = gamesOf(all, figure);
  return drawFigure(
    games.map((game) => {
      const here = readings.filter((each) => each.game === game.id);
      const lacking = lackingText(all, [game]);
      const curves = (figure.at ?? []).flatMap((at, i) => {
        const those = here.filter((each) => each.at === at && each.open.length > 0);
        if (those.length === 0) return [];
        return (["closed", "open"] as const).map((mode): Curve => {
          const points = meanByStep(those, mode).map((y, t) => [t, y] as const);
          const label = `${at / 1000} k, ${mode} loop (${those.length} ${those.length === 1 ? "seed" : "seeds"})`;
          return { label, color: PALETTE[i % PALETTE.length], points, dashed: mode === "open" };
        });
      });
      return {
        title: `${game.way.toUpperCase()} on ${game.task}`,
        subtitle: [
          curves.length === 0 ? "no checkpoint measured yet" : `mean over seeds and ${EPISODES} episodes each`,
          ...(lacking === "" ? [] : [lacking]),
        ].join("\n"),
        xLabel: "steps looked ahead",
        yLabel: here[0]?.unit ?? "error",
        curves,
      };
    }),
  );
}

export function lookAheadTable(all: SuiteRuns, figure: FigureSpec): Block {
  const readings = lookAheadReadings(all, figure).filter(({ open }) => open.length > 0);
  const cell = (values: readonly number[], t: number) => (values[t] === undefined ? "" : values[t].toPrecision(3));
  return table(
    ["way", "seed", "samples", "open, step 10", "closed, step 10", `open, step ${STEPS}`, `closed, step ${STEPS}`],
    readings.map(({ game, seed, samples, open, closed }) => [
      game,
      String(seed),
      samples.toLocaleString("en"),
      cell(open, 10),
      cell(closed, 10),
      cell(open, STEPS),
      cell(closed, STEPS),
    ]),
  );
}
