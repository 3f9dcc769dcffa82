import type { ActingNet } from "../mdp/parametric.js";
import { glorotMlp, sideBySide } from "../nn/mlp.js";
import { freshLearner, type Learner } from "../nn/regression.js";
import { type CriticShape, criticNetwork } from "../policy/critics.js";
import { type ActorShape, actingNet, actorNetwork, uniformNet } from "../policy/squashed-policy.js";
import type { Rng } from "../random/rng.js";

/** A soft actor-critic between two moves: plain data. */
export interface SoftActorCritic {
  /** θ with Adam's moments. */
  readonly actor: Learner;
  /** ψ of all critics side by side. */
  readonly critics: Learner;
  /** ψ′: slow copies, which targets are taken from. */
  readonly target: Float32Array;
  /** log α. */
  readonly temperature: Learner;
  /** Gradient steps of the critics so far. */
  readonly updates: number;
}

/** π_0 and Q_0, Glorot uniform. Draws from rng. */
export function initialSoftActorCritic(
  actor: ActorShape,
  critic: CriticShape,
  initialTemperature: number,
  rng: Rng,
): SoftActorCritic {
  const { members: _, ...one } = criticNetwork(critic);
  const each = Array.from({ length: critic.critics }, (_, i) => glorotMlp(one, rng.stream("critics", i)));
  const critics = sideBySide(one, each);
  return {
    actor: freshLearner(glorotMlp(actorNetwork(actor), rng.stream("actor"))),
    critics: freshLearner(critics),
    target: critics.slice(),
    temperature: freshLearner(Float32Array.of(Math.log(initialTemperature))),
    updates: 0,
  };
}

/** π as everybody sees it: before the first update chance acts, evenly over the box. Observations go in as they are. */
export function actingNetOf(shape: ActorShape, { actor, updates }: SoftActorCritic): ActingNet {
  const n = shape.observationSize;
  const inputs = { shift: new Float32Array(n), factor: new Float32Array(n).fill(1) };
  return updates === 0 ? uniformNet(shape) : actingNet({ shape, parameters: actor.parameters, inputs });
}
