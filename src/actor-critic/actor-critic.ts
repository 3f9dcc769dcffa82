import type { ActingNet } from "../mdp/parametric.js";
import { freshLearner, type Learner } from "../nn/regression.js";
import { type CriticShape, initialCritics } from "../policy/critics.js";
import type { InputScaling } from "../policy/input-scaling.js";
import { type ActorShape, actingNet, initialActor, randomNet, type SquashedPolicy } from "../policy/squashed-policy.js";
import type { Rng } from "../random/rng.js";
import { emptyPool, type StatePool } from "./pool.js";

/** Where values lie: a running range of what a step gains (reward and entropy), summed for ever. */
export interface ValueRange {
  readonly low: number;
  readonly high: number;
}

/** An actor-critic policy player between two moves: plain data. */
export interface ActorCritic {
  /** θ with Adam's moments. */
  readonly actor: Learner;
  /** A running average of θ, which acts. */
  readonly averaged: Float32Array;
  /** ψ of all critics side by side. */
  readonly critics: Learner;
  /** ψ′: slow copies, which targets are taken from. */
  readonly target: Float32Array;
  /** log α. */
  readonly temperature: Learner;
  /** Null before the first move. */
  readonly range: ValueRange | null;
  readonly pool: StatePool;
  readonly inputs: InputScaling;
  /** Real samples that `inputs` was taken from; 0 before the first move. */
  readonly inputSamples: number;
  /** Gradient steps so far. */
  readonly updates: number;
  /** J(π, M) of each member when it was last measured. */
  readonly memberReturns: readonly number[];
  /** Updates at that time. */
  readonly measuredAt: number;
}

/** π_0, Q_0 and no states. Draws from rng. */
export function initialActorCritic(
  actor: ActorShape,
  critic: CriticShape,
  {
    poolSize,
    initialTemperature,
    returnSteps,
  }: { readonly poolSize: number; readonly initialTemperature: number; readonly returnSteps: number | null },
  rng: Rng,
): ActorCritic {
  const n = actor.observationSize;
  const critics = initialCritics(critic, rng.stream("critics"));
  const theta = initialActor(actor, rng.stream("actor"));
  return {
    actor: freshLearner(theta),
    averaged: theta,
    critics: freshLearner(critics),
    target: critics.slice(),
    temperature: freshLearner(Float32Array.of(Math.log(initialTemperature))),
    range: null,
    pool: emptyPool(poolSize, n, returnSteps === null ? 0 : actor.actionSize),
    inputs: { shift: new Float32Array(n), factor: new Float32Array(n).fill(1) },
    inputSamples: 0,
    updates: 0,
    memberReturns: [],
    measuredAt: 0,
  };
}

/** π_θ of a player, which learns. */
export const policyOf = (
  shape: ActorShape,
  { actor, inputs }: Pick<ActorCritic, "actor" | "inputs">,
): SquashedPolicy => ({ shape, parameters: actor.parameters, inputs });

/** π as everybody sees it: before the first move there is nothing that the actor could have learned, and chance acts. */
export const actingNetOf = (shape: ActorShape, { averaged, inputs, updates }: ActorCritic): ActingNet =>
  updates === 0 ? randomNet(shape) : actingNet({ shape, parameters: averaged, inputs });
