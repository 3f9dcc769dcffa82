import { describe, expect, test } from "vitest";
import { add, input, mul } from "../../src/compute/operators.js";
import type { DynamicsNet } from "../../src/mdp/parametric.js";
import { particlesOf, rehearsal } from "../../src/mpc/rehearsal.js";
import { seeded } from "../../src/random/rng.js";
import { LINE_GRAPHS, lineTask } from "../support/line-task.js";
import { only, useCompute } from "../support/use-compute.js";

const compute = useCompute(2);
const task = { ...lineTask(), graphs: LINE_GRAPHS };
const HORIZON = 4;

/** x′ = x + gain · a + σ · noise beside a goal that stays: a member whose returns are known in closed form. */
function noisyMember(gain: number, sigma: number): DynamicsNet {
  return {
    key: ["noisy line"],
    noiseSize: 2,
    learnsReward: false,
    nodes(prefix) {
      const push = input(`${prefix}.push`, [1, 2]);
      const spread = input(`${prefix}.spread`, [2]);
      return {
        inputs: [push, spread],
        step: (s, a, z) => ({ next: add(add(s, mul(a, push)), mul(z!, spread)) }),
        change: (_, a) => mul(a, push),
      };
    },
    tensors: (prefix) => ({
      [`${prefix}.push`]: { shape: [1, 2], data: Float32Array.of(gain, 0) },
      [`${prefix}.spread`]: { shape: [2], data: Float32Array.of(sigma, 0) },
    }),
  };
}

/** E[Σ_t −(x_{t+1} − goal)² − 0.01 a²] of the line while no state is terminal: noise adds its variance, t + 1 times. */
function expected(gain: number, sigma: number, x: number, goal: number, plan: readonly number[]): number {
  let total = 0;
  plan.forEach((u, t) => {
    const a = 1 + 2 * u; // the box is [−1, 3]
    x += gain * a;
    total -= (x - goal) ** 2 + (t + 1) * sigma ** 2 + 0.01 * a ** 2;
  });
  return total;
}

const PLANS = [
  [-0.5, -0.5, -0.5, -0.5],
  [-0.4, -0.6, -0.3, -0.7],
];
const tables = {
  states: Float32Array.of(0.1, 0.3, -0.2, 0.2),
  plans: Float32Array.from(PLANS.flat()),
  worldOf: Int32Array.of(0, 1),
};
const settings = { horizon: HORIZON, terminalMargin: 0 };
const units = { discount: 1, valueWeight: 0 };

async function returnsOf(members: readonly DynamicsNet[], particles: number, seed = 1, on = compute()) {
  const ready = await rehearsal(on, task, members, { ...settings, particles });
  try {
    return await ready.returns(tables.states, tables.plans, tables.worldOf, units, seeded(seed));
  } finally {
    await ready.release();
  }
}

describe("plans tried out in a model", () => {
  test("return what a member's own dynamics and noise give, in closed form: a particle stays in its member", async () => {
    const members = [noisyMember(0.1, 0.1), noisyMember(-0.1, 0.05)];
    const means = await returnsOf(members, 8000);
    const sizes = [
      [0.1, 0.1],
      [-0.1, 0.05],
    ];
    sizes.forEach(([gain, sigma], member) => {
      PLANS.forEach((plan, i) => {
        const [x, goal] = tables.states.subarray(2 * i, 2 * i + 2);
        expect(means[member][i]).toBeCloseTo(expected(gain, sigma, x, goal, plan), 1.7); // 4,000 particles leave 0.005
      });
    });
  });

  test("are the same on one engine and on two, and a function of their stream", async () => {
    const members = [noisyMember(0.1, 0.1), noisyMember(-0.1, 0.05)];
    const once = await returnsOf(members, 2000, 2);
    expect(await returnsOf(members, 2000, 2, only(compute(), 1))).toEqual(once);
    expect(await returnsOf(members, 2000, 3)).not.toEqual(once);
  });

  test("end where a terminal state is met: what comes after counts no more", async () => {
    const member = noisyMember(2.5, 0); // beyond |x| = 2 in the first step that pushes by 1
    const [own] = await returnsOf([member], 1);
    const [x, goal] = tables.states;
    expect(x + 2.5 * (1 + 2 * -0.5)).toBeCloseTo(x); // the first plan pushes by 0
    expect(own[0]).toBeCloseTo(expected(2.5, 0, x, goal, PLANS[0]), 4);
    const [other] = await returnsOfPlan(member, [1, -0.5, -0.5, -0.5]);
    expect(other[0]).toBeCloseTo(-((x + 7.5 - goal) ** 2) - 0.01 * 9, 3); // its own reward alone
  });
});

async function returnsOfPlan(member: DynamicsNet, plan: readonly number[]) {
  const ready = await rehearsal(compute(), task, [member], { ...settings, particles: 1 });
  try {
    return await ready.returns(tables.states, Float32Array.from(plan), Int32Array.of(0), units, seeded(1));
  } finally {
    await ready.release();
  }
}

test("particles are shared out in turn", () => {
  expect(particlesOf(20, 5)).toEqual([4, 4, 4, 4, 4]);
  expect(particlesOf(20, 7)).toEqual([3, 3, 3, 3, 3, 3, 2]);
});
