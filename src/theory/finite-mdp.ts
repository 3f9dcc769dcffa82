import { ConfigError, ShapeError } from "../errors/errors.js";
import type { Matrix } from "../math/matrix.js";
import type { Vector } from "../math/vector.js";
import { distribution } from "./distributions.js";

/** An MDP with finitely many states and actions (section 2): a world W, or a model M of it. Made by `finiteMdp`. */
export interface FiniteMdp {
  readonly states: number;
  readonly actions: number;
  /** P(s′|s, a): `transitions[s][a]` is a distribution, [states]. */
  readonly transitions: readonly (readonly Vector[])[];
  /** R(s), [states]: paid in the state, as in (1). */
  readonly rewards: Vector;
  /** R_max: |R(s)| ≤ R_max, as in Lemmas 1 and 3. */
  readonly maxReward: number;
  /** γ in [0, 1). */
  readonly discount: number;
  /** ρ, [states]. */
  readonly initial: Vector;
}

/** What an MDP is made of; `maxReward` is the largest |R(s)| where it is left out. */
export interface FiniteMdpSpec {
  readonly transitions: readonly (readonly ArrayLike<number>[])[];
  readonly rewards: ArrayLike<number>;
  readonly maxReward?: number;
  readonly discount: number;
  readonly initial: ArrayLike<number>;
}

/** π(a|s): `policy[s]` is a distribution over actions. */
export type TabularPolicy = readonly Vector[];

function checkSize(where: string, what: string, got: number, wanted: number): void {
  if (got !== wanted)
    throw new ShapeError(where, `has ${got} ${what}, where ${wanted} belong`, `Give one for each of the ${wanted}`);
}

/**
 * An MDP, checked.
 *
 * @throws {ShapeError} where tables do not fit together
 * @throws {ConfigError} where probabilities do not sum to one, a reward is outside ±maxReward, or γ outside [0, 1)
 */
export function finiteMdp({ transitions, rewards, maxReward, discount, initial }: FiniteMdpSpec): FiniteMdp {
  const states = transitions.length;
  const actions = transitions[0]?.length ?? 0;
  if (states === 0 || actions === 0)
    throw new ShapeError("finiteMdp.transitions", `is empty, [${states}, ${actions}]`, "Give a state and an action");
  checkSize("finiteMdp.rewards", "entries", rewards.length, states);
  checkSize("finiteMdp.initial", "entries", initial.length, states);
  if (!(discount >= 0 && discount < 1))
    throw new ConfigError("finiteMdp.discount", `γ must be in [0, 1), got ${discount}`, "For instance 0.99");
  const paid = Float64Array.from(rewards);
  const unpayable = paid.findIndex((r) => !Number.isFinite(r));
  if (unpayable >= 0)
    throw new ConfigError(`finiteMdp.rewards[${unpayable}]`, `${paid[unpayable]} is not finite`, "Fix the reward");
  const bound = maxReward ?? paid.reduce((most, r) => Math.max(most, Math.abs(r)), 0);
  if (!(bound >= 0 && bound < Number.POSITIVE_INFINITY))
    throw new ConfigError("finiteMdp.maxReward", `must be finite and not negative, got ${bound}`, "For instance 1");
  const outside = paid.findIndex((r) => !(Math.abs(r) <= bound));
  if (outside >= 0)
    throw new ConfigError(
      `finiteMdp.rewards[${outside}]`,
      `${paid[outside]} is outside ±R_max = ±${bound}`,
      "Raise maxReward or fix the reward",
    );
  return {
    states,
    actions,
    transitions: transitions.map((rows, s) => {
      checkSize(`finiteMdp.transitions[${s}]`, "actions", rows.length, actions);
      return rows.map((row, a) => {
        const where = `finiteMdp.transitions[${s}][${a}]`;
        checkSize(where, "entries", row.length, states);
        return distribution(where, row);
      });
    }),
    rewards: paid,
    maxReward: bound,
    discount,
    initial: distribution("finiteMdp.initial", initial),
  };
}

/** A policy for an MDP of this size, checked. @throws {ShapeError | ConfigError} as `finiteMdp` */
export function tabularPolicy(
  { states, actions }: Pick<FiniteMdp, "states" | "actions">,
  rows: readonly ArrayLike<number>[],
): TabularPolicy {
  checkSize("tabularPolicy", "states", rows.length, states);
  return rows.map((row, s) => {
    checkSize(`tabularPolicy[${s}]`, "actions", row.length, actions);
    return distribution(`tabularPolicy[${s}]`, row);
  });
}

/** The policy that takes action `choice[s]` in s. */
export const deterministicPolicy = (actions: number, choice: ArrayLike<number>): TabularPolicy =>
  Array.from(choice, (a) => Float64Array.from({ length: actions }, (_, i) => (i === a ? 1 : 0)));

/**
 * The Markov chain that π makes of an MDP: P^π(s′|s) = Σ_a π(a|s) P(s′|s, a), [states, states].
 *
 * @throws {ShapeError} where the policy is for other states or actions
 */
export function chainOf(policy: TabularPolicy, { states, actions, transitions }: FiniteMdp): Matrix {
  checkSize("policy", "states", policy.length, states);
  policy.forEach((row, s) => {
    checkSize(`policy[${s}]`, "actions", row.length, actions);
  });
  return transitions.map((rows, s) => {
    const row = new Float64Array(states);
    rows.forEach((p, a) => {
      const weight = policy[s][a];
      if (weight > 0) for (let next = 0; next < states; next++) row[next] += weight * p[next];
    });
    return row;
  });
}

/**
 * W and M of the paper differ in their transitions alone (section 2.1).
 *
 * @throws {ShapeError} where they have other states or actions
 * @throws {ConfigError} where rewards, R_max, γ or ρ differ
 */
export function checkModelOf(where: string, world: FiniteMdp, model: FiniteMdp): void {
  if (world.states !== model.states || world.actions !== model.actions)
    throw new ShapeError(
      where,
      `the world has ${world.states} states and ${world.actions} actions, the model ${model.states} and ${model.actions}`,
      "Give both the same",
    );
  const same = (a: Vector, b: Vector) => a.every((x, i) => x === b[i]);
  const differing = [
    ["rewards", same(world.rewards, model.rewards)],
    ["maxReward", world.maxReward === model.maxReward],
    ["discount", world.discount === model.discount],
    ["initial", same(world.initial, model.initial)],
  ].find(([, equal]) => !equal);
  if (differing !== undefined)
    throw new ConfigError(where, `world and model differ in ${differing[0]}`, "Let them differ in transitions alone");
}
