import { leastInBox } from "../../math/least-in-box.js";
import { identity, matrixOf, solveAll } from "../../math/matrix.js";
import type { PlanShape } from "../plan.js";
import type { PlanModel } from "./plan-model.js";
import { type Answer, costToGo, type Quadratic, quadraticOf, stateSize, type Value } from "./quadratic.js";

/** The answer: u + α k + K (S − Ŝ), S the states of all particles side by side, [N]. */
export interface Feedback {
  /** k, [horizon, m]. */
  readonly open: Float32Array;
  /** Kᵀ, [horizon, N, m]. */
  readonly gains: Float32Array;
  /** How much the costs fall by it, as far as the quadratic model goes. */
  readonly promised: number;
}

/**
 * The backward pass of iLQR (Li and Todorov 2004; Tassa et al. 2012) with limits on actions (Tassa et al. 2014), in float64, from the last
 * step on, with Q of `quadraticOf` and V of `costToGo`:
 *
 *   Q̃_uu = Q_uu + μ (tr Q_uu / m + ‖Q_u‖_∞) I
 *   k = argmin ½ kᵀ Q̃_uu k + Q_uᵀ k,  −1 ≤ u + k ≤ 1
 *   K = −Q̃_uu⁻¹ Q_uS in the entries that no limit holds, 0 in the others
 *
 * @param plan u, [horizon, m]
 * @param regularization μ: in units of slope and curvature, so that it means the same whatever a task's rewards are
 * @returns undefined where Q̃_uu is not positive definite somewhere
 */
export function backwardPass(
  { horizon, actionSize: m }: PlanShape,
  model: PlanModel,
  plan: Float32Array,
  regularization: number,
): Feedback | undefined {
  const N = stateSize(model);
  let value: Value = { slope: new Float64Array(N), curvature: new Float64Array(N * N) };
  const open = new Float32Array(horizon * m);
  const gains = new Float32Array(horizon * N * m);
  let promised = 0;
  for (let t = horizon - 1; t >= 0; t--) {
    const Q = quadraticOf(model, t, value, m);
    const answer = answerTo(Q, plan.subarray(t * m, (t + 1) * m), regularization);
    if (answer === undefined) return undefined;
    const { k, K } = answer;
    open.set(k, t * m);
    for (let i = 0; i < m; i++) for (let j = 0; j < N; j++) gains[(t * N + j) * m + i] = K[i * N + j];
    const next = costToGo(Q, answer);
    promised += next.promised;
    value = next.value;
  }
  return { open, gains, promised };
}

/** @param u the plan's action, [m] */
function answerTo({ bySelf, byAction, cross }: Quadratic, u: Float32Array, regularization: number): Answer | undefined {
  const m = u.length;
  const N = bySelf.slope.length;
  const K = new Float64Array(m * N);
  const steepest = byAction.slope.reduce((most, entry) => Math.max(most, Math.abs(entry)), 0);
  const trace = byAction.slope.reduce((sum, _, i) => sum + byAction.curvature[i * m + i], 0);
  if (steepest === 0 && trace === 0) return { k: new Float64Array(m), K }; // no action here changes anything
  const added = regularization * (Math.max(trace, 0) / m + steepest);
  const entry = (i: number, j: number) => (byAction.curvature[i * m + j] + byAction.curvature[j * m + i]) / 2;
  const curvature = matrixOf(m, m, (i, j) => entry(i, j) + (i === j ? added : 0));
  const face = (at: number) => Float64Array.from(u, (own) => at - own);
  const least = leastInBox(curvature, byAction.slope, face(-1), face(1));
  if (least === undefined) return undefined;
  const { x: k, free } = least;
  if (free.length === 0) return { k, K };
  const inverse = solveAll(
    matrixOf(free.length, free.length, (i, j) => curvature[free[i]][free[j]]),
    identity(free.length),
  );
  if (inverse === undefined) return undefined;
  for (const [row, i] of free.entries())
    for (const [column, l] of free.entries())
      for (let j = 0; j < N; j++) K[i * N + j] -= inverse[row][column] * cross[l * N + j];
  return { k, K };
}
