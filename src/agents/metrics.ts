/** Mean, standard deviation and number of episodes of a return. */
export interface ReturnStatistics {
  readonly mean: number;
  readonly std: number;
  readonly episodes: number;
}

/**
 * How far episodes were from the goal (`Task.goalError`, in the task's own unit), mean over episodes: over the states after
 * each step, and in the last state.
 */
export interface GoalErrorStatistics {
  readonly mean: number;
  readonly last: number;
}

/** One outer iteration k. */
export interface IterationMetrics {
  /** k + 1: how many iterations are complete. */
  readonly iteration: number;
  /** Real samples so far, evaluation not counted. */
  readonly samples: number;
  /** Mean policy in the world, on fixed evaluation seeds; null in iterations without evaluation. */
  readonly evaluation: {
    readonly return: ReturnStatistics;
    /** Share of successful episodes; null where the task defines no success. */
    readonly success: number | null;
    /** Null where the task has no such measure; absent in runs of version 0.1. */
    readonly goalError?: GoalErrorStatistics | null;
  } | null;
  /** J(π, M): undiscounted return of the stochastic policy in each member, starts from ρ only, at the last NPG step. */
  readonly model: {
    readonly return: { readonly mean: number; readonly perMember: readonly number[] };
    /** Mean squared one-step error on fresh real data in units of each dimension's spread Δ/σ_Δ, averaged over members, before and after this iteration's fit. Where no sample is fresh (first iteration of GDA and BR), on the whole buffer. */
    readonly freshLoss: { readonly before: number; readonly after: number };
    /** The same before the fit, one number per observation entry (0 where it never changes). */
    readonly freshLossByDimension: readonly number[];
    /** Mean training loss of the last epoch, averaged over members. */
    readonly fitLoss: number;
    readonly gradientSteps: number;
  };
  /** The stochastic policy in the world: the episodes that this iteration gathered. */
  readonly world: {
    readonly return: ReturnStatistics;
    readonly success: number | null;
    readonly goalError?: GoalErrorStatistics | null;
    readonly episodeLength: number;
  };
  /** J(π, M) − J(π, W) of the stochastic policies, both over at most the H steps of an imagined rollout. */
  readonly gap: number;
  /** Lists have one entry per NPG step. */
  readonly policy: {
    readonly kl: readonly number[];
    readonly stepLength: readonly number[];
    readonly cgResidual: readonly number[];
    readonly surrogateGain: readonly number[];
    readonly backtracks: readonly number[];
    readonly entropy: readonly number[];
    readonly gradientNorm: readonly number[];
    readonly syntheticSamples: readonly number[];
    readonly modelReturn: readonly number[];
  };
  readonly value: { readonly explainedVariance: readonly number[] };
  /** Wall time, s. */
  readonly seconds: {
    readonly sample: number;
    readonly fit: number;
    readonly improve: number;
    readonly evaluate: number;
    readonly total: number;
  };
}
