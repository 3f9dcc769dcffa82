import { describe, expect, test } from "vitest";
import { dot, norm } from "../../src/math/vector.js";
import { modelRollouts } from "../../src/mdp/model-rollouts.js";
import type { Task } from "../../src/mdp/task.js";
import type { Ensemble } from "../../src/model/ensemble.js";
import { ensembleModel } from "../../src/model/ensemble-model.js";
import type { RobustSettings } from "../../src/npg/model-batch.js";
import { worstMemberWeights } from "../../src/npg/worst-members.js";
import { actingNet, initialPolicy } from "../../src/policy/gaussian-policy.js";
import { seeded } from "../../src/random/rng.js";
import { LINE, linearEnsemble, lineTask, PUSH } from "../support/line-task.js";
import { modelBasedNpg, type NpgSettings, STARTS, settings, task, value } from "../support/npg-steps.js";
import { normals } from "../support/some-policy.js";
import { useCompute } from "../support/use-compute.js";

const compute = useCompute(2);
const inputs = { shift: new Float32Array(2), factor: new Float32Array(2).fill(1) };
const policy = initialPolicy({ observationSize: 2, hidden: [3], actionSize: 1 }, inputs, -0.5, seeded(0));
const PLAIN: RobustSettings = { worstShare: 1, disagreementScale: 0, disagreementEvery: 1 };
const scaled = (factor: number) => LINE.map((row) => row.map((x) => factor * x));
const step = (
  ensemble: Ensemble,
  robust: Partial<RobustSettings> | undefined,
  played: Task = task,
  using: Partial<NpgSettings> = {},
  starts = STARTS,
) =>
  modelBasedNpg(
    { compute: compute(), task: played, ensemble, starts },
    { policy, value },
    { ...settings, ...using, ...(robust && { robust: { ...PLAIN, ...robust } }) },
    seeded(5),
  );

describe("a step against the worst members (20)", () => {
  const apart = linearEnsemble([scaled(-1), scaled(1), scaled(1.1)]);

  test("at α = 1 and without disagreement is the plain step, to the bit", async () => {
    expect(await step(apart, {})).toEqual(await step(apart, undefined));
    expect((await step(apart, {})).report).toMatchObject({ disagreement: null, bonus: 0 });
  });

  test("at α = 0 is the plain step in the worst member alone, to the bit", async () => {
    const worst = await step(apart, { worstShare: 0 });
    const [first, second] = worst.report.memberReturns;
    expect(first).toBeLessThan(second); // it pushes the wrong way
    expect(worst.report.memberWeights).toEqual([1, 0, 0]);
    const alone = await step(linearEnsemble([scaled(-1)]), undefined);
    expect(worst.policy).toEqual(alone.policy);
    expect(worst.value).toEqual(alone.value);
    // What is reported of the members is reported of all of them.
    const plain = await step(apart, undefined);
    expect(worst.report.memberReturns).toEqual(plain.report.memberReturns);
    expect(worst.report.syntheticSamples).toBe(plain.report.syntheticSamples);
  });

  test("goes up the gradient of CVaR_α over members, as central differences have it", async () => {
    // One step long, so that the sample is large; a huge damping makes F⁻¹g a multiple of g.
    const short = lineTask({ isTerminal: () => false, horizon: 1 });
    const members = linearEnsemble([scaled(2), scaled(-2), scaled(-2.2)]);
    // The goal is to the left of most starts, and actions begin around 1: the first member is the worst, yet outnumbered.
    const observations = normals(2 * 6000, 6).map((x, i) => (i % 2 === 0 ? 0.5 * x + 1 : 0.5 * x));
    const starts = { observations, fromInitial: 6000 };
    const returnsOf = async (parameters: Float32Array) =>
      (
        await modelRollouts(
          compute(),
          { ...settings, task: short, policy: actingNet({ ...policy, parameters }), model: ensembleModel(members) },
          starts.observations,
          seeded(7),
        )
      ).map(({ returns }) => returns.reduce((a, b) => a + b, 0) / returns.length);
    const here = await returnsOf(policy.parameters);
    const alpha = 0.5; // the worst member counts twice as much as the next
    const weights = worstMemberWeights(here, alpha);
    expect(Array.from(weights)).toEqual([expect.closeTo(2 / 3, 9), 0, expect.closeTo(1 / 3, 9)]);
    const differences = async (of: Float64Array) => {
      const gradient = new Float64Array(policy.parameters.length);
      for (let i = 0; i < gradient.length; i++) {
        const h = 0.02;
        const at = async (x: number) => {
          const moved = policy.parameters.slice();
          moved[i] += x;
          return dot(of, Float64Array.from(await returnsOf(moved)));
        };
        gradient[i] = ((await at(h)) - (await at(-h))) / (2 * h);
      }
      return gradient;
    };
    const stepped = await step(members, { worstShare: alpha }, short, { fisherDamping: 1e6, cgIterations: 3 }, starts);
    const taken = Float64Array.from(stepped.policy.parameters, (x, i) => x - policy.parameters[i]);
    const cosine = (a: Float64Array, b: Float64Array) => dot(a, b) / norm(a) / norm(b);
    expect(cosine(taken, await differences(weights))).toBeGreaterThan(0.99); // the rest is chance
    expect(cosine(taken, await differences(new Float64Array(3).fill(1 / 3)))).toBeLessThan(0.9); // not the mean's: measured 0.61
  });
});

describe("a step with a reward for disagreement", () => {
  // Members push f · 0.2 a: their disagreement is a known function of the action.
  const two = linearEnsemble([scaled(1), scaled(1.5)]);
  const d = (a: number) => (0.25 * PUSH * Math.abs(a)) / Math.SQRT2;
  const paid = (scale: number): Task => ({
    ...task,
    reward: (s, a, next) => task.reward(s, a, next) + scale * d(a[0]),
  });

  test.each([3, -3])("times %i is the plain step in a task that pays for it", async (scale) => {
    const robust = await step(two, { disagreementScale: scale });
    const other = await step(two, undefined, paid(scale));
    const plain = await step(two, undefined);
    const distance = (a: Float32Array, b: Float32Array) => norm(Float64Array.from(a, (x, i) => x - b[i]));
    const apart = distance(plain.policy.parameters, other.policy.parameters);
    expect(apart).toBeGreaterThan(0.01);
    expect(distance(robust.policy.parameters, other.policy.parameters)).toBeLessThan(1e-3 * apart); // float32
    expect(robust.report.explainedVariance).toBeCloseTo(other.report.explainedVariance, 4);
  });

  test("reports J(π, M) without it, and apart what it added", async () => {
    const { report } = await step(two, { disagreementScale: -3 });
    expect(report.memberReturns).toEqual((await step(two, undefined)).report.memberReturns);
    const other = (await step(two, undefined, paid(-3))).report;
    const mean = (x: readonly number[]) => x.reduce((a, b) => a + b, 0) / x.length;
    expect(report.bonus).toBeCloseTo(mean(other.memberReturns) - mean(report.memberReturns), 4);
    expect(report.bonus).toBeLessThan(-0.1);
    expect(report.disagreement).toBeGreaterThan(0);
  });
});

test("the policy's gradient grows by the coefficient of entropy in each log σ, and by nothing else", async () => {
  const members = linearEnsemble([LINE, scaled(1.1)]);
  const squares: number[] = [];
  for (const entropyCoefficient of [0, 1, 2]) {
    const { report } = await step(members, undefined, task, { entropyCoefficient });
    squares.push(report.gradientNorm ** 2);
  }
  // ‖g + c e‖² = ‖g‖² + 2c g·e + c², for one action: its second difference in c is 2.
  expect(squares[2] - 2 * squares[1] + squares[0]).toBeCloseTo(2, 4);
});
