import { TABLE_2 } from "../../dist/agents/defaults.js";
import { modelRollouts } from "../../dist/mdp/model-rollouts.js";
import { seeded } from "../../dist/random/rng.js";
import { rollingOut } from "../rollout-step.js";
import { type MakePeerWork, named, stacked } from "./peer-work.js";

/** The check is without noise, and short: differences grow from step to step. */
const CHECKED = { steps: 10, logStd: -40 } as const;

/** Steps of imagined rollouts in all members: noise, policy, model, reward, and what is kept of them. */
export const rolloutStep: MakePeerWork = async (compute, scale) => {
  const { trajectories, rolloutSteps, modelHidden } = scale;
  const { play, observations, policy, ensemble, rng } = rollingOut(scale);
  const quiet = rollingOut({ ...scale, rolloutSteps: CHECKED.steps }, CHECKED.logStd);
  const parts = await modelRollouts(compute, quiet.play, quiet.observations, seeded(0));
  const [n, m] = [ensemble.shape.observationSize, ensemble.shape.actionSize];
  return {
    name: `rollout step, ${trajectories * TABLE_2.ensembleSize} states, ${modelHidden.join(" × ")}`,
    unit: "step",
    units: rolloutSteps,
    peer: "rollout_step",
    against: "torch",
    target: 1.1,
    tolerance: 1e-4,
    sizes: {
      hidden: modelHidden[0],
      policyHidden: policy.shape.hidden[0],
      actions: m,
      steps: rolloutSteps,
      checkedSteps: CHECKED.steps,
      checkedLogStd: CHECKED.logStd,
    },
    tensors: {
      starts: named(observations, trajectories, n),
      policy: named(policy.parameters, policy.parameters.length),
      members: stacked(ensemble.members.map(({ dynamics }) => dynamics.parameters)),
      deltaScale: named(ensemble.scaling.deltaScale, n),
      "ours.last": stacked(parts.map(({ lastObservations }) => lastObservations)),
      "ours.returns": stacked(parts.map(({ returns }) => Float32Array.from(returns))),
    },
    run: async () => void (await modelRollouts(compute, play, observations, rng)),
  };
};
