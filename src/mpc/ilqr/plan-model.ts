/** A particle's step near the plan, to first order in states and to second in costs; z = (s, u), d = its length. */
export interface StepModel {
  /** ∂s′/∂z, [n, d]. */
  readonly jacobian: Float64Array;
  /** ∂ℓ/∂z, [d]. */
  readonly slope: Float64Array;
  /** ∂²ℓ/∂z² without its negative part, [d, d]; null where it is zero. */
  readonly curvature: Float64Array | null;
}

/** What lies beyond a particle's path. */
export interface Beyond {
  /** The last step that counts. */
  readonly after: number;
  /** Slope of minus V there, weighted, [n]. */
  readonly slope: Float64Array;
}

/** What a plan costs near the path that it leads along: linear dynamics, quadratic costs. Costs are minus rewards. */
export interface PlanModel {
  /** n */
  readonly observationSize: number;
  /** [horizon][particles]; of no meaning where the weight is 0. */
  readonly steps: readonly (readonly StepModel[])[];
  /** What a step's cost counts, γᵗ m_t and the particle's share; 0 from the first terminal state on, [horizon][particles]. */
  readonly weights: readonly Float64Array[];
  /** [particles]; null where nothing lies beyond. */
  readonly beyond: readonly Beyond[] | null;
}
