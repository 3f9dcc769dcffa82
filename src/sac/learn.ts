import type { Engine, Tensors } from "../compute/engine.js";
import { DivergenceError } from "../errors/errors.js";
import { allFinite } from "../math/vector.js";
import { emptyMinibatches, type Minibatches } from "../mdp/minibatches.js";
import { learnerAfter, learnerTensors, UPDATES_PER_RUN, watchedMeans } from "../nn/flat.js";
import type { Learner } from "../nn/regression.js";
import { fillNormal, type Rng } from "../random/rng.js";
import type { SoftActorCritic } from "./soft-actor-critic.js";
import { PASSES, type UpdateShape, updateGraph, WATCHED, type Watched } from "./update.js";

/** How updates are made; names as in the settings. */
export interface LearnSettings {
  readonly update: Omit<UpdateShape, "movesActor" | "dropout">;
  readonly actorLearningRate: number;
  readonly criticLearningRate: number;
  readonly temperatureLearningRate: number;
  /** Updates of the critics for each of the actor. */
  readonly actorEvery: number;
  /** Share of the critics' units that are dropped. */
  readonly dropout: number;
}

/** Means over the updates of a move. */
export type LearnReport = Readonly<Record<Watched, number>> & { readonly updates: number };

/** Masks that dropped units are drawn from: so many that two samples of a minibatch rarely share one. */
const MASKS = 1024;

/**
 * Many updates, each on a minibatch that `draw` fills: rows `at` … `at` + B − 1 of a batch. Draws from rng.
 *
 * @throws {DivergenceError} where a player's numbers stop being numbers
 */
export async function learn(
  engine: Engine,
  before: SoftActorCritic,
  updates: number,
  draw: (batch: Minibatches, at: number, rng: Rng) => void,
  settings: LearnSettings,
  rng: Rng,
  onUpdates?: (done: number, total: number) => void,
): Promise<{ readonly player: SoftActorCritic; readonly report: LearnReport }> {
  let player = before;
  const totals = Object.fromEntries(WATCHED.map((name) => [name, 0])) as Record<Watched, number>;
  for (let done = 0, run = 0; done < updates; run++) {
    const { count, movesActor } = nextRun(player.updates, updates - done, settings.actorEvery);
    const made = await manyUpdates(engine, player, count, movesActor, draw, settings, rng.stream("run", run));
    player = made.player;
    for (const name of WATCHED) totals[name] += made.watched[name] * count;
    done += count;
    onUpdates?.(done, updates);
  }
  const means = Object.fromEntries(WATCHED.map((name) => [name, totals[name] / updates])) as Record<Watched, number>;
  return { player, report: { ...means, updates } };
}

/** The next run of updates alike: the actor moves in every `actorEvery`-th of all there ever were. */
function nextRun(made: number, left: number, actorEvery: number): { count: number; movesActor: boolean } {
  if (actorEvery === 1) return { count: Math.min(UPDATES_PER_RUN, left), movesActor: true };
  const alone = actorEvery - 1 - (made % actorEvery);
  return alone === 0
    ? { count: 1, movesActor: true }
    : { count: Math.min(UPDATES_PER_RUN, alone, left), movesActor: false };
}

/** Some updates in one run of the loop. Draws from rng. */
export async function manyUpdates(
  engine: Engine,
  player: SoftActorCritic,
  count: number,
  movesActor: boolean,
  draw: (batch: Minibatches, at: number, rng: Rng) => void,
  settings: LearnSettings,
  rng: Rng,
): Promise<{ readonly player: SoftActorCritic; readonly watched: Readonly<Record<Watched, number>> }> {
  const { update, dropout } = settings;
  const { actor, critic, batchSize, criticsInTarget } = update;
  const [n, m, total] = [actor.observationSize, actor.actionSize, count * batchSize];
  const batch = emptyMinibatches(total, n, m);
  const picks = rng.stream("picks");
  for (let i = 0; i < count; i++) draw(batch, i * batchSize, picks);
  const vector = (data: Float32Array | Int32Array) => ({ shape: [data.length], data });
  const table = (data: Float32Array, width: number) => ({ shape: [data.length / width, width], data });
  const { parameters } = player.actor;
  const moves = {
    critics: [player.critics, settings.criticLearningRate],
    ...(movesActor && {
      actor: [player.actor, settings.actorLearningRate],
      temperature: [player.temperature, settings.temperatureLearningRate],
    }),
  } as Partial<Record<"critics" | "actor" | "temperature", readonly [Learner, number]>>;
  const state = Object.entries(moves).map(([name, [learner, rate]]) => learnerTensors(name, learner, rate, count));
  const program = await engine.load(updateGraph({ ...update, dropout: dropout > 0, movesActor }));
  const results = await program.run({
    steps: { shape: [], data: Int32Array.of(count) },
    observations: table(batch.observations, n),
    actions: table(batch.actions, m),
    rewards: vector(batch.rewards),
    next: table(batch.next, n),
    goesOn: vector(batch.goesOn),
    noise: table(fillNormal(new Float32Array(2 * total * m), rng.stream("noise")), m),
    ...(criticsInTarget < critic.critics && {
      subset: vector(subsets(count, criticsInTarget, critic.critics, rng.stream("subset"))),
    }),
    ...(dropout > 0 && dropoutTensors(critic.hidden, critic.critics * total, dropout, rng.stream("dropout"))),
    ...(movesActor
      ? {}
      : { "actor.parameter": vector(parameters), "temperature.parameter": vector(player.temperature.parameters) }),
    ...Object.assign({}, ...state),
    target: vector(player.target),
  });
  const watched = watchedMeans(results.watched.data as Float32Array, WATCHED);
  const learnt = (name: keyof typeof moves, old: Learner): Learner =>
    moves[name] === undefined ? old : learnerAfter(results, name, old, count);
  const after: SoftActorCritic = {
    actor: learnt("actor", player.actor),
    critics: learnt("critics", player.critics),
    temperature: learnt("temperature", player.temperature),
    target: results["new.target"].data as Float32Array,
    updates: player.updates + count,
  };
  for (const part of ["actor", "critics", "temperature"] as const) {
    if (!allFinite(after[part].parameters)) {
      throw new DivergenceError(
        `policy player, ${part}`,
        `its numbers are no longer finite after ${after.updates} updates; the critics' loss was ${watched.criticLoss}`,
        "Lower sac.criticLearningRate and sac.actorLearningRate, or look for outliers in the task's rewards",
      );
    }
  }
  return { player: after, watched };
}

/** `size` of `all` critics, no two alike, for each update. Draws from rng. */
function subsets(updates: number, size: number, all: number, rng: Rng): Int32Array {
  const chosen = new Int32Array(updates * size);
  for (let u = 0; u < updates; u++) {
    const rest = Array.from({ length: all }, (_, i) => i);
    for (let i = 0; i < size; i++) chosen[u * size + i] = rest.splice(rng.integer(rest.length), 1)[0];
  }
  return chosen;
}

/** Masks, what is kept of them scaled up, and which one each sample takes in each layer and pass. Draws from rng. */
function dropoutTensors(hidden: readonly number[], samples: number, rate: number, rng: Rng): Tensors {
  const width = Math.max(...hidden);
  const [units, picks] = [rng.stream("masks"), rng.stream("picks")];
  const masks = Float32Array.from({ length: MASKS * width }, () => (units.uniform() < rate ? 0 : 1 / (1 - rate)));
  const dropped = Int32Array.from({ length: PASSES * hidden.length * samples }, () => picks.integer(MASKS));
  return {
    masks: { shape: [MASKS, width], data: masks },
    dropped: { shape: [dropped.length], data: dropped },
  };
}
