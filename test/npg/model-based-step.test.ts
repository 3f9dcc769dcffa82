import { describe, expect, test } from "vitest";
import { DivergenceError } from "../../src/errors/errors.js";
import { modelEpisodes } from "../../src/mdp/model-episodes.js";
import { rollOut } from "../../src/mdp/rollouts.js";
import type { Task } from "../../src/mdp/task.js";
import { ensembleModel } from "../../src/model/ensemble-model.js";
import { actingNet, type GaussianPolicy, policyEntropy } from "../../src/policy/gaussian-policy.js";
import { seeded } from "../../src/random/rng.js";
import { LINE, linearEnsemble } from "../support/line-task.js";
import {
  modelBasedNpg,
  type NpgPlayers,
  nearly,
  policy,
  STARTS,
  settings,
  stepsOn,
  task,
  value,
} from "../support/npg-steps.js";
import { recordedRng } from "../support/recorded-rng.js";
import { normals } from "../support/some-policy.js";
import { firstEngine, only, useCompute } from "../support/use-compute.js";

const compute = useCompute(2);
const step = stepsOn(compute);

/** J(π, M) in the exact model, from many starts; the same noise for every policy. */
async function expectedReturn(of: GaussianPolicy): Promise<number> {
  const imagined = await modelEpisodes(
    firstEngine(compute()),
    task,
    actingNet(of),
    ensembleModel(linearEnsemble([LINE])),
    0,
  );
  const rng = seeded(77).stream("noise");
  const { returns } = await rollOut(imagined.begin(normals(2 * 300, 3)), task.horizon, (going) =>
    Float32Array.from(going, () => rng.normal()),
  );
  await imagined.release();
  return returns.reduce((a, b) => a + b, 0) / returns.length;
}
describe("a step of model-based NPG (Subroutine 1)", () => {
  test("raises J(π, M), and with a cap on their KL ten of them raise it far", async () => {
    const before = await expectedReturn(policy);
    let players: NpgPlayers = { policy, value };
    const after: number[] = [];
    for (let k = 0; k < 10; k++) {
      players = await step({ maxKl: 0.05 }, players, compute(), k);
      after.push(await expectedReturn(players.policy));
    }
    expect(after[0]).toBeGreaterThan(before + 0.02 * Math.abs(before));
    expect(after[9]).toBeGreaterThan(0.5 * before); // measured: −54, −46, …, −14
  });

  test("reports the surrogate's gain, the synthetic samples and J(π, M) of each member from the starts in ρ alone", async () => {
    const { report } = await step();
    expect(report.syntheticSamples).toBe(2 * 40 * 12);
    expect(report.surrogateGain).toBeGreaterThan(0);
    expect(report.memberReturns).toHaveLength(2);
    for (const member of [0, 1]) {
      const imagined = await modelEpisodes(
        firstEngine(compute()),
        task,
        actingNet(policy),
        ensembleModel(nearly),
        member,
      );
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
    const walled: Task = { ...task, isTerminal: (next, margin = 0) => Math.abs(next[0]) > 0.7 * (1 - margin) };
    const samples = async (terminalMargin: number) =>
      (await step({ terminalMargin }, undefined, compute(), 0, nearly, walled)).report.syntheticSamples;
    const [none, some, all] = [await samples(0), await samples(0.5), await samples(1)];
    expect(none).toBeLessThan(2 * 40 * 12);
    expect(some).toBeLessThan(none);
    expect(all).toBe(2 * 40); // every first step ends its rollout
  });

  test("with an entropy coefficient ends with more entropy", async () => {
    const [plain, curious] = [await step(), await step({ entropyCoefficient: 0.5 })];
    expect(curious.report.entropy).toBeGreaterThan(plain.report.entropy);
    expect(curious.report.entropy).toBe(policyEntropy(curious.policy));
  });

  test("fits the baseline after the step: it comes to explain the returns", async () => {
    let players: NpgPlayers = { policy, value };
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

  test("goes all its way where advantages spread more than the floor, and less in proportion below it", async () => {
    const [plain, low] = [await step(), await step({ noiseFloor: 1e-3 })];
    expect(low).toEqual(plain);
    const [one, two] = [await step({ noiseFloor: 0.9 }), await step({ noiseFloor: 1 })];
    expect(one.report.stepLength).toBeLessThan(plain.report.stepLength);
    expect(two.report.stepLength / one.report.stepLength).toBeCloseTo(0.9, 6);
    expect(two.report.kl).toBeLessThan(one.report.kl);
  });

  test("leaves its players as they were", async () => {
    const copy = structuredClone({ policy, value, members: nearly.members, STARTS });
    await step();
    expect({ policy, value, members: nearly.members, STARTS }).toEqual(copy);
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
    await modelBasedNpg(
      { compute: compute(), task, ensemble: nearly, starts: STARTS },
      { policy, value },
      { ...settings, fisherFraction: 0.5 },
      rng,
    );
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
});
