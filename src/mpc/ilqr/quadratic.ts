import type { PlanModel } from "./plan-model.js";

/** Slope and curvature of costs by a vector, [size] and [size, size]. */
export interface Value {
  readonly slope: Float64Array;
  readonly curvature: Float64Array;
}

/** Costs from a step on, by its states S and its action u. */
export interface Quadratic {
  /** Q_S, Q_SS. */
  readonly bySelf: Value;
  /** Q_u, Q_uu. */
  readonly byAction: Value;
  /** Q_uS, [m, N]. */
  readonly cross: Float64Array;
}

/** k [m] and K [m, N] of a step. */
export interface Answer {
  readonly k: Float64Array;
  readonly K: Float64Array;
}

/** N: entries of the states of all particles side by side. */
export const stateSize = ({ steps, observationSize }: PlanModel): number => steps[0].length * observationSize;

/**
 * Q of a step (Tassa et al. 2012, equation 5 without the second derivatives of dynamics). All particles follow one plan, so that together
 * they are one system with the state S; f of one knows nothing of another, and their blocks meet in V′_SS alone:
 *
 *   Q_S  = ℓ_s + f_sᵀ V′_S          Q_SS = ℓ_ss + f_sᵀ V′_SS f_s
 *   Q_u  = Σ ℓ_u + f_uᵀ V′_S        Q_uS = ℓ_us + Σ f_uᵀ V′_SS f_s      Q_uu = Σ ℓ_uu + ΣΣ f_uᵀ V′_SS f_u
 *
 * @param value V′ of the step after, without what lies beyond a path that ends here
 */
export function quadraticOf(model: PlanModel, t: number, value: Value, m: number): Quadratic {
  const { observationSize: n, steps, weights, beyond } = model;
  const [N, d, count] = [stateSize(model), n + m, steps[t].length];
  const ahead = value.slope.slice();
  beyond?.forEach(({ after, slope }, p) => {
    if (after === t) for (let i = 0; i < n; i++) ahead[p * n + i] += slope[i];
  });
  const bySelf = { slope: new Float64Array(N), curvature: new Float64Array(N * N) };
  const byAction = { slope: new Float64Array(m), curvature: new Float64Array(m * m) };
  const cross = new Float64Array(m * N);
  /** Adds a block of ∂²/∂z² of particles p and q, row i of it. */
  const put = (p: number, q: number, i: number, factor: number, row: Float64Array, at: number) => {
    const states = i < n ? bySelf.curvature : cross;
    const from = (i < n ? p * n + i : i - n) * N + q * n;
    for (let j = 0; j < n; j++) states[from + j] += factor * row[at + j];
    if (i >= n) for (let j = n; j < d; j++) byAction.curvature[(i - n) * m + j - n] += factor * row[at + j];
  };
  for (let q = 0; q < count; q++) {
    const weight = weights[t][q];
    if (weight === 0) continue; // nothing of it counts any more
    const { jacobian, slope, curvature } = steps[t][q];
    for (let i = 0; i < d; i++) {
      let sum = weight * slope[i];
      for (let l = 0; l < n; l++) sum += jacobian[l * d + i] * ahead[q * n + l];
      if (i < n) bySelf.slope[q * n + i] = sum;
      else byAction.slope[i - n] += sum;
      if (curvature !== null) put(q, q, i, weight, curvature, i * d);
    }
    for (let p = 0; p < count; p++) {
      if (weights[t][p] === 0) continue;
      const half = blockTimes(value.curvature, N, p * n, q * n, jacobian, n, d);
      if (half === undefined) continue;
      const other = steps[t][p].jacobian;
      for (let i = 0; i < d; i++)
        for (let l = 0; l < n; l++) if (other[l * d + i] !== 0) put(p, q, i, other[l * d + i], half, l * d);
    }
  }
  return { bySelf, byAction, cross };
}

/** V′_pq f_q, [n, d], the block being at (row, column) of V; undefined where it is zero. */
function blockTimes(
  V: Float64Array,
  N: number,
  row: number,
  column: number,
  f: Float64Array,
  n: number,
  d: number,
): Float64Array | undefined {
  const result = new Float64Array(n * d);
  let isZero = true;
  for (let i = 0; i < n; i++)
    for (let l = 0; l < n; l++) {
      const entry = V[(row + i) * N + column + l];
      if (entry === 0) continue;
      isZero = false;
      for (let j = 0; j < d; j++) result[i * d + j] += entry * f[l * d + j];
    }
  return isZero ? undefined : result;
}

/**
 * V of a step with its answer (Tassa et al. 2012, equation 11), and how much the answer takes off the costs:
 *
 *   V_S  = Q_S + Kᵀ Q_uu k + Kᵀ Q_u + Q_uSᵀ k,   V_SS = Q_SS + Kᵀ Q_uu K + Kᵀ Q_uS + Q_uSᵀ K
 */
export function costToGo(
  { bySelf, byAction, cross }: Quadratic,
  { k, K }: Answer,
): { readonly value: Value; readonly promised: number } {
  const [m, N] = [k.length, bySelf.slope.length];
  const slope = bySelf.slope.slice();
  const whole = bySelf.curvature.slice();
  let promised = 0;
  for (let i = 0; i < m; i++) {
    let bent = 0; // of Q_uu k
    const rest = cross.slice(i * N, (i + 1) * N); // Q_uS + Q_uu K
    for (let l = 0; l < m; l++) {
      const own = byAction.curvature[i * m + l];
      bent += own * k[l];
      for (let j = 0; j < N; j++) rest[j] += own * K[l * N + j];
    }
    promised -= k[i] * (byAction.slope[i] + bent / 2);
    for (let a = 0; a < N; a++) {
      const [gain, mixed] = [K[i * N + a], cross[i * N + a]];
      slope[a] += gain * (bent + byAction.slope[i]) + mixed * k[i];
      if (gain === 0 && mixed === 0) continue;
      for (let b = 0; b < N; b++) whole[a * N + b] += gain * rest[b] + mixed * K[i * N + b];
    }
  }
  const curvature = whole.map((entry, at) => (entry + whole[(at % N) * N + Math.floor(at / N)]) / 2); // what rounding took apart
  return { value: { slope, curvature }, promised };
}
