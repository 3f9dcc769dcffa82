import { erf } from "../math/erf.js";

/**
 * D_TV of two Gaussians that differ by δ standard deviations in their means alone: erf(δ / √8). Pinsker's inequality
 * would give the larger δ/2 from D_KL = δ²/2.
 */
export function gaussianTotalVariation(delta: number): number {
  return erf(delta / Math.sqrt(8));
}

/** A quantity along an episode: its mean over samples at each time t. */
export interface TimeProfile {
  /** [longest episode] */
  readonly byStep: readonly number[];
  /** Over steps, each alike. */
  readonly mean: number;
  readonly max: number;
}

/** @param steps t of each value; every t up to the largest has one at least */
export function timeProfile(values: ArrayLike<number>, steps: readonly number[]): TimeProfile {
  const totals: number[] = [];
  const counts: number[] = [];
  steps.forEach((t, i) => {
    totals[t] = (totals[t] ?? 0) + values[i];
    counts[t] = (counts[t] ?? 0) + 1;
  });
  const byStep = totals.map((total, t) => total / counts[t]);
  return {
    byStep,
    mean: byStep.reduce((a, b) => a + b, 0) / byStep.length,
    max: byStep.reduce((a, b) => Math.max(a, b)),
  };
}

/** A list as the means of `count` stretches of it, about equally long; shorter lists as they are. */
export function windows(list: readonly number[], count: number): number[] {
  const parts = Math.min(count, list.length);
  return Array.from({ length: parts }, (_, i) => {
    const part = list.slice(Math.floor((i * list.length) / parts), Math.floor(((i + 1) * list.length) / parts));
    return part.reduce((a, b) => a + b, 0) / part.length;
  });
}

/** Theorem 1's first term, 2γ √ε_M R_max / (1 − γ)², with the paper's √ε_M for Pinsker's √(ε_M / 2). */
export function modelTerm(modelError: number, maxReward: number, discount: number): number {
  return (2 * discount * Math.sqrt(modelError) * maxReward) / (1 - discount) ** 2;
}

/**
 * What the argument of Lemmas 2 and 3 gives with each step's own D_TV in place of the largest, over the first `horizon`
 * steps, where D_TV of the marginals is 1 at most:
 *
 *   |J(π, W) − J(π, M)| ≤ Σ_t γᵗ · 2 R_max · min(1, Σ_{i ≤ t} D_TV(i))
 *
 * (i = t counts too, since our rewards see s′.)
 *
 * @param totalVariation D_TV of each step in the world; where all its episodes have ended none is added, but what was
 *   apart stays so: episodes in M may still be going
 */
export function stepwiseTerm(
  totalVariation: readonly number[],
  horizon: number,
  maxReward: number,
  discount: number,
): number {
  let [total, apart] = [0, 0];
  for (let t = 0; t < horizon; t++) {
    apart = Math.min(1, apart + (totalVariation[t] ?? 0));
    total += discount ** t * 2 * maxReward * apart;
  }
  return total;
}

/**
 * Theorem 1's last term, 2 R_max / (1 − γ) · D_TV(μ̃_W^{π*}, μ̃_M^{π*}), with the bound γ ε / (1 − γ) of Lemma 3's proof for
 * the distance, 1 at most; ε is the largest D_TV of a step under π*.
 */
export function transferTerm(totalVariation: number, maxReward: number, discount: number): number {
  return ((2 * maxReward) / (1 - discount)) * Math.min(1, (discount * totalVariation) / (1 - discount));
}
