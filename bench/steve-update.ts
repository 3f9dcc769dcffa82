/**
 * Claim: an update of STEVE (four members of 256 × 256, H = 3, everything else 128 × 128, minibatches of 256) takes at most twice
 * the time of its matrix products. Measured is what a move does: rows drawn from D, 25 updates in one run.
 */
import type { Compute } from "../dist/compute/engine.js";
import { createTask } from "../dist/envs/index.js";
import { initialOutcomes, outcomeNetwork } from "../dist/model/outcome-ensemble.js";
import { outcomeModel } from "../dist/model/outcome-model.js";
import { UPDATES_PER_RUN } from "../dist/nn/flat.js";
import { criticNetwork } from "../dist/policy/critics.js";
import { deterministicNetwork } from "../dist/policy/deterministic-policy.js";
import { seeded } from "../dist/random/rng.js";
import { learn } from "../dist/steve/learn.js";
import { initialSteve } from "../dist/steve/steve.js";
import type { FloorClaim, Scale } from "./claim.js";
import { forwardFlops, gradientFlops } from "./flops.js";
import { madeSamples } from "./made-samples.js";

const [BATCH, MEMBERS, CRITICS, HORIZON] = [256, 4, 4, 3];

/** On one engine, whatever there are. */
export async function steveUpdate({ engines }: Compute, { actorCriticHidden, samples }: Scale): Promise<FloorClaim> {
  const task = createTask("half-cheetah");
  const [n, m] = [task.observation.size, task.action.size];
  const hidden = actorCriticHidden.map((width) => width / 2);
  const sizes = { observationSize: n, actionSize: m };
  const actor = { ...sizes, hidden, exploreChance: 0.05, exploreStd: 1 };
  const critic = { ...sizes, hidden, critics: CRITICS, activation: "relu", layerNorm: false } as const;
  const rng = seeded(0);
  const data = madeSamples(n, m, samples, rng);
  const shape = { ...sizes, hidden: actorCriticHidden, outcomeHidden: hidden };
  const model = outcomeModel(initialOutcomes(shape, MEMBERS, rng.stream("model")));
  const player = initialSteve(actor, critic, rng.stream("player"));
  const update = {
    actor,
    critic,
    batchSize: BATCH,
    discount: 0.99,
    horizon: HORIZON,
    weighting: "variance",
    saturationPenalty: 0.001,
  } as const;
  const settings = { update, actorLearningRate: 3e-4, criticLearningRate: 3e-4, targetEvery: 500 };
  const box = { centre: new Float32Array(m), halfWidth: new Float32Array(m).fill(1) };
  const { members: _, ...q } = criticNetwork(critic);
  const pi = deterministicNetwork(actor);
  const of = (part: "dynamics" | "reward" | "end", rows: number) => forwardFlops(outcomeNetwork(shape, part), rows);
  const rows = MEMBERS * BATCH;
  const worth = (of: number) => forwardFlops(pi, of) + CRITICS * forwardFlops(q, of);
  const step = of("dynamics", rows) + MEMBERS * of("reward", rows) + of("end", rows) + worth(rows);
  // The critics' loss is on a share of the rows each; what the actor climbs hands on the gradient of its inputs alone.
  const own = gradientFlops(q, BATCH) + gradientFlops(pi, BATCH) + CRITICS * 2 * forwardFlops(q, BATCH);
  return {
    name: `STEVE update, minibatch ${BATCH}, H = ${HORIZON}, ${MEMBERS} members`,
    unit: "update",
    units: UPDATES_PER_RUN,
    flops: (worth(BATCH) + HORIZON * step + own) * UPDATES_PER_RUN,
    target: 2,
    alone: true,
    run: async () =>
      void (await learn({ engine: engines[0], task, model, data, box }, player, UPDATES_PER_RUN, settings, rng)),
  };
}
