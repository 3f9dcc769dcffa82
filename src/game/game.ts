import type { Rng } from "../random/rng.js";

/** The players of the MBRL game (4): π_θ with its baseline V_ψ; the ensemble M_φ with its optimiser's state. */
export interface Players<Policy, Model> {
  readonly policy: Policy;
  readonly model: Model;
}

/** What the players can do. Each move returns a new value and leaves its arguments as they were. */
export interface Moves<Policy, Model, Sample> {
  /** Runs π in the world for n samples (whole episodes: a little more). */
  collect(policy: Policy, n: number, rng: Rng): Promise<readonly Sample[]>;
  /** argmin_M ℓ(M, D), or a part of the way there. */
  fitModel(model: Model, data: readonly Sample[], rng: Rng): Promise<Model>;
  /** One step up ∇_π J(π, M); may start rollouts from states in the data. */
  improvePolicy(policy: Policy, model: Model, data: readonly Sample[], rng: Rng): Promise<Policy>;
}

/** The game before iteration k: with the seed, all that is needed to go on from here. */
export interface GameState<Policy, Model, Sample> extends Players<Policy, Model> {
  readonly k: number;
  readonly buffer: readonly Sample[];
}

/** Sizes of one iteration (Tables 2 and 3). */
export interface GameConfig {
  /** N_init */
  readonly initialSamples: number;
  /** N */
  readonly samplesPerIteration: number;
  /** B: how many of the newest samples are kept; Infinity keeps all. */
  readonly bufferSize: number;
  /** K: policy improvement steps. */
  readonly npgSteps: number;
}

/** An order of play: from a beginning, or from a state it yielded, on for ever. The caller stops taking states when it has seen enough. */
export type Play = <P, M, S>(
  start: Players<P, M> | GameState<P, M, S>,
  moves: Moves<P, M, S>,
  config: GameConfig,
  rng: Rng,
) => AsyncGenerator<GameState<P, M, S>, never>;

/** D ∪ D_k, without what is older than the newest `bufferSize` samples. */
export function remember<S>(buffer: readonly S[], fresh: readonly S[], bufferSize: number): readonly S[] {
  const all = [...buffer, ...fresh];
  return all.length > bufferSize ? all.slice(all.length - bufferSize) : all;
}
