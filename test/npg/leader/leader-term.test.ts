import { describe, expect, test } from "vitest";
import type { Vector } from "../../../src/math/vector.js";
import { dot } from "../../../src/math/vector.js";
import { CUT, type Rollouts, TERMINAL } from "../../../src/mdp/rollouts.js";
import type { Ensemble, ModelData } from "../../../src/model/ensemble.js";
import { lossSlopes, visitationWeights } from "../../../src/npg/leader/data-dependence.js";
import { gaussNewton } from "../../../src/npg/leader/follower-hessian.js";
import { leaderTerm } from "../../../src/npg/leader/leader-term.js";
import { modelSlope } from "../../../src/npg/leader/model-slope.js";
import { initialValue, predictValues } from "../../../src/policy/value.js";
import { seeded } from "../../../src/random/rng.js";
import { LINE, linearEnsemble, lineTask } from "../../support/line-task.js";
import { normals, somePolicy } from "../../support/some-policy.js";
import { firstEngine, useCompute } from "../../support/use-compute.js";

const compute = useCompute(1);
const task = lineTask();
const ROWS = 6;
const ensemble = ((): Ensemble => {
  const { members, ...rest } = linearEnsemble([LINE]);
  const parameters = members[0].dynamics.parameters.map((x, i) => x + 0.1 * normals(1, i)[0]);
  return { ...rest, members: [{ ...members[0], dynamics: { ...members[0].dynamics, parameters } }] };
})();
const moved = (direction: ArrayLike<number>, h: number): Ensemble => ({
  ...ensemble,
  members: ensemble.members.map((member) => ({
    ...member,
    dynamics: { ...member.dynamics, parameters: member.dynamics.parameters.map((x, i) => x + h * direction[i]) },
  })),
});
const size = ensemble.members[0].dynamics.parameters.length;
const direction = normals(size, 99).map((x) => 0.2 * x);
const value = initialValue(2, [6], { shift: new Float32Array(2), factor: new Float32Array([1, 1]) }, 3, seeded(5));
const policy = somePolicy({ observationSize: 2, hidden: [4], actionSize: 1 }, 3);
const units = Float32Array.of(1, 2);
/** The engines compute in float32, ε = 6e-8: a central difference with step 0.001 keeps three digits, if no ReLU turns over. */
const STEP = 0.001;

const data: ModelData = {
  size: ROWS,
  observations: normals(2 * ROWS, 1),
  actions: normals(ROWS, 2).map((x) => 0.5 * x),
  next: normals(2 * ROWS, 3),
  rewards: new Float32Array(ROWS),
};
/** Two trajectories of three steps; the second ends in a terminal state. */
const rollouts: Rollouts = {
  size: ROWS,
  observations: data.observations,
  actions: normals(ROWS, 4).map((x) => Math.tanh(x)),
  rewards: new Float64Array(ROWS),
  trajectory: Int32Array.of(0, 1, 0, 1, 0, 1),
  stepStarts: [0, 2, 4, 6],
  count: 2,
  lastObservations: normals(4, 5),
  outcomes: Uint8Array.of(CUT, TERMINAL),
  lengths: Int32Array.of(3, 3),
  returns: new Float64Array(2),
};

/** ½ Σ (units · (M(s, a) − s′))² of each sample, and M(s, a), by way of the loss of a zero target. */
async function predicted(of: Ensemble, observations: Float32Array, actions: Float32Array): Promise<Float64Array[]> {
  const shape = of.shape;
  const [n, m] = [shape.observationSize, shape.actionSize];
  const width = n + m;
  const hidden = shape.hidden[0];
  const p = of.members[0].dynamics.parameters;
  return Array.from({ length: observations.length / n }, (_, row) => {
    const x = [...observations.subarray(row * n, (row + 1) * n), ...actions.subarray(row * m, (row + 1) * m)];
    const z = Array.from({ length: hidden }, (_, j) =>
      Math.max(
        0,
        x.reduce((sum, xi, i) => sum + xi * p[i * hidden + j], p[width * hidden + j]),
      ),
    );
    const second = width * hidden + hidden;
    return Float64Array.from({ length: n }, (_, k) =>
      z.reduce((sum, zj, j) => sum + zj * p[second + j * n + k], x[k] + p[second + hidden * n + k]),
    );
  });
}

test("∂J/∂φ is the slope of R + γV at the predicted states, terminal ones without V, by differences", async () => {
  const executed = rollouts.actions.map((u) => 1 + 2 * Math.min(Math.max(u, -1), 1));
  const objective = async (of: Ensemble): Promise<number> => {
    const next = await predicted(of, rollouts.observations, executed);
    const values = await predictValues(firstEngine(compute()), value, Float32Array.from(next.flatMap((s) => [...s])));
    return (
      next.reduce((sum, s, row) => {
        const reward = task.reward(new Float64Array(2), Float64Array.of(executed[row]), s);
        return sum + reward + (row === 5 ? 0 : 0.9 * values[row]);
      }, 0) / ROWS
    );
  };
  const slope = await modelSlope(compute(), task, value, ensemble, 0, rollouts, 0.9);
  const difference =
    ((await objective(moved(direction, STEP))) - (await objective(moved(direction, -STEP)))) / (2 * STEP);
  expect(dot(slope, direction)).toBeCloseTo(difference, 2);
  expect(Math.abs(difference)).toBeGreaterThan(0.1);
});

test("ℓ′_x of each sample is the loss's slope along x, by differences", async () => {
  const losses = async (of: Ensemble) =>
    (await predicted(of, data.observations, data.actions)).map((s, row) =>
      s.reduce((sum, x, k) => sum + 0.5 * (units[k] * (x - data.next[2 * row + k])) ** 2, 0),
    );
  const slopes = await lossSlopes(compute(), ensemble, 0, data, units, Float64Array.from(direction));
  const [ahead, behind] = [await losses(moved(direction, STEP)), await losses(moved(direction, -STEP))];
  slopes.forEach((slope, i) => void expect(slope).toBeCloseTo((ahead[i] - behind[i]) / (2 * STEP), 2));
});

test("vᵀHv is the mean square of the predictions' change along v, and the damping", async () => {
  const hessian = await gaussNewton(compute(), ensemble, 0, data, units, 0.01);
  const v = Float64Array.from(direction);
  const product = await hessian.map(v);
  const w = Float64Array.from(normals(size, 7));
  const other = await hessian.map(w);
  await hessian.release();
  expect(dot(product, w)).toBeCloseTo(dot(other, v), 3); // symmetric
  const [ahead, behind] = [
    await predicted(moved(direction, STEP), data.observations, data.actions),
    await predicted(moved(direction, -STEP), data.observations, data.actions),
  ];
  const squares = ahead.map((s, i) =>
    s.reduce((sum, x, k) => sum + ((units[k] * (x - behind[i][k])) / (2 * STEP)) ** 2, 0),
  );
  const expected = squares.reduce((a, b) => a + b, 0) / ROWS + 0.01 * dot(v, v);
  expect(dot(v, product) / expected).toBeCloseTo(1, 2);
});

describe("the likelihood-ratio form", () => {
  test("weights are sums to the episode's end, less the other episodes' at the same time, or the mean for what is left", () => {
    const weights = visitationWeights(Float64Array.of(1, 2, 3, 10, 20), [7, 7, 7, 8, 8]);
    expect([...weights]).toEqual([6 - 30, 5 - 20, 3 - 36 / 5, 30 - 6, 20 - 5]);
    expect([...visitationWeights(Float64Array.of(1, 5), [0, 0])]).toEqual([6 - 2 * 3, 5 - 3]);
  });

  test("E[∇ log π · weight] is the derivative of the expected sum", () => {
    // s_t = u_1 + … + u_t with u ~ N(θ, 1), f = s_t², three steps: E Σ f = Σ (t²θ² + t), so the derivative is 28 θ.
    const [theta, episodes] = [0.5, 40_000];
    const rng = seeded(0);
    const noise = Float64Array.from({ length: 3 * episodes }, () => rng.normal());
    const f = new Float64Array(noise.length);
    for (let e = 0; e < episodes; e++) {
      for (let t = 0, s = 0; t < 3; t++) {
        s += theta + noise[3 * e + t];
        f[3 * e + t] = s * s;
      }
    }
    const weights = visitationWeights(
      f,
      Array.from(f, (_, i) => Math.floor(i / 3)),
    );
    const slope = weights.reduce((sum, w, i) => sum + w * noise[i], 0) / episodes; // ∇_θ log N(u; θ, 1) = u − θ
    expect(slope / (28 * theta)).toBeCloseTo(1, 1); // standard error 1 %
  });
});

test("a model without any error on the fresh data has nothing to gain from other data: the term is 0", async () => {
  const settings = { discount: 0.9, spread: 1 };
  const of = (fresh: ModelData) =>
    leaderTerm(
      compute(),
      task,
      policy,
      value,
      ensemble,
      { buffer: data, fresh, freshEpisodes: [0, 0, 0, 1, 1, 1], units },
      [rollouts],
      settings,
    );
  const size = (v: Vector) => Math.sqrt(dot(v, v));
  const next = Float32Array.from((await predicted(ensemble, data.observations, data.actions)).flatMap((s) => [...s]));
  const wrong = await of(data);
  expect(size(wrong.gradient)).toBeGreaterThan(0.01);
  expect(size((await of({ ...data, next })).gradient)).toBeLessThan(1e-4 * size(wrong.gradient));
});
