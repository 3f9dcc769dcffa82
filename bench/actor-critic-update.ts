/**
 * Claim: an update of the actor-critic (actor, two critics and temperature on windows through the model) takes at most
 * 1.5 times the time of its matrix products. Measured is what a move does: noise and picks drawn, 25 updates in one run.
 */
import { initialActorCritic } from "../dist/actor-critic/actor-critic.js";
import { manyUpdates } from "../dist/actor-critic/improve.js";
import { withStates } from "../dist/actor-critic/pool.js";
import type { Compute } from "../dist/compute/engine.js";
import { createTask } from "../dist/envs/index.js";
import { dynamicsNetwork, initialEnsemble } from "../dist/model/ensemble.js";
import { ensembleModel } from "../dist/model/ensemble-model.js";
import { criticNetwork } from "../dist/policy/critics.js";
import { actorNetwork } from "../dist/policy/squashed-policy.js";
import { fillNormal, seeded } from "../dist/random/rng.js";
import type { FloorClaim, Scale } from "./claim.js";
import { forwardFlops, gradientFlops } from "./flops.js";

const [MEMBERS, BATCH, HORIZON, UPDATES] = [4, 128, 5, 25];

/** On one engine, whatever there are. */
export async function actorCriticUpdate(
  { engines }: Compute,
  { actorCriticHidden: hidden }: Scale,
): Promise<FloorClaim> {
  const task = createTask("half-cheetah");
  const sizes = { observationSize: task.observation.size, actionSize: task.action.size };
  const rng = seeded(0);
  const modelShape = { ...sizes, hidden: [...hidden, hidden[0]], rewardHidden: null };
  const fresh = initialEnsemble(modelShape, MEMBERS, rng.stream("ensemble"));
  const scaling = { ...fresh.scaling, deltaScale: new Float32Array(sizes.observationSize).fill(0.1) }; // states move
  const [actor, critic] = [
    { ...sizes, hidden },
    { ...sizes, hidden, critics: 2 },
  ];
  const start = initialActorCritic(
    actor,
    critic,
    { poolSize: 1000, initialTemperature: 0.1, returnSteps: null },
    rng.stream("player"),
  );
  const states = fillNormal(new Float32Array(1000 * sizes.observationSize), rng);
  const player = {
    ...start,
    pool: withStates(
      start.pool,
      { states, actions: new Float32Array(0), returns: new Float32Array(0) },
      sizes.observationSize,
    ),
    range: { low: -100, high: 100 },
  };
  const window = { members: MEMBERS, rows: BATCH / MEMBERS, horizon: HORIZON };
  const settings = {
    update: {
      actor,
      critic,
      window,
      lambda: 0.75,
      targetRate: 0.01,
      terminalMargin: 0,
      targetEntropy: -3,
      criticRows: null,
    },
    refill: { rows: 1, recentShare: 0, recentSamples: 1, steps: 1, disagreementCut: null, terminalMargin: 0 },
    discount: { discount: 0.99, initialDiscount: null, discountFrom: 0, discountTo: 0 },
    look: null,
    actorLearningRate: 1e-3,
    criticLearningRate: 1e-3,
    temperatureLearningRate: 3e-4,
    rangeRate: 1e-3,
    averageRate: null,
  };
  const model = ensembleModel({ ...fresh, scaling });
  const [steps, states1] = [HORIZON * BATCH, (HORIZON + 1) * BATCH];
  const [pi, q, dynamics] = [actorNetwork(actor), criticNetwork(critic), dynamicsNetwork(modelShape)];
  // The model hands the actor's gradient on, without gradients of its own weights: as much as forward. So do the critics,
  // once for the actor and for their own loss; and they take gradients of their weights at the steps.
  const flops =
    2 * forwardFlops(dynamics, steps) +
    gradientFlops(pi, states1) +
    critic.critics * (2 * forwardFlops(q, states1) + forwardFlops(q, steps) + forwardFlops(q, BATCH));
  return {
    name: `actor-critic update, ${BATCH} windows of ${HORIZON} steps, ${hidden.join(" × ")}`,
    unit: "update",
    units: UPDATES,
    flops: flops * UPDATES,
    target: 1.5,
    alone: true,
    run: async () =>
      void (await manyUpdates(engines[0], task, model, player, { count: UPDATES, discount: 0.99 }, settings, rng)),
  };
}
