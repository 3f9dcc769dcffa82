import type { Compute } from "../compute/engine.js";
import { explainedVariance } from "../math/statistics.js";
import type { Experience } from "../mdp/experience.js";
import type { RegressionSettings } from "../nn/regression.js";
import { policyEntropy } from "../policy/gaussian-policy.js";
import type { Rng } from "../random/rng.js";
import { fitBaseline } from "./fit-baseline.js";
import type { GaussianPlayer } from "./model-based-step.js";
import type { PolicyStep, StepReport } from "./policy-step.js";
import { type RealBatchSettings, realBatch } from "./real-batch.js";

export interface ModelFreeSettings extends RealBatchSettings {
  readonly value: RegressionSettings;
}

export interface ModelFreeReport extends StepReport {
  readonly entropy: number;
  /** Of what V_ψ is fitted to, before it is. */
  readonly explainedVariance: number;
}

/**
 * One step of policy improvement on real samples: Subroutine 1 with the world in the model's place. Draws from rng.
 *
 * @param rows samples of this very policy, with its draws
 * @throws {DivergenceError} where a player's numbers stop being numbers
 */
export async function modelFreeStep<State>(
  compute: Compute,
  { policy, value, state }: GaussianPlayer<State>,
  step: PolicyStep<State>,
  rows: Experience,
  settings: ModelFreeSettings,
  rng: Rng,
): Promise<{ readonly player: GaussianPlayer<State>; readonly report: ModelFreeReport }> {
  const [engine] = compute.engines;
  const { batch, targets } = await realBatch(engine, value, rows, settings);
  const taken = await step(compute, policy, batch, { state }, rng);
  const fitted = await fitBaseline(engine, value, batch.observations, targets, settings.value, rng);
  return {
    player: { policy: taken.policy, value: fitted, state: taken.state },
    report: {
      ...taken.report,
      entropy: policyEntropy(taken.policy),
      explainedVariance: explainedVariance(targets.values, targets.returns),
    },
  };
}
