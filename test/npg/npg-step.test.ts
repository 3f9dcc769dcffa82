import { describe, expect, test } from "vitest";
import { DivergenceError } from "../../src/errors/errors.js";
import { type GaussianPolicy, logStd } from "../../src/policy/gaussian-policy.js";
import { type NpgPlayers, policy, stepsOn, value } from "../support/npg-steps.js";
import { plainKl } from "../support/plain-networks.js";
import { recordedCompute } from "../support/recorded-compute.js";
import { only, useCompute } from "../support/use-compute.js";

const compute = useCompute(2);
const step = stepsOn(compute);

const meanKl = (from: GaussianPolicy, to: GaussianPolicy, states: Float32Array) => {
  let total = 0;
  for (let i = 0; i < states.length / 2; i++) total += plainKl(from, to, states.subarray(2 * i, 2 * i + 2));
  return total / (states.length / 2);
};

/** The states of all synthetic samples of a first step with a policy. */
async function statesOf(of: GaussianPolicy): Promise<Float32Array> {
  const { compute: on, runs } = recordedCompute(only(compute(), 1)); // one engine: shards in order
  await step({ cgIterations: 1 }, { policy: of, value }, on);
  return Float32Array.from(
    runs
      .filter(({ graph }) => graph === "policy gradient")
      .flatMap(({ inputs: fed }) => Array.from(fed.observations.data)),
  );
}

describe("a natural step (Subroutine 1, lines 12 and 13)", () => {
  test("moves the policy by KL = δ/2 to second order: the nearer, the smaller δ", async () => {
    const ratio = async (delta: number) => {
      const { policy: moved, report } = await step({ normalizedStepSize: delta, cgIterations: 3, fisherDamping: 1e-6 });
      const states = await statesOf(policy);
      expect(meanKl(policy, moved, states)).toBeCloseTo(report.kl, 6); // what is reported is what was done
      return report.kl / (delta / 2);
    };
    // Few iterations on purpose: converged in flat directions, steps of δ = 0.05 leave the quadratic range (a case for maxKl).
    expect(Math.abs((await ratio(1e-2)) - 1)).toBeLessThan(0.1); // measured: 0.94
    expect(Math.abs((await ratio(1e-3)) - 1)).toBeLessThan(0.03); // 0.98
    expect(Math.abs((await ratio(1e-5)) - 1)).toBeLessThan(0.01); // 0.997
  });

  test("keeps the KL divergence within its cap, by shortening the step", async () => {
    const free = await step();
    const capped = await step({ maxKl: 0.004, klBacktrack: 0.5 });
    expect(free.report.backtracks).toBe(0);
    expect(free.report.kl).toBeGreaterThan(0.004);
    expect(capped.report.kl).toBeLessThanOrEqual(0.004);
    expect(capped.report.kl).toBeGreaterThan(0.0005); // half the step is about a quarter of the KL: no shorter than needed
    expect(capped.report.backtracks).toBeGreaterThan(0);
    const factor = 0.5 ** capped.report.backtracks;
    expect(capped.report.stepLength / free.report.stepLength).toBeCloseTo(factor, 8);
    capped.policy.parameters.forEach((x, i) => {
      const whole = free.policy.parameters[i] - policy.parameters[i];
      expect(x - policy.parameters[i]).toBeCloseTo(factor * whole, 5);
    });
  });

  test("leaves a step within the cap as it is", async () => {
    expect((await step({ maxKl: 1 })).policy).toEqual((await step()).policy);
  });

  test("keeps log σ above its floor, and counts that in the KL it reports", async () => {
    const floor = -0.4; // the policy begins below it
    const [bare, floored] = [await step(), await step({ minLogStd: floor })];
    expect(logStd(bare.policy)[0]).toBeLessThan(floor);
    expect(logStd(floored.policy)[0]).toBe(Math.fround(floor));
    expect(floored.policy.parameters.slice(0, -1)).toEqual(bare.policy.parameters.slice(0, -1));
    expect(Math.abs(floored.report.kl - bare.report.kl)).toBeGreaterThan(1e-3);
    let players: NpgPlayers = floored;
    for (let k = 1; k < 4; k++) {
      players = await step({ minLogStd: floor }, players, compute(), k);
      expect(logStd(players.policy)[0]).toBeGreaterThanOrEqual(Math.fround(floor));
    }
  });

  test("is refused where it has a KL divergence that no shortening brings under its cap", async () => {
    // A floor far above the present σ moves the policy however short the step is.
    const stepping = step({ maxKl: 1e-4, minLogStd: 1 });
    await expect(stepping).rejects.toThrow(DivergenceError);
    await expect(stepping).rejects.toThrow(/policy player, natural step: .*npg\.maxKl/);
  });
});

describe("the Fisher matrix of a step", () => {
  const rowsOf = async (fisherFraction: number) => {
    const { compute: on, runs } = recordedCompute(only(compute(), 1)); // one engine: shards in order
    await step({ fisherFraction, cgIterations: 1 }, undefined, on);
    const of = (graph: string) =>
      runs.filter((run) => run.graph === graph).flatMap(({ inputs }) => Array.from(inputs.observations.data));
    return { fisher: of("fisher"), all: of("policy gradient") };
  };

  test("is estimated on all synthetic samples, or on the share asked for, spread over all of them", async () => {
    const whole = await rowsOf(1);
    expect(whole.fisher).toEqual(whole.all);
    const { fisher, all } = await rowsOf(0.25);
    expect(fisher).toHaveLength(all.length / 4);
    const row = (table: readonly number[], i: number) => table.slice(2 * i, 2 * i + 2);
    // Every fourth of the 960 rows, from a random one of the first four on.
    const spread = (first: number) => Array.from({ length: 240 }, (_, i) => row(all, first + 4 * i)).flat();
    expect([0, 1, 2, 3].map(spread)).toContainEqual(fisher);
  });
});
