import type { Engine } from "../compute/engine.js";
import { DivergenceError } from "../errors/errors.js";
import { allFinite } from "../math/vector.js";
import type { ActionBox } from "../mdp/action-box.js";
import type { Experience } from "../mdp/experience.js";
import { drawReal, emptyMinibatches } from "../mdp/minibatches.js";
import type { Model } from "../mdp/parametric.js";
import type { Task } from "../mdp/task.js";
import { learnerAfter, learnerTensors, UPDATES_PER_RUN, watchedMeans } from "../nn/flat.js";
import type { Rng } from "../random/rng.js";
import type { Steve } from "./steve.js";
import { type UpdateShape, updateGraph, watchedNames } from "./update.js";

/** How updates are made; names as in the settings. */
export interface LearnSettings {
  readonly update: UpdateShape;
  readonly actorLearningRate: number;
  readonly criticLearningRate: number;
  /** Updates after which ψ′ becomes ψ. */
  readonly targetEvery: number;
}

/** Means over the updates of a move. */
export interface LearnReport {
  readonly updates: number;
  readonly actorValue: number;
  readonly criticLoss: number;
  readonly value: number;
  /** w_h, [H + 1]. */
  readonly weights: readonly number[];
  /** Standard deviation of the estimates of T_h, root of the mean variance, [H + 1]. */
  readonly spreads: readonly number[];
}

/** Where updates are made, and on what. */
export interface LearnScene {
  readonly engine: Engine;
  readonly task: Task;
  readonly model: Model;
  readonly data: Experience;
  readonly box: ActionBox;
}

/**
 * Many updates, each on a minibatch of D. Draws from rng.
 *
 * @throws {DivergenceError} where a player's numbers stop being numbers
 */
export async function learn(
  { engine, task, model, data, box }: LearnScene,
  before: Steve,
  updates: number,
  settings: LearnSettings,
  rng: Rng,
  onUpdates?: (done: number, total: number) => void,
): Promise<{ readonly player: Steve; readonly report: LearnReport }> {
  const { update, targetEvery } = settings;
  const { horizon, batchSize, actor } = update;
  const m = [actor.actionSize];
  const program = await (await engine.load(updateGraph(task, model, update))).bind(
    horizon === 0
      ? {}
      : {
          ...model.together.tensors("model"),
          ...model.outcomes?.tensors("outcomes"),
          centre: { shape: m, data: box.centre },
          halfWidth: { shape: m, data: box.halfWidth },
        },
  );
  const names = watchedNames(horizon);
  const totals = new Map<string, number>();
  let player = before;
  try {
    for (let done = 0, run = 0; done < updates; run++) {
      const count = Math.min(UPDATES_PER_RUN, updates - done, targetEvery - (player.updates % targetEvery));
      const picks = rng.stream("run", run);
      const batch = emptyMinibatches(count * batchSize, actor.observationSize, actor.actionSize);
      drawReal(batch, 0, count * batchSize, data, box, picks);
      const table = (x: Float32Array, width: number) => ({ shape: [x.length / width, width], data: x });
      const vector = (x: Float32Array) => ({ shape: [x.length], data: x });
      const results = await program.run({
        steps: { shape: [], data: Int32Array.of(count) },
        observations: table(batch.observations, actor.observationSize),
        actions: table(batch.actions, actor.actionSize),
        rewards: vector(batch.rewards),
        next: table(batch.next, actor.observationSize),
        goesOn: vector(batch.goesOn),
        ...learnerTensors("critics", player.critics, settings.criticLearningRate, count),
        ...learnerTensors("actor", player.actor, settings.actorLearningRate, count),
        target: vector(player.target),
      });
      const made = player.updates + count;
      const critics = learnerAfter(results, "critics", player.critics, count);
      player = {
        critics,
        actor: learnerAfter(results, "actor", player.actor, count),
        target: made % targetEvery === 0 ? critics.parameters.slice() : player.target,
        updates: made,
      };
      const means = watchedMeans(results.watched.data as Float32Array, names);
      checkFinite(player, means.criticLoss);
      for (const name of names) totals.set(name, (totals.get(name) ?? 0) + means[name] * count);
      done += count;
      onUpdates?.(done, updates);
    }
  } finally {
    await program.release();
  }
  const mean = (name: string) => totals.get(name)! / updates;
  const byHorizon = (name: string) => Array.from({ length: horizon + 1 }, (_, h) => mean(`${name}${h}`));
  const report = {
    updates,
    actorValue: mean("actorValue"),
    criticLoss: mean("criticLoss"),
    value: mean("value"),
    weights: byHorizon("weight"),
    spreads: byHorizon("variance").map(Math.sqrt),
  };
  return { player, report };
}

function checkFinite(player: Steve, criticLoss: number): void {
  for (const part of ["actor", "critics"] as const) {
    if (!allFinite(player[part].parameters)) {
      throw new DivergenceError(
        `policy player, ${part}`,
        `its numbers are no longer finite after ${player.updates} updates; the critics' loss was ${criticLoss}`,
        "Lower steve.criticLearningRate and steve.actorLearningRate, or steve.horizon",
      );
    }
  }
}
