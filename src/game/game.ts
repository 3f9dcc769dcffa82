import type { Rng } from "../random/rng.js";

/** The players of the MBRL game (4): π_θ with all that it learns by; the model M_φ with its optimiser's state. */
export interface Players<Policy, Model> {
  readonly policy: Policy;
  readonly model: Model;
}

/** What the players can do. Each move returns a new value and leaves its arguments as they were. */
export interface Moves<Policy, Model, Data> {
  /** D ∪ D_k: n more samples of π in the world (whole episodes: a few more); what is older than B is forgotten. */
  collect(policy: Policy, data: Data, n: number, rng: Rng): Promise<Data>;
  /** argmin_M ℓ(M, D), or a part of the way there. */
  fitModel(model: Model, data: Data, rng: Rng): Promise<Model>;
  /** One step up ∇_π J(π, M); may start rollouts from states in the data. */
  improvePolicy(policy: Policy, model: Model, data: Data, rng: Rng): Promise<Policy>;
}

/** Where a game begins: players that have not met, and D before its first sample. */
export interface GameStart<Policy, Model, Data> extends Players<Policy, Model> {
  readonly data: Data;
}

/** The game before iteration k: with the seed, all that is needed to go on from here. */
export interface GameState<Policy, Model, Data> extends GameStart<Policy, Model, Data> {
  readonly k: number;
}

/** Sizes of one iteration (Tables 2 and 3). */
export interface GameConfig {
  /** N_init */
  readonly initialSamples: number;
  /** N */
  readonly samplesPerIteration: number;
  /** K: policy improvement steps. */
  readonly policySteps: number;
  /** Rounds of fit and improvement between two gatherings, where the order of play has some; default 1. */
  readonly rounds?: number;
}

/** An order of play: from a beginning, or from a state it yielded, on for ever. The caller stops taking states when it has seen enough. */
export type Play = <P, M, D>(
  start: GameStart<P, M, D> | GameState<P, M, D>,
  moves: Moves<P, M, D>,
  config: GameConfig,
  rng: Rng,
) => AsyncGenerator<GameState<P, M, D>, never>;
