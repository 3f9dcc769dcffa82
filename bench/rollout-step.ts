/**
 * Claim: a step of all imagined rollouts (Table 1: 200 in each of 4 members) takes at most 1.35 times the time of its matrix
 * products. Measured is what an NPG step does: noise, policy and member in one graph, reward, termination, bookkeeping.
 */
import { TABLE_1, TABLE_2 } from "../dist/agents/defaults.js";
import type { Compute } from "../dist/compute/engine.js";
import { createTask } from "../dist/envs/index.js";
import { modelRollouts } from "../dist/mdp/model-rollouts.js";
import { dynamicsNetwork, initialEnsemble } from "../dist/model/ensemble.js";
import { ensembleModel } from "../dist/model/ensemble-model.js";
import { actingNet, initialPolicy } from "../dist/policy/gaussian-policy.js";
import { fillNormal, seeded } from "../dist/random/rng.js";
import type { FloorClaim, Scale } from "./claim.js";
import { forwardFlops } from "./flops.js";

/** Random policy and ensemble, and where their rollouts start. @param initialLogStd default: the paper's */
export function rollingOut(
  { trajectories, rolloutSteps, modelHidden }: Pick<Scale, "trajectories" | "rolloutSteps" | "modelHidden">,
  initialLogStd: number = TABLE_1.initialLogStd,
) {
  const task = { ...createTask("hopper"), isTerminal: () => false }; // all rollouts go on
  const [n, m] = [task.observation.size, task.action.size];
  const rng = seeded(0);
  const modelShape = { observationSize: n, actionSize: m, hidden: modelHidden, rewardHidden: null };
  const fresh = initialEnsemble(modelShape, TABLE_2.ensembleSize, rng.stream("ensemble"));
  const ensemble = { ...fresh, scaling: { ...fresh.scaling, deltaScale: new Float32Array(n).fill(0.1) } }; // states move
  const policyShape = { observationSize: n, hidden: TABLE_1.policyHidden, actionSize: m };
  const inputs = { shift: new Float32Array(n), factor: new Float32Array(n).fill(1) };
  const policy = initialPolicy(policyShape, inputs, initialLogStd, rng.stream("policy"));
  const observations = fillNormal(new Float32Array(trajectories * n), rng);
  const play = {
    task,
    policy: actingNet(policy),
    model: ensembleModel(ensemble),
    rolloutHorizon: rolloutSteps,
    terminalMargin: 0,
  };
  return { task, policy, ensemble, observations, play, rng };
}

export async function rolloutStep(compute: Compute, scale: Scale): Promise<FloorClaim> {
  const { task, ensemble, observations, play, rng } = rollingOut(scale);
  const [n, m] = [task.observation.size, task.action.size];
  const policyNetwork = { inputSize: n, hidden: TABLE_1.policyHidden, outputSize: m, activation: "tanh" } as const;
  const states = scale.trajectories * TABLE_2.ensembleSize;
  return {
    name: `rollout step, ${states} states`,
    unit: "step",
    units: scale.rolloutSteps,
    flops:
      (forwardFlops(policyNetwork, states) + forwardFlops(dynamicsNetwork(ensemble.shape), states)) *
      scale.rolloutSteps,
    target: 1.35,
    run: async () => void (await modelRollouts(compute, play, observations, rng)),
  };
}
