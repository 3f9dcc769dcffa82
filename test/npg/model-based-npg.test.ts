import { describe, expect, test } from "vitest";
import type { Compute } from "../../src/compute/engine.js";
import { DivergenceError } from "../../src/errors/errors.js";
import { rollOut } from "../../src/mdp/rollouts.js";
import type { Task } from "../../src/mdp/task.js";
import type { Ensemble } from "../../src/model/ensemble.js";
import { imagination } from "../../src/npg/imagined-episodes.js";
import { modelBasedNpg, type NpgSettings } from "../../src/npg/model-based-npg.js";
import { type GaussianPolicy, initialPolicy, logStd, policyEntropy } from "../../src/policy/gaussian-policy.js";
import { initialValue, type ValueFunction } from "../../src/policy/value.js";
import { seeded } from "../../src/random/rng.js";
import { LINE, linearEnsemble, lineTask } from "../support/line-task.js";
import { plainKl } from "../support/plain-networks.js";
import { recordedCompute } from "../support/recorded-compute.js";
import { recordedRng } from "../support/recorded-rng.js";
import { normals } from "../support/some-policy.js";
import { firstEngine, only, useCompute } from "../support/use-compute.js";

const compute = useCompute(2);
const task = lineTask({ isTerminal: () => false });
const inputs = { shift: new Float32Array(2), factor: new Float32Array(2).fill(1) };
const shape = { observationSize: 2, hidden: [8, 8], actionSize: 1 };
const policy = initialPolicy(shape, inputs, -0.5, seeded(0));
const value = initialValue(2, [16], inputs, 1, seeded(1));
const STARTS = { observations: normals(2 * 40, 2).map((x) => 0.7 * x), fromInitial: 20 };
/** The line's dynamics, but for an error of a few per cent: what a well fitted ensemble knows. */
const nearly = linearEnsemble([LINE, LINE.map((row) => row.map((x) => 1.03 * x))]);

const settings: NpgSettings = {
  discount: 0.95,
  gaeLambda: 0.95,
  rolloutHorizon: 500,
  terminalMargin: 0,
  normalizedStepSize: 0.05,
  maxKl: null,
  klBacktrack: 0.7,
  cgIterations: 20,
  fisherDamping: 1e-4,
  fisherFraction: 1,
  entropyCoefficient: 0,
  minLogStd: null,
  value: { epochs: 2, batchSize: 64, learningRate: 1e-2, weightDecay: 0 },
};

interface Players {
  readonly policy: GaussianPolicy;
  readonly value: ValueFunction;
}
const step = (
  using: Partial<NpgSettings> = {},
  { policy: p, value: v }: Players = { policy, value },
  on: Compute = compute(),
  seed = 0,
  ensemble: Ensemble = nearly,
  played: Task = task,
) => modelBasedNpg(on, played, p, v, ensemble, STARTS, { ...settings, ...using }, seeded(seed));

/** J(π, M) in the exact model, from many starts; the same noise for every policy. */
async function expectedReturn(of: GaussianPolicy): Promise<number> {
  const imagined = await imagination(firstEngine(compute()), task, of, linearEnsemble([LINE]), 0);
  const rng = seeded(77).stream("noise");
  const { returns } = await rollOut(imagined.begin(normals(2 * 300, 3)), task.horizon, (going) =>
    Float32Array.from(going, () => rng.normal()),
  );
  await imagined.release();
  return returns.reduce((a, b) => a + b, 0) / returns.length;
}
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
      .flatMap(({ inputs: fed }) => Array.from(fed.observations!.data)),
  );
}

describe("a step of model-based NPG (Subroutine 1)", () => {
  test("raises J(π, M), and with a cap on their KL ten of them raise it far", async () => {
    const before = await expectedReturn(policy);
    let players: Players = { policy, value };
    const after: number[] = [];
    for (let k = 0; k < 10; k++) {
      players = await step({ maxKl: 0.05 }, players, compute(), k);
      after.push(await expectedReturn(players.policy));
    }
    expect(after[0]!).toBeGreaterThan(before + 0.02 * Math.abs(before));
    expect(after[9]!).toBeGreaterThan(0.5 * before); // measured: −54, −46, …, −14
  });

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

  test("reports the surrogate's gain, the synthetic samples and J(π, M) of each member from the starts in ρ alone", async () => {
    const { report } = await step();
    expect(report.syntheticSamples).toBe(2 * 40 * 12);
    expect(report.surrogateGain).toBeGreaterThan(0);
    expect(report.memberReturns).toHaveLength(2);
    for (const member of [0, 1]) {
      const imagined = await imagination(firstEngine(compute()), task, policy, nearly, member);
      const noise = seeded(0).stream("noise", member);
      const { returns } = await rollOut(imagined.begin(STARTS.observations), 12, (going) =>
        Float32Array.from(going, () => noise.normal()),
      );
      await imagined.release();
      const own = returns.subarray(0, 20).reduce((a, b) => a + b, 0) / 20;
      expect(report.memberReturns[member]).toBeCloseTo(own, 10);
    }
  });

  test("rolls out for H steps at most, and for the task's horizon at most", async () => {
    expect((await step({ rolloutHorizon: 5 })).report.syntheticSamples).toBe(2 * 40 * 5);
    expect((await step({ rolloutHorizon: 13 })).report.syntheticSamples).toBe(2 * 40 * 12);
  });

  test("ends rollouts by the task's terminal limits, drawn in by the margin asked for", async () => {
    const walled: Task = { ...task, isTerminal: (next, margin = 0) => Math.abs(next[0]!) > 0.7 * (1 - margin) };
    const samples = async (terminalMargin: number) =>
      (await step({ terminalMargin }, undefined, compute(), 0, nearly, walled)).report.syntheticSamples;
    const [none, some, all] = [await samples(0), await samples(0.5), await samples(1)];
    expect(none).toBeLessThan(2 * 40 * 12);
    expect(some).toBeLessThan(none);
    expect(all).toBe(2 * 40); // every first step ends its rollout
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
      const whole = free.policy.parameters[i]! - policy.parameters[i]!;
      expect(x - policy.parameters[i]!).toBeCloseTo(factor * whole, 5);
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
    let players: Players = floored;
    for (let k = 1; k < 4; k++) {
      players = await step({ minLogStd: floor }, players, compute(), k);
      expect(logStd(players.policy)[0]).toBeGreaterThanOrEqual(Math.fround(floor));
    }
  });

  test("with an entropy coefficient ends with more entropy", async () => {
    const [plain, curious] = [await step(), await step({ entropyCoefficient: 0.5 })];
    expect(curious.report.entropy).toBeGreaterThan(plain.report.entropy);
    expect(curious.report.entropy).toBe(policyEntropy(curious.policy));
  });

  test("fits the baseline after the step: it comes to explain the returns", async () => {
    let players: Players = { policy, value };
    const explained: number[] = [];
    for (let k = 0; k < 6; k++) {
      const result = await step(
        { normalizedStepSize: 1e-4, value: { ...settings.value, epochs: 20 } },
        players,
        compute(),
        k,
      );
      explained.push(result.report.explainedVariance);
      players = result;
    }
    expect(explained[0]).toBeLessThan(0.5); // of the random network that it began with
    expect(explained[5]).toBeGreaterThan(0.8);
  });

  test("leaves its players as they were", async () => {
    const copy = structuredClone({ policy, value, members: nearly.members, STARTS });
    await step();
    expect({ policy, value, members: nearly.members, STARTS }).toEqual(copy);
  });
});

describe("the Fisher matrix of a step", () => {
  const rowsOf = async (fisherFraction: number) => {
    const { compute: on, runs } = recordedCompute(only(compute(), 1)); // one engine: shards in order
    await step({ fisherFraction, cgIterations: 1 }, undefined, on);
    const of = (graph: string) =>
      runs.filter((run) => run.graph === graph).flatMap(({ inputs }) => Array.from(inputs.observations!.data));
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

describe("chance", () => {
  test("same seed, same step, bit for bit, on one engine and on two; another seed, another step", async () => {
    const first = await step({ fisherFraction: 0.5 }, undefined, only(compute(), 1));
    expect(await step({ fisherFraction: 0.5 })).toEqual(first);
    expect((await step({ fisherFraction: 0.5 }, undefined, compute(), 1)).policy.parameters).not.toEqual(
      first.policy.parameters,
    );
  });

  test("members, the Fisher subset and the baseline draw from streams of their own", async () => {
    const { rng, record } = recordedRng(0);
    await modelBasedNpg(compute(), task, policy, value, nearly, STARTS, { ...settings, fisherFraction: 0.5 }, rng);
    expect([...record.drawn].sort()).toEqual(["fisher", "noise/0", "noise/1", "value"]);
  });

  test("a member's rollouts do not depend on how many members there are", async () => {
    const { report } = await step({}, undefined, compute(), 0, linearEnsemble([LINE]));
    expect(report.memberReturns[0]).toBe((await step()).report.memberReturns[0]);
  });
});

describe("a step that cannot be taken is refused, and names the player:", () => {
  test("returns too large for the baseline", async () => {
    const huge = { ...task, reward: () => 1e38 };
    const stepping = step({}, undefined, compute(), 0, nearly, huge);
    await expect(stepping).rejects.toThrow(DivergenceError);
    await expect(stepping).rejects.toThrow(/^policy player/);
  });

  test("a KL divergence that no shortening brings under its cap", async () => {
    // A floor far above the present σ moves the policy however short the step is.
    const stepping = step({ maxKl: 1e-4, minLogStd: 1 });
    await expect(stepping).rejects.toThrow(DivergenceError);
    await expect(stepping).rejects.toThrow(/policy player, natural step: .*npg\.maxKl/);
  });
});
