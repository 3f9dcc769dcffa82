/**
 * Claim: an update of soft actor-critic (two critics, actor and temperature, 256 × 256, minibatches of 256) takes at most
 * twice the time of its matrix products. Measured is what a move does: rows drawn from D, noise, 25 updates in one run.
 */
import type { Compute } from "../dist/compute/engine.js";
import { createTask } from "../dist/envs/index.js";
import { drawReal } from "../dist/mdp/minibatches.js";
import { UPDATES_PER_RUN } from "../dist/nn/flat.js";
import { criticNetwork } from "../dist/policy/critics.js";
import { actorNetwork } from "../dist/policy/squashed-policy.js";
import { seeded } from "../dist/random/rng.js";
import { manyUpdates } from "../dist/sac/learn.js";
import { initialSoftActorCritic } from "../dist/sac/soft-actor-critic.js";
import type { FloorClaim, Scale } from "./claim.js";
import { forwardFlops, gradientFlops } from "./flops.js";
import { madeSamples } from "./made-samples.js";

/** Rows of a minibatch. */
export const BATCH = 256;

/** A fresh player, made samples and the settings of its authors. */
export function softLearning({ actorCriticHidden: hidden, samples }: Pick<Scale, "actorCriticHidden" | "samples">) {
  const task = createTask("half-cheetah");
  const [n, m] = [task.observation.size, task.action.size];
  const actor = { observationSize: n, actionSize: m, hidden, activation: "relu", spread: "clipped" } as const;
  const critic = {
    observationSize: n,
    actionSize: m,
    hidden,
    critics: 2,
    activation: "relu",
    layerNorm: false,
  } as const;
  const rng = seeded(0);
  const data = madeSamples(n, m, samples, rng);
  const player = initialSoftActorCritic(actor, critic, 1, rng.stream("player"));
  const settings = {
    update: {
      actor,
      critic,
      batchSize: BATCH,
      discount: 0.99,
      targetRate: 0.005,
      targetEntropy: -m,
      criticsInTarget: 2,
      actorClimbs: "min",
    } as const,
    actorLearningRate: 3e-4,
    criticLearningRate: 3e-4,
    temperatureLearningRate: 3e-4,
    actorEvery: 1,
    dropout: 0,
  };
  const box = { centre: new Float32Array(m), halfWidth: new Float32Array(m).fill(1) };
  return { player, data, settings, box, rng };
}

/** On one engine, whatever there are. */
export async function sacUpdate({ engines }: Compute, scale: Scale): Promise<FloorClaim> {
  const { player, data, settings, box, rng } = softLearning(scale);
  const { actor, critic } = settings.update;
  const [pi, q] = [actorNetwork(actor), criticNetwork(critic)];
  // Of each critic: its target, its own loss, and what the actor climbs, which hands on the gradient of its inputs alone.
  const flops =
    forwardFlops(pi, BATCH) +
    gradientFlops(pi, BATCH) +
    critic.critics * (forwardFlops(q, BATCH) + gradientFlops(q, BATCH) + 2 * forwardFlops(q, BATCH));
  return {
    name: `SAC update, minibatch ${BATCH}, ${actor.hidden.join(" × ")}`,
    unit: "update",
    units: UPDATES_PER_RUN,
    flops: flops * UPDATES_PER_RUN,
    target: 2,
    alone: true,
    run: async () =>
      void (await manyUpdates(
        engines[0],
        player,
        UPDATES_PER_RUN,
        true,
        (batch, at, draws) => drawReal(batch, at, BATCH, data, box, draws),
        settings,
        rng,
      )),
  };
}
