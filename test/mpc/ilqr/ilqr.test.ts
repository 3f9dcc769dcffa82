import { describe, expect, test } from "vitest";
import type { Node } from "../../../src/compute/node.js";
import { div, sub } from "../../../src/compute/operators.js";
import { leastInBox } from "../../../src/math/least-in-box.js";
import { matrixOf } from "../../../src/math/matrix.js";
import type { DynamicsNet } from "../../../src/mdp/parametric.js";
import type { Task } from "../../../src/mdp/task.js";
import { absolute, column, perRow } from "../../../src/mdp/task-graphs.js";
import { type IlqrSettings, ilqr } from "../../../src/mpc/ilqr/ilqr.js";
import { judgeIn } from "../../../src/mpc/judge.js";
import type { FoundPlans } from "../../../src/mpc/plan.js";
import { rehearsal } from "../../../src/mpc/rehearsal.js";
import { seeded } from "../../../src/random/rng.js";
import { LINE_GRAPHS, lineTask } from "../../support/line-task.js";
import { linearMember, lqTask } from "../../support/linear-member.js";
import { LQ, lqReturn, riccatiPlan } from "../../support/linear-quadratic.js";
import { toyModel } from "../../support/toy-dynamics.js";
import { only, useCompute } from "../../support/use-compute.js";

const compute = useCompute(2);
const SETTINGS: IlqrSettings = { iterations: 10, stepLengths: 6, regularization: 0, tolerance: 1e-9, roomWeight: 0 };
const UNITS = { discount: 1, valueWeight: 0 };
/** 1 of each step. */
const steady = (_: Node, __: Node, next: Node) => perRow(1, next);
const roomOnLine = (next: Node) => sub(1, div(absolute(column(next, 0)), 2));
const LQ_MEMBER = linearMember(LQ.a, [[LQ.b[0]], [LQ.b[1]]]);

interface Asked {
  readonly task: Task;
  readonly members: readonly DynamicsNet[];
  readonly states: readonly number[];
  readonly starts: ArrayLike<number>;
  readonly horizon: number;
  readonly particles?: number;
  readonly settings?: Partial<IlqrSettings>;
  readonly seed?: number;
  readonly on?: ReturnType<typeof compute>;
}

/** What a search finds, and what judges say of where it began and of what it found. */
async function searched(asked: Asked): Promise<FoundPlans & { readonly before: number; readonly after: number }> {
  const { task, members, horizon, settings, seed = 1, on = compute() } = asked;
  const particles = asked.particles ?? members.length;
  const rehearsed = await rehearsal(on, task, members, { horizon, particles, terminalMargin: 0 });
  const within = {
    task,
    members,
    particles,
    compute: on,
    value: undefined,
    rehearsal: rehearsed,
    terminalMargin: 0,
    units: UNITS,
  };
  const searcher = await ilqr({ horizon, actionSize: task.action.size }, { ...SETTINGS, ...settings })(within);
  try {
    const [states, starts] = [Float32Array.from(asked.states), Float32Array.from(asked.starts)];
    const found = await searcher.find(states, starts, seeded(seed));
    const worlds = Array.from({ length: states.length / task.observation.size }, (_, i) => i);
    const judge = judgeIn(rehearsed, states, particles, UNITS);
    const said = async (plans: Float32Array) => (await judge(plans, worlds, seeded(9))).reduce((a, b) => a + b);
    return { ...found, before: await said(starts), after: await said(found.plans) };
  } finally {
    await searcher.release();
    await rehearsed.release();
  }
}

const onLq = (more: Partial<Asked> = {}) =>
  searched({ task: lqTask(), members: [LQ_MEMBER], states: LQ.start, starts: middle(), horizon: LQ.horizon, ...more });
const middle = (worlds = 1) => new Float32Array(worlds * LQ.horizon);

/** R(u) of a linear-quadratic task is quadratic: −R = ½ uᵀHu + gᵀu + const, exactly, from differences of R. */
function quadraticOf(cost: (plan: readonly number[]) => number, size: number) {
  const unit = (...on: readonly number[]) => Array.from({ length: size }, (_, i) => on.filter((j) => j === i).length);
  const zero = cost(unit());
  const [plus, minus] = [1, -1].map((sign) =>
    Array.from({ length: size }, (_, i) => cost(unit(i).map((x) => sign * x))),
  );
  const g = Float64Array.from(plus, (x, i) => (x - minus[i]) / 2);
  const H = matrixOf(size, size, (i, j) => cost(unit(i, j)) - plus[i] - plus[j] + zero);
  return { H, g };
}

describe("on a linear-quadratic world", () => {
  test("one iteration from anywhere is the Riccati plan, to what float32 holds", async () => {
    const start = Float32Array.from({ length: LQ.horizon }, (_, t) => 0.6 * Math.sin(t));
    const { plans, rounds, after } = await onLq({ starts: start, settings: { iterations: 1 } });
    const best = riccatiPlan();
    expect(rounds).toBe(1);
    expect(Array.from(plans)).toEqual(best.map((u) => expect.closeTo(u, 5)));
    expect(after).toBeCloseTo(lqReturn(best), 6);
  });

  test("where it begins at the best plan it stays there, and tries nothing", async () => {
    const best = Float32Array.from(riccatiPlan());
    const { plans, rounds } = await onLq({ starts: best, settings: { tolerance: 1e-6 } });
    expect(rounds).toBe(0);
    expect(plans).toEqual(best);
  });

  test("where the box binds, it is the best plan within it: that of the quadratic program over the whole plan", async () => {
    const far = [1.5, 0];
    const { H, g } = quadraticOf((plan) => -lqReturn(plan, far), LQ.horizon);
    const { x } = leastInBox(H, g, new Float64Array(LQ.horizon).fill(-1), new Float64Array(LQ.horizon).fill(1))!;
    const { plans } = await onLq({ states: far });
    expect(x.filter((u) => u === -1).length).toBeGreaterThan(1);
    expect(x.some((u) => Math.abs(u) < 1)).toBe(true);
    expect(Array.from(plans)).toEqual(Array.from(x, (u) => expect.closeTo(u, 3)));
    expect(Math.min(...plans)).toBeGreaterThanOrEqual(-1);
  });

  test("of two members that differ, it is the one plan that is best for both together", async () => {
    const other = { a: [[1, 0.1], [-0.2, 0.9]], b: [-0.05, 0.3] }; // biome-ignore format: a matrix
    const cost = (plan: readonly number[]) => {
      let [x, v, total]: number[] = [...LQ.start, 0];
      for (const u of plan) {
        [x, v] = other.a.map((row, i) => row[0] * x + row[1] * v + other.b[i] * u);
        total += LQ.q[0] * x ** 2 + LQ.q[1] * v ** 2 + LQ.r * u ** 2;
      }
      return total;
    };
    // Three particles: two of the first member, one of the second.
    const { H, g } = quadraticOf((plan) => (-2 * lqReturn(plan) + cost(plan)) / 3, LQ.horizon);
    const { x } = leastInBox(H, g, new Float64Array(LQ.horizon).fill(-1), new Float64Array(LQ.horizon).fill(1))!;
    const members = [LQ_MEMBER, linearMember(other.a, [[other.b[0]], [other.b[1]]])];
    const { plans } = await onLq({ members, particles: 3, settings: { iterations: 1 } });
    expect(Array.from(plans)).toEqual(Array.from(x, (u) => expect.closeTo(u, 4)));
  });

  test("worlds are searched in as if each were alone, and on one engine as on two", async () => {
    const [states, starts] = [[...LQ.start, -0.3, 0.5], middle(2)];
    const both = await onLq({ states, starts });
    expect((await onLq({ states, starts, on: only(compute(), 1) })).plans).toEqual(both.plans);
    for (const world of [0, 1]) {
      const alone = await onLq({ states: states.slice(2 * world, 2 * world + 2) });
      expect(alone.plans).toEqual(both.plans.slice(world * LQ.horizon, (world + 1) * LQ.horizon));
    }
  });
});

describe("where dynamics bend", () => {
  const task = { ...lineTask(), graphs: LINE_GRAPHS };
  const { model } = toyModel([0.4, 0.25]);
  const onLine = (more: Partial<Asked> = {}) =>
    searched({ task, members: model.members, states: [-0.7, 0.6], starts: new Float32Array(5), horizon: 5, ...more });

  test("what it finds is never worse in the model than where it began, whatever that is", async () => {
    for (let seed = 0; seed < 12; seed++) {
      const rng = seeded(seed);
      const starts = Float32Array.from({ length: 5 }, () => 2 * rng.uniform() - 1);
      const states = [3 * rng.uniform() - 1.5, 2 * rng.uniform() - 1];
      const { before, after, plans } = await onLine({ starts, states, settings: { iterations: 1 + (seed % 3) } });
      expect(after).toBeGreaterThanOrEqual(before - 1e-5 * Math.abs(before)); // two graphs, float32
      expect(Math.max(...plans.map(Math.abs))).toBeLessThanOrEqual(1);
    }
  });

  test("a particle that ended and went to infinity since says nothing to the others", async () => {
    const runaway = linearMember([[1e13, 0], [0, 1]], [[0], [0]]); // biome-ignore format: a matrix
    const states = [3e-13, 0.6]; // 3 after a step, which ends, and infinite three steps on
    const { before, after, plans } = await onLine({ states, members: [model.members[0], runaway] });
    expect(plans.every(Number.isFinite)).toBe(true);
    expect(after).toBeGreaterThan(before);
  });

  test("where no reward has a slope, it stays where it began, unless closeness to a terminal state costs something", async () => {
    const alone = { ...task, graphs: { reward: steady, alive: LINE_GRAPHS.alive, room: roomOnLine } };
    const fleeing = { task: alone, states: [1.9, 0.6], starts: new Float32Array(5) }; // pushed on, it would end at once
    expect((await onLine(fleeing)).plans).toEqual(fleeing.starts);
    const { before, after, plans } = await onLine({ ...fleeing, settings: { roomWeight: 1 } });
    expect(plans[0]).toBeLessThan(-0.5); // back
    expect(before).toBe(1);
    expect(after).toBe(5);
  });

  test("comes to a plan that no small change makes better", async () => {
    const { plans, after } = await onLine({ settings: { iterations: 30 } });
    for (let t = 0; t < 5; t++)
      for (const by of [0.02, -0.02]) {
        const moved = plans.slice();
        moved[t] = Math.min(Math.max(moved[t] + by, -1), 1);
        const { before } = await onLine({ starts: moved, settings: { iterations: 1 } });
        expect(before).toBeLessThanOrEqual(after + 1e-6);
      }
  });

  test("goes on from a plan shifted by a step in fewer rounds than from the middle of the box", async () => {
    const settings = { tolerance: 1e-4 };
    const { plans } = await onLine({ settings });
    const shifted = Float32Array.of(...plans.subarray(1), 0);
    const [warm, cold] = [await onLine({ starts: shifted, settings }), await onLine({ settings })];
    expect(warm.rounds).toBeLessThanOrEqual(cold.rounds);
    expect(warm.after).toBeCloseTo(cold.after, 3);
  });

  test("with noise it is a function of its stream, and climbs a reward that members say themselves", async () => {
    const { members } = toyModel([0.4, 0.25], { noise: 0.1, learnsReward: true }).model;
    const { reward: _, ...graphs } = LINE_GRAPHS;
    const on = { task: { ...lineTask(), graphs }, members, particles: 6 };
    const once = await onLine(on);
    expect((await onLine(on)).plans).toEqual(once.plans);
    expect((await onLine({ ...on, seed: 2 })).plans).not.toEqual(once.plans);
    expect(once.after).toBeGreaterThan(once.before + 0.1);
  });
});
