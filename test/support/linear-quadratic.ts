import type { Judge } from "../../src/mpc/plan.js";

/** s′ = A s + B a on two states and one action, cost sᵀQs + r a² of every step and of the last state. */
export const LQ = {
  a: [
    [1, 0.1],
    [0, 1],
  ],
  b: [0.02, 0.2],
  q: [1, 0.1],
  r: 0.05,
  start: [0.3, -0.1],
  horizon: 8,
} as const;

const step = ([x, v]: readonly number[], u: number): [number, number] => [
  LQ.a[0][0] * x + LQ.a[0][1] * v + LQ.b[0] * u,
  LQ.a[1][0] * x + LQ.a[1][1] * v + LQ.b[1] * u,
];

/** Minus the cost of a plan, [horizon]. */
export function lqReturn(plan: ArrayLike<number>, start: readonly number[] = LQ.start): number {
  let state: readonly number[] = start;
  let total = 0;
  for (let t = 0; t < LQ.horizon; t++) {
    state = step(state, plan[t]);
    total -= LQ.q[0] * state[0] ** 2 + LQ.q[1] * state[1] ** 2 + LQ.r * plan[t] ** 2;
  }
  return total;
}

/** The best plan by the Riccati recursion, in float64. */
export function riccatiPlan(start: readonly number[] = LQ.start): number[] {
  const { a, b, q, r, horizon } = LQ;
  // P of the cost to go xᵀPx from the state after a step on, that state's own cost included.
  let p = [
    [q[0], 0],
    [0, q[1]],
  ];
  const gains: number[][] = [];
  for (let t = horizon - 1; t >= 0; t--) {
    const pb = [p[0][0] * b[0] + p[0][1] * b[1], p[1][0] * b[0] + p[1][1] * b[1]];
    const scale = r + b[0] * pb[0] + b[1] * pb[1];
    const k = [0, 1].map((j) => (pb[0] * a[0][j] + pb[1] * a[1][j]) / scale); // u = −k s
    gains[t] = k;
    const closed = [0, 1].map((i) => [0, 1].map((j) => a[i][j] - b[i] * k[j]));
    const next = [0, 1].map((i) =>
      [0, 1].map((j) => {
        let sum = r * k[i] * k[j] + (i === j ? q[i] : 0);
        for (const l of [0, 1]) for (const o of [0, 1]) sum += closed[l][i] * p[l][o] * closed[o][j];
        return sum;
      }),
    );
    p = next;
  }
  let state: readonly number[] = start;
  return gains.map((k) => {
    const u = -(k[0] * state[0] + k[1] * state[1]);
    state = step(state, u);
    return u;
  });
}

/** Judges plans of the linear-quadratic task exactly. */
export const lqJudge =
  (starts: readonly (readonly number[])[] = [LQ.start]): Judge =>
  async (plans, worlds) => {
    const count = plans.length / LQ.horizon;
    return Float64Array.from({ length: count }, (_, i) =>
      lqReturn(
        plans.subarray(i * LQ.horizon, (i + 1) * LQ.horizon),
        starts[worlds[Math.floor(i / (count / worlds.length))]],
      ),
    );
  };
