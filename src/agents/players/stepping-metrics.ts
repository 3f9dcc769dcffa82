import type { ModelFreeReport } from "../../npg/model-free-step.js";
import type { GaussianMetrics } from "../metrics.js";

/** What steps on a batch say of an iteration, wherever the batch came from: lists with one entry per step. */
export function steppingMetrics(reports: readonly ModelFreeReport[]): Pick<GaussianMetrics, "policy" | "value"> {
  const each = <K extends keyof ModelFreeReport>(key: K) => reports.map((report) => report[key]);
  return {
    policy: {
      kl: each("kl"),
      stepLength: each("stepLength"),
      cgResidual: each("cgResidual"),
      cgValue: each("cgValue"),
      surrogateGain: each("surrogateGain"),
      backtracks: each("backtracks"),
      entropy: each("entropy"),
      gradientNorm: each("gradientNorm"),
    },
    value: { explainedVariance: each("explainedVariance") },
  };
}
