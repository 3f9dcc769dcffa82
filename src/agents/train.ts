import type { Compute } from "../compute/engine.js";
import { br } from "../game/br.js";
import type { GameConfig, Play } from "../game/game.js";
import { gda } from "../game/gda.js";
import { mal } from "../game/mal.js";
import { pal } from "../game/pal.js";
import type { Task } from "../mdp/task.js";
import type { GaussianPolicy } from "../policy/gaussian-policy.js";
import { seeded } from "../random/rng.js";
import { boundMeter } from "./bound-meter.js";
import type { Algorithm } from "./defaults.js";
import { evaluateInWorld } from "./evaluate.js";
import { IterationLog } from "./iteration-log.js";
import type { IterationMetrics } from "./metrics.js";
import { agentMoves, type Counters } from "./moves.js";
import { type AgentState, initialPlayers } from "./players.js";
import type { Settings } from "./settings.js";
import { type Snapshot, stageOf } from "./snapshot.js";
import { decodeSnapshot, encodeSnapshot } from "./snapshot-codec.js";
import { changesInForce, type RemakeTask, stagedPool, type TaskChange, taskStages } from "./task-changes.js";

/** What a run is made of. */
export interface TrainSetup {
  readonly algorithm: Algorithm;
  readonly task: Task;
  readonly settings: Settings;
  readonly seed: number;
  /** Where graphs run. */
  readonly compute: Compute;
  /** Makes the task with other options, for `task.changes`; by default the catalogue does. */
  readonly remakeTask?: RemakeTask;
  /** Goes on from here instead of beginning. */
  readonly resume?: Snapshot;
  /** π* of the bound meter, where `meter.reference` names one. */
  readonly reference?: GaussianPolicy;
  /** Hears how far the present iteration is. */
  readonly onProgress?: (progress: Progress) => void;
  /** Seconds since any fixed moment, for the metrics' times; without it they are all 0. */
  readonly clock?: () => number;
}

/** How far the present iteration is: for a progress line. */
export interface Progress {
  readonly phase: "sample" | "fit" | "improve" | "evaluate";
  /** The iteration under way, from 1. */
  readonly iteration: number;
  readonly done: number;
  readonly total: number;
}

/** One finished iteration. */
export interface TrainedIteration {
  readonly metrics: IterationMetrics;
  readonly state: AgentState;
  /** The changes of the task that this iteration was the first to be played with; mostly none. */
  readonly taskChanges: readonly TaskChange[];
  /** All that is needed to go on from here. */
  snapshot(): Snapshot;
}

const GAMES: Readonly<Record<Algorithm, Play>> = { pal, mal, gda, br };

function gameConfig({ data, npg }: Settings): GameConfig {
  const { initialSamples, samplesPerIteration, bufferSize } = data;
  return {
    initialSamples,
    samplesPerIteration,
    bufferSize: bufferSize ?? Number.POSITIVE_INFINITY,
    npgSteps: npg.steps,
  };
}

/**
 * Plays an algorithm's game on a task, iteration by iteration, until `data.maxSamples` real samples are gathered.
 * A run that goes on from a snapshot yields, bit for bit, what the unbroken run would have.
 *
 * @throws {ConfigError} where `task.changes` cannot be made of the task
 * @throws {DivergenceError} where a player's numbers stop being numbers; what was yielded before stays good
 * @throws {WorldError} where the world breaks its contract
 */
export async function* train(setup: TrainSetup): AsyncGenerator<TrainedIteration, void> {
  const { algorithm, task, settings, seed, compute, clock = () => 0 } = setup;
  const rng = seeded(seed);
  const resumed = setup.resume && decodeSnapshot(setup.resume, task, settings, rng.stream("initial"));
  const counters: Counters = resumed?.counters ?? { samples: 0, episodes: 0 };
  if (resumed !== undefined && counters.samples >= settings.data.maxSamples) return;
  const { changes } = settings.task;
  const pool = stagedPool(await taskStages(task, changes, setup.remakeTask));
  let stage = stageOf(setup.resume);
  /** The task of the iteration that begins now. */
  const enter = () => {
    const before = stage;
    stage = changesInForce(changes, counters.samples);
    pool.enter(stage);
    return changes.slice(before, stage);
  };
  let taskChanges = enter();
  const log = new IterationLog(clock, settings, (progress) => setup.onProgress?.(progress));
  log.begin((resumed?.state.k ?? 0) + 1);
  const { every } = settings.meter;
  const meter = every === null ? undefined : boundMeter(compute, pool, settings, setup.reference);
  let k = resumed?.state.k ?? 0;
  let before = resumed?.state.model;
  const moves = agentMoves(compute, pool, settings, counters, log, () => k);
  const start = resumed?.state ?? initialPlayers(task, settings, rng.stream("initial"));
  try {
    for await (const state of GAMES[algorithm](start, moves, gameConfig(settings), rng.stream("game"))) {
      const last = counters.samples >= settings.data.maxSamples;
      if (last || state.k % settings.evaluation.every === 0) {
        log.evaluating();
        log.evaluated(await evaluateInWorld(compute, pool, state.policy.policy, settings.evaluation));
      }
      if (meter !== undefined && (last || state.k % every! === 0)) {
        log.metered(await meter.read(state, before, rng.stream("meter", state.k)));
      }
      before = state.model;
      const counted = { ...counters };
      const inForce = stage;
      const snapshot = () => withStage(encodeSnapshot(state, counted), inForce);
      yield { metrics: log.finish(counted.samples), state, taskChanges, snapshot };
      if (last) return;
      k = state.k;
      taskChanges = enter();
      log.begin(k + 1);
    }
  } finally {
    pool.close();
  }
}

/** A snapshot says how many changes were in force, where there were any (`stageOf`). */
const withStage = (snapshot: Snapshot, stage: number): Snapshot =>
  stage === 0 ? snapshot : { ...snapshot, meta: { ...snapshot.meta, taskChanges: stage } };
