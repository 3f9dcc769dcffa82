import type { Compute, Engine } from "../compute/engine.js";
import { DivergenceError } from "../errors/errors.js";
import { columnStatistics } from "../math/statistics.js";
import { allFinite } from "../math/vector.js";
import { actionBox } from "../mdp/action-box.js";
import type { Experience } from "../mdp/experience.js";
import type { Model } from "../mdp/parametric.js";
import type { Task } from "../mdp/task.js";
import { learnerAfter, learnerTensors, UPDATES_PER_RUN, watchedMeans } from "../nn/flat.js";
import { standardized } from "../policy/input-scaling.js";
import { fillNormal, type Rng } from "../random/rng.js";
import { type ActorCritic, policyOf, type ValueRange } from "./actor-critic.js";
import { type DiscountSchedule, discountAfter } from "./discount.js";
import { drawRows, withStates } from "./pool.js";
import { type Look, type RefillSettings, refill } from "./refill.js";
import { type UpdateShape, updateGraph, WATCHED, type Watched } from "./update.js";

/** How a move is made; names as in the settings. */
export interface ImproveSettings {
  readonly update: UpdateShape;
  readonly discount: DiscountSchedule;
  readonly refill: RefillSettings;
  /** Returns that critics learn from beside the windows; null: from windows alone. */
  readonly look: { readonly steps: number; readonly lambda: number } | null;
  readonly actorLearningRate: number;
  readonly criticLearningRate: number;
  readonly temperatureLearningRate: number;
  readonly rangeRate: number;
  /** Share of θ that its running average takes over at each update; null: nobody averages. */
  readonly averageRate: number | null;
}

/** Means over the updates of a move, and what its refill saw. */
export type UpdateReport = Readonly<Record<Watched, number>> & {
  readonly updates: number;
  readonly ended: number;
  readonly disagreement: number;
  readonly range: ValueRange;
  /** γ of the last updates. */
  readonly discount: number;
};

/**
 * One move of the actor-critic: real states are followed into the model, then many updates on windows that begin there.
 * Draws from rng.
 *
 * @throws {DivergenceError} where a player's numbers stop being numbers
 */
export async function improveActorCritic(
  {
    compute,
    task,
    model,
    data,
  }: { readonly compute: Compute; readonly task: Task; readonly model: Model; readonly data: Experience },
  before: ActorCritic,
  updates: number,
  settings: ImproveSettings,
  rng: Rng,
  onUpdates?: (done: number, total: number) => void,
): Promise<{ readonly player: ActorCritic; readonly report: UpdateReport }> {
  const engine = compute.engines[0];
  const first = before.range === null; // in GDA and BR it is made in a model that has seen nothing yet
  const stale = first || before.inputSamples !== model.seenSamples;
  const inputs = stale ? standardized(data) : before.inputs;
  let player: ActorCritic = {
    ...before,
    inputs,
    inputSamples: model.seenSamples,
    range: before.range ?? rangeOf(data, discountAfter(settings.discount, before.updates)),
  };
  let [ended, disagreement, discount] = [0, 0, 0];
  const totals = Object.fromEntries(WATCHED.map((name) => [name, 0])) as Record<Watched, number>;
  for (let done = 0, run = 0; done < updates; run++) {
    const count = Math.min(UPDATES_PER_RUN, updates - done);
    discount = discountAfter(settings.discount, player.updates);
    if (run === 0 || settings.look !== null) {
      const fresh = await refill(
        engine,
        task,
        policyOf(settings.update.actor, player),
        model,
        data,
        settings.refill,
        settings.look && lookOf(player, settings.look, settings.update, discount),
        run === 0 ? rng.stream("refill") : rng.stream("refill", run),
      );
      player = { ...player, pool: withStates(player.pool, fresh, task.observation.size) };
      ({ ended, disagreement } = fresh);
    }
    const { player: after, watched } = await manyUpdates(
      engine,
      task,
      model,
      player,
      { count, discount },
      settings,
      rng.stream("run", run),
    );
    player = after;
    for (const name of WATCHED) totals[name] += watched[name] * count;
    done += count;
    onUpdates?.(done, updates);
  }
  const means = Object.fromEntries(WATCHED.map((name) => [name, totals[name] / updates])) as Record<Watched, number>;
  return { player, report: { ...means, updates, ended, disagreement, range: player.range!, discount } };
}

const lookOf = (
  { target, temperature, range }: ActorCritic,
  look: { readonly steps: number; readonly lambda: number },
  { critic }: UpdateShape,
  discount: number,
): Look => ({
  ...look,
  discount,
  critic,
  parameters: target,
  temperature: Math.exp(temperature.parameters[0]),
  range: range!,
});

/** Some updates in one run of the loop, from states of the pool. Draws from rng. */
export async function manyUpdates(
  engine: Engine,
  task: Task,
  { together }: Model,
  player: ActorCritic,
  { count, discount }: { readonly count: number; readonly discount: number },
  settings: ImproveSettings,
  rng: Rng,
): Promise<{ readonly player: ActorCritic; readonly watched: Readonly<Record<Watched, number>> }> {
  const { update } = settings;
  const [n, m] = [task.observation.size, task.action.size];
  const { members, rows, horizon } = update.window;
  const batch = members * rows;
  const { pool, range } = player;
  const vector = (data: Float32Array | Int32Array) => ({ shape: [data.length], data });
  const scalar = (x: number) => ({ shape: [], data: Float32Array.of(x) });
  const normals = (name: string, length: number, width: number) => ({
    shape: [length, width],
    data: fillNormal(new Float32Array(length * width), rng.stream(name)),
  });
  const moves = {
    actor: [player.actor, settings.actorLearningRate],
    critics: [player.critics, settings.criticLearningRate],
    temperature: [player.temperature, settings.temperatureLearningRate],
  } as const;
  const learners = Object.entries(moves).map(([name, [learner, rate]]) => learnerTensors(name, learner, rate, count));
  const { low, high } = range!;
  const { centre, halfWidth } = actionBox(task.action);
  const program = await engine.load(updateGraph(task, together, update));
  const results = await program.run({
    steps: { shape: [], data: Int32Array.of(count) },
    pool: { shape: [pool.size, n], data: pool.states.subarray(0, pool.size * n) },
    picks: vector(drawRows(pool, count * batch, rng.stream("picks"))),
    ...(update.criticRows !== null && {
      criticPicks: vector(drawRows(pool, count * update.criticRows, rng.stream("critic picks"))),
      poolActions: { shape: [pool.size, m], data: pool.actions.subarray(0, pool.size * m) },
      poolReturns: { shape: [pool.size], data: pool.returns.subarray(0, pool.size) },
    }),
    noise: normals("noise", count * (horizon + 1) * batch, m),
    ...(together.noiseSize > 0 && { chance: normals("chance", count * horizon * batch, together.noiseSize) }),
    ...Object.assign({}, ...learners),
    target: vector(player.target),
    shift: vector(player.inputs.shift),
    factor: vector(player.inputs.factor),
    centre: vector(centre),
    halfWidth: vector(halfWidth),
    discount: scalar(discount),
    valueCentre: scalar((low + high) / 2),
    valueWidth: scalar((high - low) / 2),
    lowest: scalar(low),
    highest: scalar(high),
    ...together.tensors("model"),
  });
  const watched = watchedMeans(results.watched.data as Float32Array, WATCHED);
  const learnt = (name: keyof typeof moves) => learnerAfter(results, name, moves[name][0], count);
  const [actor, critics, temperature] = [learnt("actor"), learnt("critics"), learnt("temperature")];
  const moved = movedRange(range!, watched, discount, shareAfter(count, settings.rangeRate));
  const numbers = {
    actor: actor.parameters,
    critics: critics.parameters,
    temperature: temperature.parameters,
    "range of values": [moved.low, moved.high],
    "loss of the critics": [watched.criticLoss],
  };
  for (const [part, values] of Object.entries(numbers)) {
    if (!allFinite(values)) {
      throw new DivergenceError(
        `policy player, ${part}`,
        `its numbers are no longer finite after ${player.updates + count} updates; the critics' loss was ${watched.criticLoss}`,
        "Lower actorCritic.criticLearningRate and actorCritic.actorLearningRate, or look for outliers in the task's rewards",
      );
    }
  }
  return {
    player: {
      ...player,
      actor,
      averaged: averagedAfter(player, actor.parameters, count, settings.averageRate),
      critics,
      temperature,
      target: results["new.target"].data as Float32Array,
      updates: player.updates + count,
      range: moved,
    },
    watched,
  };
}

/** Share that a running average takes over in so many updates. */
const shareAfter = (count: number, rate: number): number => 1 - (1 - rate) ** count;

/** The running average of θ after some updates: θ itself where nobody averages, and after the first ones. */
function averagedAfter(
  { averaged, updates }: ActorCritic,
  theta: Float32Array,
  count: number,
  rate: number | null,
): Float32Array {
  if (rate === null || updates === 0) return theta;
  const share = shareAfter(count, rate);
  return averaged.map((x, i) => x + share * (theta[i] - x));
}

/** Spreads around the mean that nearly all gains of a step lie within. */
const SPREADS = 2.5;
/** Half the width of a range is at least this share of its centre, and never 0. */
const NARROWEST = 0.01;

/** The range of values if every step gained no less, or no more, than nearly all steps do: gain / (1 − γ). A terminal state's 0 is within. */
function valueRange(mean: number, spread: number, discount: number): ValueRange {
  const far = 1 / (1 - discount);
  const half = Math.max(SPREADS * spread, NARROWEST * Math.abs(mean), 1e-6);
  return { low: Math.min(0, far * (mean - half)), high: Math.max(0, far * (mean + half)) };
}

function rangeOf({ rewards }: Experience, discount: number): ValueRange {
  const { mean, spread } = columnStatistics(rewards, 1, "std");
  return valueRange(mean[0], spread[0], discount);
}

function movedRange(
  { low, high }: ValueRange,
  { gain, gainSquared }: Readonly<Record<Watched, number>>,
  discount: number,
  rate: number,
): ValueRange {
  const now = valueRange(gain, Math.sqrt(Math.max(0, gainSquared - gain * gain)), discount);
  return { low: low + rate * (now.low - low), high: high + rate * (now.high - high) };
}
