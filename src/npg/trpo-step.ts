import { allFinite, dot, norm } from "../math/vector.js";
import { naturalStep } from "./natural-step.js";
import { batchFisher, moved, type PolicyStep, policyChange, surrogateGradient } from "./policy-step.js";

/** How far a step of TRPO goes; names as in the settings. */
export interface TrpoSettings {
  /** δ: bound on the KL divergence of a step. */
  readonly maxKl: number;
  /** A step is good whose KL divergence is at most so many times δ; default 1. */
  readonly klSlack?: number;
  /** Factor on the step at each backtrack. */
  readonly backtrack: number;
  readonly maxBacktracks: number;
  /** Least gain, as a share of what the gradient promises. */
  readonly acceptRatio: number;
  readonly cgIterations: number;
  readonly fisherDamping: number;
  readonly fisherFraction: number;
  readonly entropyCoefficient: number;
  readonly minLogStd: number | null;
}

/**
 * A step of trust-region policy optimisation (Schulman et al. 2015, appendix C):
 *
 *   max_θ E[π_θ/π_old · Â]   where   E[D_KL(π_old ‖ π_θ)] ≤ δ
 *
 * along F⁻¹g, from √(2δ / gᵀF⁻¹g) · F⁻¹g on which the bound holds to second order, by a backtracking line search on
 * surrogate and KL divergence themselves. Where no point of it is good enough, π stays as it is.
 */
export const trpoStep =
  (settings: TrpoSettings): PolicyStep =>
  async (compute, policy, batch, { gradient: extra, reach = 1 }, rng) => {
    const maxKl = settings.maxKl * reach ** 2;
    const { klSlack = 1, backtrack, maxBacktracks, acceptRatio, minLogStd } = settings;
    const gradient = await surrogateGradient(compute, policy, batch, settings.entropyCoefficient, extra);
    const fisher = await batchFisher(compute, policy, batch, settings, rng);
    const { step, stepLength, cgResidual, cgValue } = await naturalStep(gradient, fisher.map, {
      cgIterations: settings.cgIterations,
      normalizedStepSize: 2 * maxKl, // ½ΔθᵀFΔθ = δ
    });
    await fisher.release();
    const promised = dot(gradient, step);
    const change = await policyChange(compute, policy, batch);
    const none = { policy, kl: 0, surrogateGain: 0, factor: 0, backtracks: maxBacktracks + 1 };
    let taken = none;
    for (let backtracks = 0; backtracks <= maxBacktracks && taken === none; backtracks++) {
      const factor = backtrack ** backtracks;
      const candidate = moved(policy, step, factor, minLogStd);
      if (!allFinite(candidate.parameters)) continue;
      const { kl, surrogateGain } = await change.of(candidate);
      if (kl <= klSlack * maxKl && surrogateGain >= acceptRatio * factor * promised)
        taken = { policy: candidate, kl, surrogateGain, factor, backtracks };
    }
    await change.release();
    const { policy: after, kl, surrogateGain, factor, backtracks } = taken;
    return {
      policy: after,
      state: undefined,
      report: {
        kl,
        surrogateGain,
        backtracks,
        cgResidual,
        cgValue,
        stepLength: stepLength * factor,
        gradientNorm: norm(gradient),
      },
    };
  };
