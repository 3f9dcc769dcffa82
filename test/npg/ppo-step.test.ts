import { describe, expect, test } from "vitest";
import { initialAdam } from "../../src/nn/adam.js";
import { surrogateGradient } from "../../src/npg/policy-step.js";
import { type PpoSettings, ppoStep } from "../../src/npg/ppo-step.js";
import { logStd, policyLayout } from "../../src/policy/gaussian-policy.js";
import { seeded } from "../../src/random/rng.js";
import { plainLogLikelihood } from "../support/plain-networks.js";
import { batchOf, changeOf, difference, steppingPolicy as policy } from "../support/policy-batch.js";
import { somePolicy } from "../support/some-policy.js";
import { useCompute } from "../support/use-compute.js";

const compute = useCompute(2);
const SIZE = 512;
const batch = batchOf(policy, SIZE, 1);
const fresh = initialAdam(policyLayout(policy.shape).size);
const settings: PpoSettings = {
  clipRange: 0.2,
  epochs: 5,
  batchSize: 64,
  learningRate: 3e-3,
  targetKl: null,
  entropyCoefficient: 0,
  minLogStd: null,
};
const step = (changes: Partial<PpoSettings> = {}, state = fresh, on = batch) =>
  ppoStep({ ...settings, ...changes })(compute(), policy, on, { state }, seeded(2));

describe("a step of PPO", () => {
  test("on the whole batch at once begins with Adam's step along the policy gradient: at r = 1 nothing is clipped", async () => {
    const learningRate = 1e-4;
    const g = await surrogateGradient(compute(), policy, batch, 0.01);
    const { policy: after } = await step({ epochs: 1, batchSize: SIZE, learningRate, entropyCoefficient: 0.01 });
    difference(after, policy).forEach((way, i) => {
      if (Math.abs(g[i]) > 1e-5) expect(way).toBeCloseTo(learningRate * Math.sign(g[i]), 6); // Adam's first step
    });
  });

  test("gains in the surrogate, and reports what it changed", async () => {
    const { policy: after, report } = await step();
    const { kl, surrogateGain } = await changeOf(compute(), policy, after, batch);
    expect(report).toMatchObject({ kl, surrogateGain });
    expect(surrogateGain).toBeGreaterThan(0.01);
  });

  test("of half the reach has half the step size", async () => {
    const half = await ppoStep(settings)(compute(), policy, batch, { state: fresh, reach: 0.5 }, seeded(2));
    expect(half).toEqual(await step({ learningRate: settings.learningRate / 2 }));
  });

  test("goes less far the nearer ratios are clipped: beyond ε they earn no more", async () => {
    const way = async (clipRange: number) => (await step({ clipRange, epochs: 30 })).report.kl;
    const [near, usual, far] = [await way(0.02), await way(0.2), await way(0.9)];
    expect(near).toBeLessThan(0.5 * usual);
    expect(usual).toBeLessThan(0.8 * far);
  });

  test.each([
    [1, 1.2],
    [-1, 0.8],
  ])("with one action of advantage %s ends where its likelihood is %s times what it was", async (advantage, ratio) => {
    const shape = { observationSize: 1, hidden: [], actionSize: 1 };
    const narrow = { ...somePolicy(shape, 3), parameters: Float32Array.of(0, 0.1, -0.3) }; // weight, bias, log σ
    const u = 0.6;
    const one = {
      size: 100,
      observations: new Float32Array(100),
      actions: new Float32Array(100).fill(u),
      advantages: new Float32Array(100).fill(advantage),
    };
    const { policy: after } = await ppoStep({ ...settings, epochs: 30, batchSize: 1, learningRate: 1e-4 })(
      compute(),
      narrow,
      one,
      { state: initialAdam(3) },
      seeded(2),
    );
    const [now, before] = [after, narrow].map((each) => plainLogLikelihood(each, [0], [u]));
    expect(Math.exp(now - before)).toBeCloseTo(ratio, 2); // Adam goes on for some steps of 1e-4 once the gradient is gone
  });

  test("stands still where all advantages are zero and nothing is asked of the entropy", async () => {
    const { policy: after } = await step({}, fresh, { ...batch, advantages: new Float32Array(SIZE) });
    expect(after.parameters).toEqual(policy.parameters);
  });

  test("ends with the epoch in which its KL divergence goes over the target", async () => {
    const slow = { epochs: 12, learningRate: 5e-4 }; // the KL divergence grows from epoch to epoch
    const all = await step(slow);
    const target = all.report.kl / 4;
    const stopped = await step({ ...slow, targetKl: target });
    expect(stopped.state.steps).toBeLessThan(all.state.steps);
    expect(stopped.report.kl).toBeGreaterThan(target);
    expect(stopped.report.kl).toBeLessThan(all.report.kl);
  });

  test("takes ⌈size / minibatch⌉ steps an epoch, and Adam's moments go on in the next", async () => {
    const one = await step({ epochs: 2, batchSize: 100 });
    expect(one.state.steps).toBe(12);
    const again = await step({ epochs: 1, batchSize: 100 }, one.state);
    expect(again.state.steps).toBe(18);
    expect(again.policy.parameters).not.toEqual((await step({ epochs: 1, batchSize: 100 })).policy.parameters);
  });

  test("keeps log σ over its floor", async () => {
    const floor = logStd(policy)[0] - 0.01;
    const { policy: after } = await step({ epochs: 20, learningRate: 1e-2, minLogStd: floor });
    for (const value of logStd(after)) expect(value).toBeGreaterThanOrEqual(Math.fround(floor));
  });
});
