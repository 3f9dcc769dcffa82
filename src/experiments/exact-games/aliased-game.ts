import { ConfigError } from "../../errors/errors.js";
import { expectation } from "../../theory/distributions.js";
import { actionValues, expectedReturn, values } from "../../theory/expected-return.js";
import { type FiniteMdp, finiteMdp, type TabularPolicy } from "../../theory/finite-mdp.js";
import { policyIteration } from "../../theory/policy-iteration.js";
import { discountedVisitation, type Visitation } from "../../theory/visitation.js";
import type { ExactMoves } from "./trajectory.js";

/**
 * A finite world and a model class that cannot distinguish some of its states: P_M(·|s, a) is the same for all states of a
 * cluster. Policies see states as they are, and explore: π = (1 − ξ) · choice + ξ · uniform, where `choice` is what a
 * policy player moves.
 */
export interface AliasedGame {
  readonly world: FiniteMdp;
  /** The cluster of each state. */
  readonly clusters: readonly number[];
  /** ξ in (0, 1]: keeps every pair that can be visited visited, so that the best model is unique there. */
  readonly exploration: number;
}

/** @throws {ConfigError} where clusters do not cover the states, or ξ is outside (0, 1] */
export function aliasedGame(game: AliasedGame): AliasedGame {
  if (game.clusters.length !== game.world.states)
    throw new ConfigError(
      "aliasedGame.clusters",
      `names ${game.clusters.length} states of ${game.world.states}`,
      "Give each its cluster",
    );
  if (!(game.exploration > 0 && game.exploration <= 1))
    throw new ConfigError(
      "aliasedGame.exploration",
      `ξ must be in (0, 1], got ${game.exploration}`,
      "For instance 0.1",
    );
  return game;
}

/** π of a choice: (1 − ξ) · choice + ξ · uniform. */
export const explored = ({ exploration }: AliasedGame, choice: TabularPolicy): TabularPolicy =>
  choice.map((row) => row.map((p) => (1 - exploration) * p + exploration / row.length));

/** The MDP whose actions are already mixed with exploration: J of a choice there is J of the explored policy here. */
export function withExploration({ exploration }: AliasedGame, mdp: FiniteMdp): FiniteMdp {
  const transitions = mdp.transitions.map((rows) => {
    const even = rows[0].map((_, next) => rows.reduce((total, p) => total + p[next] / rows.length, 0));
    return rows.map((p) => p.map((x, next) => (1 - exploration) * x + exploration * even[next]));
  });
  return { ...mdp, transitions };
}

/**
 * argmin_M ℓ(M, μ) of (3) within the class, in closed form: each cluster's row is the mean of its states' rows, weighted
 * by how often they are visited. Rows that μ never visits stay as they are in `before`.
 */
export function bestAliasedModel({ world, clusters }: AliasedGame, visited: Visitation, before: FiniteMdp): FiniteMdp {
  const rowOf = (cluster: number, a: number): Float64Array | undefined => {
    const row = new Float64Array(world.states);
    let weight = 0;
    clusters.forEach((own, s) => {
      if (own !== cluster) return;
      weight += visited[s][a];
      for (let next = 0; next < row.length; next++) row[next] += visited[s][a] * world.transitions[s][a][next];
    });
    return weight > 0 ? row.map((p) => p / weight) : undefined;
  };
  const transitions = clusters.map((cluster, s) =>
    Array.from({ length: world.actions }, (_, a) => rowOf(cluster, a) ?? before.transitions[s][a]),
  );
  return finiteMdp({ ...world, transitions });
}

/** argmax over choices of J(π, M), exactly. */
export const bestChoice = (game: AliasedGame, model: FiniteMdp): TabularPolicy =>
  policyIteration(withExploration(game, model)).policy;

/** One natural gradient step up J(·, M) for a softmax choice: choice · exp(α A^π_M), normalised. */
function naturalStep(game: AliasedGame, choice: TabularPolicy, model: FiniteMdp, stepSize: number): TabularPolicy {
  const mixed = withExploration(game, model);
  const q = actionValues(mixed, values(choice, mixed));
  return choice.map((row, s) => tilted(row, q[s], stepSize));
}

/** p · exp(step · (f − E_p f)), normalised. */
function tilted(p: Float64Array, f: Float64Array, step: number): Float64Array {
  const mean = expectation(p, f);
  const weights = p.map((x, i) => x * Math.exp(step * (f[i] - mean)));
  const total = weights.reduce((a, b) => a + b, 0);
  return weights.map((x) => x / total);
}

/** The leader's objective (14): J(π, M^π), M^π the best model of what π visits. */
export function policyLedReturn(game: AliasedGame, choice: TabularPolicy): number {
  const policy = explored(game, choice);
  return expectedReturn(policy, bestAliasedModel(game, discountedVisitation(policy, game.world), game.world));
}

/** d J(π, M^π) / d log-odds, entry by entry, by central differences of the exact function. */
function totalSlope(game: AliasedGame, choice: TabularPolicy): TabularPolicy {
  const h = 1e-5;
  return choice.map((row, s) =>
    row.map((_, a) => {
      const at = (step: number) => {
        const bump = Float64Array.from(row, (_, i) => (i === a ? 1 : 0));
        return policyLedReturn(
          game,
          choice.map((other, i) => (i === s ? tilted(other, bump, step) : other)),
        );
      };
      return (at(h) - at(-h)) / (2 * h);
    }),
  );
}

/** How the policy player moves: the best answer, natural steps on the model as in the paper, or steps up (14) as a whole. */
export type ChoiceMove = "answer" | { readonly natural: number } | { readonly stackelberg: number };

/**
 * Exact moves. A sample is μ̃_W^π, the discounted visitation of one policy; a model is fitted to the mean of those given.
 *
 * @param modelStep share of the way to the best model of that: 1 is the whole answer, less a natural gradient step
 */
export function aliasedMoves(
  game: AliasedGame,
  policyMove: ChoiceMove,
  modelStep: number,
): ExactMoves<TabularPolicy, FiniteMdp, Visitation> {
  return {
    sample: (choice) => discountedVisitation(explored(game, choice), game.world),
    async fitModel(model, data) {
      const mean = data[0].map((row, s) =>
        row.map((_, a) => data.reduce((sum, mu) => sum + mu[s][a], 0) / data.length),
      );
      const best = bestAliasedModel(game, mean, model);
      const transitions = model.transitions.map((rows, s) =>
        rows.map((p, a) => p.map((x, i) => x + modelStep * (best.transitions[s][a][i] - x))),
      );
      return { ...model, transitions };
    },
    async improvePolicy(choice, model) {
      if (policyMove === "answer") return bestChoice(game, model);
      if ("natural" in policyMove) return naturalStep(game, choice, model, policyMove.natural);
      const slope = totalSlope(game, choice);
      return choice.map((row, s) => tilted(row, slope[s], policyMove.stackelberg));
    },
  };
}

/** Names of the rope bridge's states and of its actions. */
export const BRIDGE = { near: 0, far: 1, goal: 2, gorge: 3, home: 4, cross: 0, turn: 1 } as const;
const [REACHES, HOME_PAYS, DISCOUNT] = [0.5, 0.65, 0.9];

/**
 * The rope bridge. At its near end, crossing leads to the goal (1 for ever) or, as often, to the far half of the bridge,
 * where crossing on leads into the gorge (0 for ever); turning leads home (0.65 for ever) from either. The model takes
 * both ends for one place. So the more the policy crosses at the far end, the worse crossing looks at the near end too,
 * and the less it crosses, the better.
 */
export const ROPE_BRIDGE: AliasedGame = aliasedGame({
  world: finiteMdp({
    transitions: [
      [
        [0, 1 - REACHES, REACHES, 0, 0],
        [0, 0, 0, 0, 1],
      ],
      [
        [0, 0, 0, 1, 0],
        [0, 0, 0, 0, 1],
      ],
      ...[2, 3, 4].map((s) => {
        const stay = [0, 1, 2, 3, 4].map((i) => (i === s ? 1 : 0));
        return [stay, stay];
      }),
    ],
    rewards: [0, 0, 1, 0, HOME_PAYS],
    discount: DISCOUNT,
    initial: [1, 0, 0, 0, 0],
  }),
  clusters: [0, 0, 1, 2, 3],
  exploration: 0.1,
});

/**
 * The bridge's equilibrium where neither player gains by moving alone, in closed form. With p the probability of crossing
 * at the far end, x = γ(1 − g)p the far end's weight against the near end's, the model reaches the goal with g/(1 + x)
 * and stays with (1 − g)/(1 + x); crossing and turning are worth the same where g / (1 + x − γ(1 − g)) is what home pays.
 */
export const BRIDGE_NASH = {
  /** π(cross | far). */
  crossing: (REACHES / HOME_PAYS - 1 + DISCOUNT * (1 - REACHES)) / (DISCOUNT * (1 - REACHES)),
  /** J(π, M) = J of turning at once. */
  value: (DISCOUNT * HOME_PAYS) / (1 - DISCOUNT),
} as const;
