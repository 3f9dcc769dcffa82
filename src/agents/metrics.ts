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

/** A policy and an ensemble against fresh data that the policy gathered and the ensemble was not fitted to. */
export interface PairReading {
  /**
   * ℓ(M, μ_W^{π,t}) at each time t, mean over members: D_KL of Gaussians with σ_Δ around s′ and M(s, a), ½‖(s′ − M(s, a)) / σ_Δ‖².
   * Mean and maximum over t, and the means of ten stretches of the episode.
   */
  readonly modelError: { readonly mean: number; readonly max: number; readonly byTime: readonly number[] };
  /** D_TV of the same Gaussians. */
  readonly totalVariation: { readonly mean: number; readonly max: number };
  /** J(π, W) and J(π, M), discounted, over at most H steps from ρ, terminal limits as in the world. */
  readonly return: { readonly world: number; readonly model: number };
}

/** The terms of Theorem 1, estimated (docs/paper/bound-meter.md). */
export interface BoundReading extends PairReading {
  /** J(π, M) − J(π, W), of `return`. */
  readonly gap: number;
  /** ε_π from below: what `meter.npgSteps` more NPG steps on the same model gain in J(π, M), discounted; null where they diverge. */
  readonly policyGap: number | null;
  /** R_max: the largest |R| in the data. */
  readonly maxReward: number;
  /** The same of π*, where `meter.reference` names one. */
  readonly reference: PairReading | null;
  readonly bound: {
    /** 2γ √ε_M R_max / (1 − γ)², with the largest error of a step. */
    readonly model: number;
    /** What Lemma 3's argument gives with the D_TV of each step. */
    readonly stepwise: number;
    /** 2 R_max / (1 − γ) · D_TV of the visitations of π*, bounded by Lemma 3; null without a reference. */
    readonly transfer: number | null;
    /** The right-hand side of Theorem 1; null without a reference or `policyGap`. */
    readonly total: number | null;
    /** 2 R_max / (1 − γ): what holds of any two returns. A bound above it says nothing. */
    readonly trivial: number;
  };
}

/** What steps on imagined or real rollouts (NPG, TRPO, PPO) say of an iteration. */
export type GaussianMetrics = {
  /** Lists have one entry per NPG step. */
  readonly policy: {
    readonly kl: readonly number[];
    readonly stepLength: readonly number[];
    readonly cgResidual: readonly number[];
    readonly cgValue: readonly number[];
    readonly surrogateGain: readonly number[];
    readonly backtracks: readonly number[];
    readonly entropy: readonly number[];
    readonly gradientNorm: readonly number[];
    /** This and the next where rollouts are imagined; absent where they are real. */
    readonly syntheticSamples?: readonly number[];
    readonly modelReturn?: readonly number[];
  };
  readonly value: { readonly explainedVariance: readonly number[] };
  /** Robust followers, one entry per NPG step; null where none is in use. */
  readonly robust: {
    /** Shares of the members in the objective. */
    readonly memberWeights: readonly (readonly number[])[];
    /** Mean of d(s, a) over the synthetic samples; null where its scale is 0. */
    readonly disagreement: readonly (number | null)[];
    /** What disagreement added to a rollout's return, which `policy.modelReturn` leaves out. */
    readonly bonus: readonly number[];
  } | null;
};

/** What a player with critics says of an iteration: means over its updates. */
export type ActorCriticMetrics = {
  readonly actorCritic: {
    /** Gradient steps of actor and critics. */
    readonly updates: number;
    /** What the actor climbs: value of the states that updates begin from, entropy included. */
    readonly actorValue: number;
    /** Mean of the critics over the states that they are fitted at. */
    readonly value: number;
    /** Mean squared error of the critics, in units of half their range; in units of return where they have none. */
    readonly criticLoss: number;
    /** Entropy of π, of a whole action in units of the half-width of the action box; absent of a policy that has none. */
    readonly entropy?: number;
    /** What α steers the entropy to; absent in the first runs that there were. */
    readonly targetEntropy?: number;
    /** α, in units of reward; absent where nothing is steered. */
    readonly temperature?: number;
    /** Share of imagined steps of the windows that go on; this and the next of those who look into a model. */
    readonly alive?: number;
    /** Share of the longer rollouts' steps that terminal states and cuts took away. */
    readonly ended?: number;
    /** Mean squared difference of two members' predictions on real states, in units of σ_Δ². */
    readonly disagreement?: number;
    /** Lowest and highest value that targets may have, at the end of the iteration; absent where any. */
    readonly range?: readonly [low: number, high: number];
    /** γ of the last updates; of a player whose γ grows. */
    readonly discount?: number;
  };
};

/** What a player whose targets go along the model says of an iteration: means over its updates. */
export type ExpansionMetrics = ActorCriticMetrics & {
  readonly expansion: {
    /** Mean horizon of the targets, Σ_h h · weight. */
    readonly horizon: number;
    /** Share of the target with h imagined steps in what the critics are fitted to, [H + 1]. */
    readonly weights: readonly number[];
    /** Standard deviation of the estimates of each target, over members, reward networks and critics, [H + 1]. */
    readonly spreads: readonly number[];
  };
};

/** What a planner says of an iteration: its searches from starts of ρ. */
export type PlannerMetrics = {
  readonly mpc: {
    /** Standard deviation of the plans' return over the members. */
    readonly memberSpread: number;
    /** Mean standard deviation of an action among the candidates that the plans were made of, in units of the half-width; null without candidates. */
    readonly spread: number | null;
    /** Mean number of rounds of a search. */
    readonly rounds: number;
    /** How much of the variance of V's targets it explained before they were fitted; null where there is no V. */
    readonly explainedVariance: number | null;
  };
};

/** One outer iteration k; what the policy player says of it is there for its own kind alone. */
export interface IterationMetrics
  extends Partial<GaussianMetrics>,
    Partial<ActorCriticMetrics>,
    Partial<ExpansionMetrics>,
    Partial<PlannerMetrics> {
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
    /** The same of each task by itself, where several come in turn (`task.turns`); the numbers above are of all their episodes. */
    readonly turns?: readonly {
      readonly options: Readonly<Record<string, string>>;
      readonly return: ReturnStatistics;
      readonly success: number | null;
      readonly goalError: GoalErrorStatistics | null;
    }[];
  } | null;
  /** What the model says and how it was fitted; null where there is none. */
  readonly model: {
    /** J(π, M): undiscounted return of the stochastic policy in each member, starts from ρ only, at the last NPG step. */
    readonly return: { readonly mean: number; readonly perMember: readonly number[] };
    /** Mean squared one-step error on fresh real data in units of each dimension's spread Δ/σ_Δ, averaged over members, before and after this iteration's fit. Where no sample is fresh (first iteration of GDA and BR), on the whole buffer. */
    readonly freshLoss: { readonly before: number; readonly after: number };
    /** The same before the fit, one number per observation entry (0 where it never changes). */
    readonly freshLossByDimension: readonly number[];
    /** Mean training loss of the last epoch, averaged over members. */
    readonly fitLoss: number;
    readonly gradientSteps: number;
  } | null;
  /** The stochastic policy in the world: the episodes that this iteration gathered. */
  readonly world: {
    readonly return: ReturnStatistics;
    readonly success: number | null;
    readonly goalError?: GoalErrorStatistics | null;
    readonly episodeLength: number;
  };
  /** J(π, M) − J(π, W) of the stochastic policies, both over at most the H steps of an imagined rollout; null without a model. */
  readonly gap: number | null;
  /** The bound meter; null where it is off, in iterations without a reading, and where no pair has fresh data (MAL's first). */
  readonly meter: BoundReading | null;
  /** Wall time, s; the meter's is part of `evaluate`. */
  readonly seconds: {
    readonly sample: number;
    readonly fit: number;
    readonly improve: number;
    readonly evaluate: number;
    readonly total: number;
  };
}
