import type { Compute } from "../compute/engine.js";
import { checkedTask } from "../mdp/checked-task.js";
import type { Experience } from "../mdp/experience.js";
import type { ActingNet } from "../mdp/parametric.js";
import type { Task } from "../mdp/task.js";
import { seeded } from "../random/rng.js";
import { boundMeter } from "./bound-meter.js";
import type { Algorithm } from "./defaults.js";
import { evaluateInTurn, evaluateInWorld } from "./evaluate.js";
import { IterationLog } from "./iteration-log.js";
import type { IterationMetrics } from "./metrics.js";
import { agentMoves } from "./moves.js";
import { checkOffline, hasEnded } from "./offline.js";
import type { FitReport, PolicyReport } from "./player.js";
import type { Settings } from "./settings.js";
import { type Snapshot, stageOf } from "./snapshot.js";
import { type AgentState, initialState, keepState, recallState } from "./state.js";
import { type RemakeTask, stageAt, stagedPool, type TaskChange, taskStages } from "./task-changes.js";
import { type OwnPlayers, openPlayers, WAYS } from "./ways.js";

/** Browsers and Node have it; the core is compiled without the types of either. */
declare const performance: { now(): number };

/** An `AbortSignal`, as far as it is asked. */
export interface StopSignal {
  throwIfAborted(): void;
}

/** What a run is made of. */
export interface TrainSetup {
  readonly algorithm: Algorithm;
  readonly task: Task;
  readonly settings: Settings;
  readonly seed: number;
  /** Where graphs run. */
  readonly compute: Compute;
  /** Kinds of players of the caller's own, of which the settings name one or two; `resolveSettings` was given the same. */
  readonly players?: OwnPlayers;
  /** Makes the task with other options, for `task.changes`; by default the catalogue does. */
  readonly remakeTask?: RemakeTask;
  /** Goes on from here instead of beginning. */
  readonly resume?: Snapshot;
  /** π* of the bound meter, where `meter.reference` names one. */
  readonly reference?: ActingNet;
  /** D at the beginning, where `data.offline` names a dataset. */
  readonly offline?: Experience;
  /** Hears how far the present iteration is. */
  readonly onProgress?: (progress: Progress) => void;
  /** Seconds since any fixed moment, for the metrics' times. Default: `performance.now`. */
  readonly clock?: () => number;
  /** Ends the training where it is aborted: within the iteration under way, which is lost. */
  readonly signal?: StopSignal;
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

/**
 * Plays an algorithm's game on a task, iteration by iteration, until `data.maxSamples` real samples are gathered.
 * A run that goes on from a snapshot yields, bit for bit, what the unbroken run would have.
 *
 * @throws {ConfigError} where `task.changes` cannot be made of the task
 * @throws {DivergenceError} where a player's numbers stop being numbers; what was yielded before stays good
 * @throws {WorldError} where the world breaks its contract
 * @throws the signal's reason, an AbortError by default, where it is aborted
 */
export async function* train(setup: TrainSetup): AsyncGenerator<TrainedIteration, void> {
  const { algorithm, settings, seed, compute, clock = () => performance.now() / 1000, signal } = setup;
  signal?.throwIfAborted();
  const task = checkedTask(setup.task);
  const rng = seeded(seed);
  const players = openPlayers(task, settings, setup.players);
  const resumed = setup.resume && recallState(players, task, setup.resume);
  if (resumed === undefined) checkOffline(settings, setup.offline, players.policy);
  const start = resumed ?? initialState(players, task, rng.stream("initial"), setup.offline);
  if (resumed !== undefined && hasEnded(settings, resumed.k, resumed.data.gathered)) return;
  const stages = (await taskStages(task, settings.task, setup.remakeTask)).map(checkedTask);
  const inTurn = settings.task.turns.length > 0;
  const pool = stagedPool(stages);
  let stage = stageOf(setup.resume);
  let k = resumed?.k ?? 0;
  /** The task of iteration k, which begins now. */
  const enter = (samples: number) => {
    const before = stage;
    stage = stageAt(settings.task, k, samples);
    pool.enter(stage);
    return inTurn ? [] : settings.task.changes.slice(before, stage);
  };
  let taskChanges = enter(start.data.gathered);
  const { kinds, policy } = players;
  const steps = kinds.policy.steps(settings as never);
  const way = WAYS[algorithm];
  const rounds = way.inRounds ? (kinds.policy.rounds?.(settings as never) ?? 1) : 1;
  const metrics = {
    steps: rounds * steps,
    of: (reports: readonly PolicyReport[]) => kinds.policy.metrics(reports, settings as never),
  };
  const log = new IterationLog(
    clock,
    metrics,
    (progress) => {
      signal?.throwIfAborted();
      setup.onProgress?.(progress);
    },
    setup.resume?.meta.fit as FitReport | undefined,
  );
  let line = setup.resume?.meta.iteration ?? 0;
  log.begin(line + 1);
  const { every } = settings.meter;
  const table = { compute, pool, settings, listener: log, iteration: () => k };
  const meter = every === null ? undefined : boundMeter(table, players, setup.reference);
  let before = resumed?.model;
  const { samplesPerIteration } = settings.data;
  const initialSamples = setup.offline === undefined ? settings.data.initialSamples : 0;
  const config = { initialSamples, samplesPerIteration, policySteps: steps, rounds };
  try {
    for await (const state of way.order(start, agentMoves(players, table), config, rng.stream("game"))) {
      signal?.throwIfAborted();
      const samples = state.data.gathered;
      k = state.k;
      const last = hasEnded(settings, k, samples);
      if (!last && k % settings.record.every !== 0) {
        before = state.model;
        taskChanges = [...taskChanges, ...enter(samples)];
        continue;
      }
      line++;
      if (last || line % settings.evaluation.every === 0) {
        const acting = await policy.actor(compute, state.policy);
        try {
          log.evaluated(
            inTurn
              ? await evaluateInTurn(acting, stages, settings.evaluation, log.evaluating)
              : await evaluateInWorld(acting, pool, settings.evaluation, log.evaluating),
          );
        } finally {
          await acting.release();
        }
      }
      if (meter !== undefined && (last || line % every! === 0)) {
        log.metered(await meter.read(state, before, rng.stream("meter", line)));
      }
      before = state.model;
      const [inForce, lines, fit] = [stage, line, players.model.mayNotFit && log.fit];
      const snapshot = () => withFit(withStage(keepState(players, state, lines), inForce), fit);
      yield { metrics: log.finish(samples), state, taskChanges, snapshot };
      signal?.throwIfAborted();
      if (last) return;
      taskChanges = enter(samples);
      log.begin(line + 1);
    }
  } finally {
    pool.close();
  }
}

/** A snapshot says how many changes were in force, where there were any (`stageOf`). */
const withStage = (snapshot: Snapshot, stage: number): Snapshot =>
  stage === 0 ? snapshot : { ...snapshot, meta: { ...snapshot.meta, taskChanges: stage } };

/** A snapshot has the report of the newest fit, where a line after it may have none of its own. */
const withFit = (snapshot: Snapshot, fit: FitReport | undefined): Snapshot =>
  fit === undefined ? snapshot : { ...snapshot, meta: { ...snapshot.meta, fit } };
