import type { Tensors } from "../compute/engine.js";
import type { DynamicsNet, Model } from "../mdp/parametric.js";
import type { ValueFunction } from "../policy/value.js";

/** The value of a policy player that plans: M, V where there is one, and the seed of its chance. Plain data. */
export interface Planner {
  /** What its searches draw from. */
  readonly seed: number;
  /** Tensors of each member of the model that it plans in; null before there is one. */
  readonly members: readonly Tensors[] | null;
  /** V of what lies beyond the horizon; null where there is none, or not yet. */
  readonly value: ValueFunction | null;
}

const PREFIX = "model";

/** What a planner keeps of a model. */
export const keptMembers = ({ members }: Pick<Model, "members">): readonly Tensors[] =>
  members.map((member) => stripped(member.tensors(PREFIX)));

/** The members again. @param like members of a model of the same players, whatever they were fitted to */
export function membersOf(kept: readonly Tensors[], like: readonly DynamicsNet[]): readonly DynamicsNet[] {
  return kept.map((tensors, i) => ({
    ...like[i],
    tensors: (prefix) => Object.fromEntries(Object.entries(tensors).map(([name, x]) => [`${prefix}.${name}`, x])),
  }));
}

const stripped = (tensors: Tensors): Tensors =>
  Object.fromEntries(Object.entries(tensors).map(([name, x]) => [name.slice(PREFIX.length + 1), x]));
