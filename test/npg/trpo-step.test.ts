import { describe, expect, test } from "vitest";
import { norm } from "../../src/math/vector.js";
import { npgStep } from "../../src/npg/npg-step.js";
import { type TrpoSettings, trpoStep } from "../../src/npg/trpo-step.js";
import { seeded } from "../../src/random/rng.js";
import { batchOf, changeOf, difference, steppingPolicy as policy } from "../support/policy-batch.js";
import { useCompute } from "../support/use-compute.js";

const compute = useCompute(2);
const batch = batchOf(policy, 600, 1);
const settings: TrpoSettings = {
  maxKl: 0.01,
  backtrack: 0.5,
  maxBacktracks: 10,
  acceptRatio: 0,
  cgIterations: 20,
  fisherDamping: 1e-4,
  fisherFraction: 1,
  entropyCoefficient: 0,
  minLogStd: null,
};
const step = (changes: Partial<TrpoSettings> = {}) =>
  trpoStep({ ...settings, ...changes })(compute(), policy, batch, { state: undefined }, seeded(2));

describe("a step of TRPO", () => {
  test.each([0.001, 0.01, 0.1, 1])(
    "keeps its KL divergence within δ = %s, and gains in the surrogate",
    async (maxKl) => {
      const { policy: after, report } = await step({ maxKl });
      const { kl, surrogateGain } = await changeOf(compute(), policy, after, batch);
      expect(report).toMatchObject({ kl, surrogateGain });
      expect(kl).toBeLessThanOrEqual(maxKl);
      expect(surrogateGain).toBeGreaterThan(0);
    },
  );

  test("begins with the natural step on which the KL divergence is δ to second order", async () => {
    const maxKl = 1e-5; // so small that higher orders do not count: nothing is shortened but for rounding
    const { policy: after, report } = await step({ maxKl, backtrack: 0.999 });
    const natural = npgStep({ ...settings, normalizedStepSize: 2 * maxKl, maxKl: null, klBacktrack: 0.7 });
    const { policy: other } = await natural(compute(), policy, batch, { state: undefined }, seeded(2));
    const [own, theirs] = [difference(after, policy), difference(other, policy)];
    expect(norm(difference(after, other)) / norm(theirs)).toBeLessThan(0.02);
    expect(norm(own)).toBeGreaterThan(0);
    expect(report.kl).toBeGreaterThan(0.9 * maxKl);
  });

  test("of half the reach is a step of a quarter of δ", async () => {
    const half = await trpoStep(settings)(compute(), policy, batch, { state: undefined, reach: 0.5 }, seeded(2));
    expect(half).toEqual(await step({ maxKl: settings.maxKl / 4 }));
  });

  test("is shorter by the backtracks that it reports", async () => {
    const [whole, short] = [await step({ maxKl: 1e-5 }), await step({ maxKl: 3, acceptRatio: 0.9 })];
    expect(short.report.backtracks).toBeGreaterThan(whole.report.backtracks);
    const ratio = Math.sqrt(3 / 1e-5) * 0.5 ** (short.report.backtracks - whole.report.backtracks);
    expect(short.report.stepLength / whole.report.stepLength).toBeCloseTo(ratio, 3);
  });

  test("leaves π as it is where no point of the line is good enough", async () => {
    const { policy: after, report } = await step({ maxKl: 5, acceptRatio: 0.999, maxBacktracks: 2 });
    expect(after).toEqual(policy);
    expect(report).toMatchObject({ kl: 0, surrogateGain: 0, stepLength: 0, backtracks: 3 });
  });
});
