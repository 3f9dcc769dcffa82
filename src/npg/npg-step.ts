import { DivergenceError } from "../errors/errors.js";
import { allFinite, norm, type Vector } from "../math/vector.js";
import type { GaussianPolicy } from "../policy/gaussian-policy.js";
import { naturalStep } from "./natural-step.js";
import {
  batchFisher,
  moved,
  type PolicyChange,
  type PolicyStep,
  policyChange,
  surrogateGradient,
} from "./policy-step.js";

/** How far a natural step goes (Table 1); names as in the settings. */
export interface NpgStepSettings {
  /** δ */
  readonly normalizedStepSize: number;
  readonly maxKl: number | null;
  readonly klBacktrack: number;
  readonly cgIterations: number;
  readonly fisherDamping: number;
  readonly fisherFraction: number;
  readonly entropyCoefficient: number;
  /** Floor of log σ. */
  readonly minLogStd: number | null;
}

/** More shortenings than this mean that the direction is no good. */
const MOST_BACKTRACKS = 20;

/** The step, shortened until its KL divergence is within `maxKl`. */
async function cappedStep(
  policy: GaussianPolicy,
  step: Vector,
  change: PolicyChange,
  { maxKl, klBacktrack, minLogStd }: NpgStepSettings,
): Promise<{ policy: GaussianPolicy; kl: number; surrogateGain: number; backtracks: number }> {
  let factor = 1;
  for (let backtracks = 0; backtracks <= MOST_BACKTRACKS; backtracks++, factor *= klBacktrack) {
    const candidate = moved(policy, step, factor, minLogStd);
    if (!allFinite(candidate.parameters)) break;
    const { kl, surrogateGain } = await change.of(candidate);
    if (Number.isFinite(kl) && (maxKl === null || kl <= maxKl)) {
      return { policy: candidate, kl, surrogateGain, backtracks };
    }
    if (maxKl === null) break;
  }
  throw new DivergenceError(
    "policy player, natural step",
    "the step's KL divergence is not finite or cannot be brought under npg.maxKl",
    "Raise npg.fisherDamping or lower npg.normalizedStepSize",
  );
}

/**
 * A normalised natural gradient step (Subroutine 1, lines 12 and 13), shortened where its KL divergence is over `maxKl`.
 *
 * @throws {DivergenceError} where g, F⁻¹g or the KL divergence of the step are not finite
 */
export const npgStep =
  (settings: NpgStepSettings): PolicyStep =>
  async (compute, policy, batch, { gradient: extra, reach = 1 }, rng) => {
    const gradient = await surrogateGradient(compute, policy, batch, settings.entropyCoefficient, extra);
    const fisher = await batchFisher(compute, policy, batch, settings, rng);
    const { step, stepLength, cgResidual, cgValue } = await naturalStep(gradient, fisher.map, {
      ...settings,
      normalizedStepSize: settings.normalizedStepSize * reach ** 2,
    });
    await fisher.release();
    const change = await policyChange(compute, policy, batch);
    const { policy: taken, ...report } = await cappedStep(policy, step, change, settings);
    await change.release();
    return {
      policy: taken,
      state: undefined,
      report: {
        ...report,
        stepLength: stepLength * settings.klBacktrack ** report.backtracks,
        cgResidual,
        cgValue,
        gradientNorm: norm(gradient),
      },
    };
  };
