/**
 * Claim: a decision of CEM with the sizes of PETS on the half-cheetah (400 candidates × 20 particles × 30 steps, five networks
 * of 4 × 200) takes at most twice the time of its matrix products. Measured is what acting does: candidates and noise drawn,
 * plans laid out, rollouts in all members, elites. A round of five, which are alike.
 */
import type { Compute } from "../dist/compute/engine.js";
import { createTask } from "../dist/envs/index.js";
import { initialGaussianEnsemble } from "../dist/model/gaussian-ensemble.js";
import { gaussianModel } from "../dist/model/gaussian-model.js";
import { cem } from "../dist/mpc/cem.js";
import { mpcActor } from "../dist/mpc/mpc-actor.js";
import { rehearsal } from "../dist/mpc/rehearsal.js";
import { byCandidates } from "../dist/mpc/searcher.js";
import { fillNormal, seeded } from "../dist/random/rng.js";
import type { FloorClaim, Scale } from "./claim.js";
import { forwardFlops } from "./flops.js";

const [MEMBERS, PARTICLES] = [5, 20];
const SEARCH = { iterations: 1, alpha: 0.1, initialStd: 0.5, minVariance: 0.001 };

export async function cemDecision(
  compute: Compute,
  { planner: { population, horizon, hidden } }: Scale,
): Promise<FloorClaim> {
  const task = createTask("half-cheetah");
  const [n, m] = [task.observation.size, task.action.size];
  const rng = seeded(0);
  const shape = {
    observationSize: n,
    actionSize: m,
    hidden,
    activation: "silu",
    layerNorm: false,
    learnsReward: false,
    noise: "input",
    minLogStd: -5,
    maxLogStd: 0.25,
  } as const;
  const fresh = initialGaussianEnsemble(shape, MEMBERS, rng.stream("ensemble"));
  const scaling = { ...fresh.scaling, deltaScale: new Float32Array(n).fill(0.1) }; // states move
  const { members } = gaussianModel({ ...fresh, scaling });
  const settings = { horizon, particles: PARTICLES, terminalMargin: 0 };
  const plan = { horizon, actionSize: m };
  const actor = mpcActor(
    {
      shape: plan,
      searcher: await byCandidates(cem(plan, { ...SEARCH, population, elites: population / 10 }))({
        compute,
        task,
        members,
        value: undefined,
        rehearsal: await rehearsal(compute, task, members, settings),
        particles: PARTICLES,
        terminalMargin: 0,
        units: { discount: 1, valueWeight: 0 },
      }),
      observationSize: n,
    },
    rng.stream("decision"),
  );
  const state = fillNormal(new Float32Array(n), rng);
  const network = { inputSize: n + m, hidden, outputSize: 2 * n, activation: "silu" } as const;
  return {
    name: `CEM round, ${population} × ${PARTICLES} × ${horizon}, ${MEMBERS} of ${hidden.join(" × ")}`,
    unit: "round",
    units: 1,
    flops: forwardFlops(network, population * PARTICLES * horizon),
    target: 2,
    run: async () => void (await actor.act(state, new Float32Array(m))),
  };
}
