import type { ActingNet } from "../mdp/parametric.js";
import { glorotMlp, sideBySide } from "../nn/mlp.js";
import { freshLearner, type Learner } from "../nn/regression.js";
import { type CriticShape, criticNetwork } from "../policy/critics.js";
import { type DeterministicShape, deterministicNet, deterministicNetwork } from "../policy/deterministic-policy.js";
import { uniformNet } from "../policy/squashed-policy.js";
import type { Rng } from "../random/rng.js";

/** A deterministic actor with an ensemble of critics, between two moves: plain data. */
export interface Steve {
  /** θ with Adam's moments. */
  readonly actor: Learner;
  /** ψ of all critics side by side. */
  readonly critics: Learner;
  /** ψ′: a copy of now and then, which targets are taken from. */
  readonly target: Float32Array;
  /** Gradient steps so far. */
  readonly updates: number;
}

/** π_0 and Q_0, Glorot uniform. Draws from rng. */
export function initialSteve(actor: DeterministicShape, critic: CriticShape, rng: Rng): Steve {
  const { members: _, ...one } = criticNetwork(critic);
  const each = Array.from({ length: critic.critics }, (_, i) => glorotMlp(one, rng.stream("critics", i)));
  const critics = sideBySide(one, each);
  return {
    actor: freshLearner(glorotMlp(deterministicNetwork(actor), rng.stream("actor"))),
    critics: freshLearner(critics),
    target: critics.slice(),
    updates: 0,
  };
}

/** π as everybody sees it: before the first update chance acts, evenly over the box. */
export const actingNetOf = (shape: DeterministicShape, { actor, updates }: Steve): ActingNet =>
  updates === 0
    ? uniformNet({ observationSize: shape.observationSize, hidden: [], actionSize: shape.actionSize })
    : deterministicNet(shape, actor.parameters);
