/** What is nothing but the rounding of sums of shares. */
const ROUNDING = 1e-12;

/**
 * Shares of the members in the policy's objective against the worst of them, equation (20) with the ensemble for the
 * follower's best responses:
 *
 *   CVaR_α = min_w Σ_j w_j J(π, M_j)   over   Σ_j w_j = 1,  0 ≤ w_j ≤ 1/(α · members)
 *
 * so the worst take 1/(α · members) each until the whole is given out; the last of them may take less. α = 1 weighs
 * all alike; α ≤ 1/members is the worst alone.
 *
 * The tail is over members, each with its mean return: Σ_j w_j ∇J(π, M_j) is then the gradient of CVaR_α (weights do
 * not move where the order does not change), with any baseline. EPOpt, which the paper cites, states the same
 * objective and estimates it with one trajectory per model. With many trajectories per member, a tail of single
 * trajectories would take bad luck and bad start states for bad models.
 *
 * @param returns J(π, M_j); among equals the first come first
 * @param share α, 0 to 1
 * @returns w, [members]
 */
export function worstMemberWeights(returns: readonly number[], share: number): Float64Array {
  const weights = new Float64Array(returns.length);
  const most = 1 / Math.max(1, share * returns.length);
  const order = Array.from(returns.keys()).sort((i, j) => returns[i] - returns[j] || i - j);
  let left = 1;
  for (const member of order) {
    if (left < ROUNDING) break;
    weights[member] = left < most - ROUNDING ? left : most;
    left -= weights[member];
  }
  return weights;
}
