import { expect, test } from "vitest";
import { input, mul } from "../../../src/compute/operators.js";
import type { DynamicsNet } from "../../../src/mdp/parametric.js";
import type { Task } from "../../../src/mdp/task.js";
import { rowSum } from "../../../src/mdp/task-graphs.js";
import { initialGaussianEnsemble } from "../../../src/model/gaussian-ensemble.js";
import { gaussianModel } from "../../../src/model/gaussian-model.js";
import { follower, type Nominal, nominalOf } from "../../../src/mpc/ilqr/follow.js";
import { particlesIn } from "../../../src/mpc/ilqr/particles.js";
import type { PlanModel } from "../../../src/mpc/ilqr/plan-model.js";
import { slopes } from "../../../src/mpc/ilqr/slopes.js";
import { throughStep } from "../../../src/mpc/ilqr/through-step.js";
import type { TerminalValue } from "../../../src/mpc/terminal-value.js";
import { fillNormal, seeded } from "../../../src/random/rng.js";
import { LINE_GRAPHS, lineTask } from "../../support/line-task.js";
import { toyModel } from "../../support/toy-dynamics.js";
import { useCompute } from "../../support/use-compute.js";

const compute = useCompute(2);
const H = 4;
const task: Task = { ...lineTask(), graphs: LINE_GRAPHS };
const [CENTRE, HALF] = [1, 2]; // of the line's box
const PLAN = Float32Array.of(-0.4, 0.3, -0.6, 0.1);
const UNITS = { discount: 0.9, valueWeight: 1 };

interface Asked {
  readonly on?: Task;
  readonly members: readonly DynamicsNet[];
  readonly particles: number;
  readonly state: readonly number[];
  readonly value?: TerminalValue;
}

/** A plan's path, and what it costs near it. */
async function around({ on = task, members, particles: count, state, value }: Asked) {
  const particles = particlesIn(members, count);
  const chances = members.map(({ noiseSize }, i) =>
    fillNormal(new Float32Array(H * particles.rowsOf[i] * noiseSize), seeded(5).stream(i)),
  );
  const opened = { task: on, members, particles, horizon: H, terminalMargin: 0, value };
  const [ways, near] = await Promise.all([follower(compute(), opened), slopes(compute(), opened)]);
  const follow = async (plan: Float32Array) => {
    const states = new Float32Array((H + 1) * particles.weights.length * 2);
    const job = { engine: 0, state: Float32Array.from(state), chances, units: UNITS, lengths: [0] };
    return nominalOf(await ways.follow({ ...job, around: { plan, states, feedback: null } }), 0);
  };
  try {
    const nominal = await follow(PLAN);
    return { nominal, model: await near.around(nominal, chances, UNITS), chances, particles };
  } finally {
    await Promise.all([ways.release(), near.release()]);
  }
}

const difference = (f: (by: number) => number, h = 1e-4) => (f(h) - f(-h)) / (2 * h);
const executed = (u: number) => CENTRE + HALF * u;
const stateAt = ({ states }: Nominal, model: PlanModel, t: number, particle: number) => {
  const count = model.weights[0].length;
  return states.subarray((t * count + particle) * 2, (t * count + particle) * 2 + 2);
};

test("Jacobians and slopes are those of central differences, in each particle's own member and with its noise", async () => {
  const { model: toy, step } = toyModel([0.3, 0.2], { noise: 0.1 });
  const { nominal, model, chances, particles } = await around({
    members: toy.members,
    particles: 3,
    state: [-0.3, 0.4],
  });
  expect(particles.weights).toEqual([1 / 3, 1 / 3, 1 / 3].map((w) => expect.closeTo(w, 12)));
  for (let t = 0; t < H; t++)
    particles.places.forEach(({ member, row }, particle) => {
      const [x, goal] = stateAt(nominal, model, t, particle);
      const z = chances[member][t * particles.rowsOf[member] + row];
      const nextOf = (dx: number, du: number) => step(member, [x + dx, goal], executed(PLAN[t] + du), z).next[0];
      const costOf = (dx: number, dg: number, du: number) =>
        (nextOf(dx, du) - goal - dg) ** 2 + 0.01 * executed(PLAN[t] + du) ** 2;
      expect(nextOf(0, 0)).toBeCloseTo(stateAt(nominal, model, t + 1, particle)[0], 5);
      const { jacobian, slope } = model.steps[t][particle];
      const [byX, byU] = [difference((h) => nextOf(h, 0)), difference((h) => nextOf(0, h))];
      expect(Array.from(jacobian)).toEqual([byX, 0, byU, 0, 1, 0].map((x0) => expect.closeTo(x0, 5)));
      const costs = [
        difference((h) => costOf(h, 0, 0)),
        difference((h) => costOf(0, h, 0)),
        difference((h) => costOf(0, 0, h)),
      ];
      expect(Array.from(slope)).toEqual(costs.map((x0) => expect.closeTo(x0, 4)));
      expect(model.weights[t][particle]).toBeCloseTo(UNITS.discount ** t / 3, 12);
    });
});

test("curvature is Gauss–Newton's: 2 JᵀJ of a squared distance, and the effort's own", async () => {
  const { model } = await around({ members: toyModel([0.3]).model.members, particles: 1, state: [-0.3, 0.4] });
  for (const [{ jacobian, curvature }] of model.steps) {
    const j = [jacobian[0], -1, jacobian[2]]; // of x′ − goal by (x, goal, u)
    const expected = j.flatMap((a, i) => j.map((b, k) => 2 * a * b + (i === 2 && k === 2 ? 0.02 * HALF ** 2 : 0)));
    expect(Array.from(curvature!)).toEqual(expected.map((x) => expect.closeTo(x, 4)));
  }
});

test("a reward that members say themselves has the slope of differences, and no curvature", async () => {
  const { model: toy, step } = toyModel([0.3], { learnsReward: true });
  const { nominal, model } = await around({ members: toy.members, particles: 1, state: [-0.3, 0.4] });
  for (let t = 0; t < H; t++) {
    const [x, goal] = stateAt(nominal, model, t, 0);
    const cost = (dx: number, dg: number, du: number) => -step(0, [x + dx, goal + dg], executed(PLAN[t] + du)).reward;
    const { slope, curvature } = model.steps[t][0];
    const costs = [
      difference((h) => cost(h, 0, 0)),
      difference((h) => cost(0, h, 0)),
      difference((h) => cost(0, 0, h)),
    ];
    expect(Array.from(slope)).toEqual(costs.map((c) => expect.closeTo(c, 4)));
    expect(curvature).toBeNull();
  }
});

test("a path that ends counts no step more, and V's slope is taken where it ended", async () => {
  const value: TerminalValue = {
    key: ["slope"],
    nodes: (prefix) => {
      const by = input(`${prefix}.by`, [2]);
      return { inputs: [by], value: (s) => rowSum(mul(mul(s, s), by)) };
    },
    tensors: (prefix) => ({ [`${prefix}.by`]: { shape: [2], data: Float32Array.of(0.5, 0) } }),
  };
  const { members } = toyModel([9, 0.01]).model; // the first pushes beyond |x| = 2 at once
  const { nominal, model } = await around({ members, particles: 2, state: [0.3, 0.2], value });
  const ended = nominal.alive.findIndex((alive, i) => i % 2 === 0 && alive === 0) / 2;
  expect(ended).toBe(1);
  expect(model.weights.map((own) => own[0])).toEqual([0.5, 0, 0, 0]);
  expect(model.weights.map((own) => own[1])).toEqual([0, 1, 2, 3].map((t) => expect.closeTo(0.5 * 0.9 ** t, 12)));
  const slopeAt = (t: number, particle: number) => -0.5 * 0.9 ** t * stateAt(nominal, model, t, particle)[0];
  expect(model.beyond!.map(({ after }) => after)).toEqual([0, 3]);
  expect(model.beyond![0].slope[0]).toBeCloseTo(slopeAt(1, 0), 5);
  expect(model.beyond![1].slope[0]).toBeCloseTo(slopeAt(4, 1), 5);
});

test("Jacobians of a network with noise are those of its own steps, to first order", async () => {
  const shape = {
    observationSize: 2,
    actionSize: 1,
    hidden: [12, 12],
    activation: "silu",
    layerNorm: true,
    learnsReward: false,
    noise: "input",
    minLogStd: -5,
    maxLogStd: 0.25,
  } as const;
  const fresh = initialGaussianEnsemble(shape, 1, seeded(3));
  const { members } = gaussianModel({ ...fresh, scaling: { ...fresh.scaling, deltaScale: Float32Array.of(0.2, 0.2) } });
  const asked = { members, particles: 1 };
  const at = [-0.3, 0.4];
  const { model } = await around({ ...asked, state: at });
  const h = 2e-3; // float32 leaves 1e-4 of it
  for (const entry of [0, 1]) {
    const [ahead, behind] = await Promise.all(
      [h, -h].map((by) => around({ ...asked, state: at.map((x, i) => (i === entry ? x + by : x)) })),
    );
    for (const to of [0, 1]) {
      const slope = (ahead.nominal.states[2 + to] - behind.nominal.states[2 + to]) / (2 * h);
      expect(model.steps[0][0].jacobian[to * 3 + entry]).toBeCloseTo(slope, 3);
    }
  }
});

test("a concave reward keeps its curvature through a step, a convex one is left out", () => {
  const jacobian = Float64Array.of(2, 3); // s′ = 2 s + 3 u
  const of = (second: number) => {
    const hessian = new Float64Array(9);
    hessian[8] = second; // by s′ alone
    return throughStep({ slope: new Float64Array(3), curvature: hessian }, jacobian, 1, 2).curvature;
  };
  expect(Array.from(of(1)!)).toEqual([4, 6, 6, 9]);
  expect(Array.from(of(-1)!)).toEqual([0, 0, 0, 0]);
});
