import { drawReal, emptyMinibatches } from "../../dist/mdp/minibatches.js";
import { UPDATES_PER_RUN } from "../../dist/nn/flat.js";
import { fillNormal, seeded } from "../../dist/random/rng.js";
import { manyUpdates } from "../../dist/sac/learn.js";
import { BATCH, softLearning } from "../sac-update.js";
import { type MakePeerWork, named } from "./peer-work.js";

/** Factor on the actor's weights. */
const TAMED = 0.3;

/** Updates of soft actor-critic; ours on one engine. The checked update has the other side's minibatch and noise. */
export const sacUpdate: MakePeerWork = async ({ engines: [engine] }, scale) => {
  const { player: fresh, data, settings, box, rng } = softLearning(scale);
  // Actions well within the box: at its edges the other adds 1e-6 within the logarithm of its likelihood, and ours does not.
  const parameters = fresh.actor.parameters.map((x) => TAMED * x);
  const player = { ...fresh, actor: { ...fresh.actor, parameters } };
  const { actor } = settings.update;
  const [n, m] = [actor.observationSize, actor.actionSize];
  const checked = seeded(1);
  const draw = (batch: ReturnType<typeof emptyMinibatches>, at: number, draws: typeof rng) =>
    drawReal(batch, at, BATCH, data, box, draws);
  const update = async (criticLearningRate: number) =>
    (await manyUpdates(engine, player, 1, true, draw, { ...settings, criticLearningRate }, checked)).player;
  // The other's actor climbs critics that have moved already, ours those of before: with critics that stay, both are the same.
  const [whole, still] = [await update(settings.criticLearningRate), await update(0)];
  const batch = emptyMinibatches(BATCH, n, m);
  draw(batch, 0, checked.stream("picks"));
  const noise = fillNormal(new Float32Array(2 * BATCH * m), checked.stream("noise"));
  const flat = (numbers: Float32Array) => named(numbers, numbers.length);
  return {
    name: `SAC update, batch ${BATCH}, ${actor.hidden.join(" × ")}`,
    unit: "update",
    units: UPDATES_PER_RUN,
    peer: "sac_update",
    against: "Stable-Baselines3",
    target: 1.5,
    tolerance: 1e-3,
    sizes: {
      observations: n,
      actions: m,
      hidden: actor.hidden[0],
      batch: BATCH,
      updates: UPDATES_PER_RUN,
      discount: settings.update.discount,
      targetRate: settings.update.targetRate,
      learningRate: settings.actorLearningRate,
    },
    tensors: {
      actor: flat(player.actor.parameters),
      critics: flat(player.critics.parameters),
      "data.observations": named(data.observations.slice(0, data.size * n), data.size, n),
      "data.actions": named(data.actions.slice(0, data.size * m), data.size, m),
      "data.rewards": named(data.rewards.slice(0, data.size), data.size),
      "data.next": named(data.next.slice(0, data.size * n), data.size, n),
      "batch.observations": named(batch.observations, BATCH, n),
      "batch.actions": named(batch.actions, BATCH, m),
      "batch.rewards": named(batch.rewards, BATCH, 1),
      "batch.next": named(batch.next, BATCH, n),
      noise: named(noise, 2, BATCH, m),
      "ours.critics": flat(whole.critics.parameters),
      "ours.target": flat(whole.target),
      "ours.temperature": flat(whole.temperature.parameters),
      "ours.actor": flat(still.actor.parameters),
    },
    run: async () => void (await manyUpdates(engine, player, UPDATES_PER_RUN, true, draw, settings, rng)),
  };
};
