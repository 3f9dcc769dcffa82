import type { Node } from "../compute/node.js";
import { add, concat, constant, div, mean, mul, reshape, slice, square, sub, sum } from "../compute/operators.js";

/** How targets of several horizons become one: each by the inverse of its variance (STEVE), or the longest alone (MVE). */
export type Weighting = "variance" | "last";

/** Added to every variance, so that targets that are sure share the weight instead of dividing by 0. */
const LEAST_VARIANCE = 1e-8;

/** One imagined step of every row: everything is stacked by member, [members, rows, …]. */
export interface ImaginedStep {
  /** r̂ of each reward network, [networks, members, rows]. */
  readonly rewards: Node;
  /** Chance that s′ goes on, [members, rows]. */
  readonly goesOn: Node;
  /** Q′ of each critic at (s′, π(s′)), [critics, members, rows]. */
  readonly values: Node;
}

/** The real step that targets begin with. */
export interface RealStep {
  /** r_0, [rows]. */
  readonly rewards: Node;
  /** 1 where s_1 goes on, else 0, [rows]. */
  readonly goesOn: Node;
  /** Q′ of each critic at (s_1, π(s_1)), [critics, rows]. */
  readonly values: Node;
}

/** Targets of horizons 0 … H: their mean and variance over all estimates, [H + 1, rows] each. */
export interface CandidateTargets {
  readonly means: Node;
  readonly variances: Node;
}

/**
 * Mean and variance of Rew[i, e] + Val[j, e] over networks i, critics j and members e, [rows] each, without making all
 * of these: within a member the variances of both add up, and to their mean comes the variance between members.
 *
 * @param rewards [networks, members, rows] @param values [critics, members, rows]
 */
function moments(rewards: Node, values: Node): { readonly mean: Node; readonly variance: Node } {
  const within = (x: Node) => {
    const centre = mean(x, [0], true);
    return { centre: mean(x, [0]), variance: mean(square(sub(x, centre)), [0]) };
  };
  const [r, q] = [within(rewards), within(values)];
  const centres = add(r.centre, q.centre);
  const middle = mean(centres, [0], true);
  return {
    mean: mean(centres, [0]),
    variance: add(mean(add(r.variance, q.variance), [0]), mean(square(sub(centres, middle)), [0])),
  };
}

/**
 * Targets with 0 … H imagined steps after the real one (Buckman et al. 2018, (4) and (5)):
 *
 *   T_h = r_0 + Σ_{j=1}^h γ^j C_{j−1} r̂_j + γ^{h+1} C_h Q′(s_{h+1}, π(s_{h+1})),   C_j = Π_{i≤j} (1 − d_i)
 *
 * an estimate for each reward network, member and critic; d_0 is the world's, the others are the model's.
 */
export function candidateTargets(first: RealStep, steps: readonly ImaginedStep[], discount: number): CandidateTargets {
  const batch = first.rewards.shape[0] as number;
  const row = (x: Node) => reshape(x, [1, batch]);
  const one = (x: Node) => reshape(x, [1, 1, batch]);
  const [critics] = first.values.shape as [number];
  const own = mul(mul(first.values, row(first.goesOn)), discount);
  const targets = [moments(one(first.rewards), reshape(own, [critics, 1, batch]))];
  let earned: Node = one(first.rewards);
  let reached: Node = row(first.goesOn);
  steps.forEach(({ rewards, goesOn, values }, i) => {
    earned = add(earned, mul(mul(rewards, reached), discount ** (i + 1)));
    reached = mul(reached, goesOn);
    targets.push(moments(earned, mul(mul(values, reached), discount ** (i + 2))));
  });
  const stacked = (of: (target: (typeof targets)[number]) => Node) =>
    concat(
      targets.map((target) => row(of(target))),
      0,
    );
  return { means: stacked((t) => t.mean), variances: stacked((t) => t.variance) };
}

/** w_h ∝ 1 / (variance of T_h + 1e-8), or all on the last, [H + 1, rows]. */
export function targetWeights(variances: Node, weighting: Weighting): Node {
  const horizons = variances.shape[0] as number;
  if (weighting === "last") {
    const last = Array.from({ length: horizons }, (_, h) => (h === horizons - 1 ? 1 : 0));
    return add(mul(slice(variances, 0, 0, 1), 0), constant(last, [horizons, 1]));
  }
  const sure = div(LEAST_VARIANCE, add(variances, LEAST_VARIANCE));
  return div(sure, sum(sure, [0], true));
}

/** Σ_h w_h T_h, [rows]. */
export const weightedTarget = ({ means }: CandidateTargets, weights: Node): Node => sum(mul(means, weights), [0]);
