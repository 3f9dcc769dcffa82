import { describe, expect, test } from "vitest";
import { modelData } from "../../../src/agents/players/ensemble.js";
import { gatheredSince } from "../../../src/mdp/experience.js";
import { modelLoss } from "../../../src/mdp/one-step.js";
import { modelScaling } from "../../../src/model/ensemble.js";
import { ensembleModel } from "../../../src/model/ensemble-model.js";
import { seeded } from "../../../src/random/rng.js";
import { experienceOf, samplesOf } from "../../support/experience.js";
import { recordedRng } from "../../support/recorded-rng.js";
import { seated } from "../../support/seated.js";
import { useCompute } from "../../support/use-compute.js";

const compute = useCompute();

describe("fitting the model", () => {
  test("reports its loss on the samples it has not seen yet, before and after, in units of σ_Δ", async () => {
    const { moves, start, fits, task, settings, pool } = seated(compute());
    const old = await moves.collect(start.policy, start.data, 30, seeded(1));
    const model = await moves.fitModel(start.model, old, seeded(2));
    expect(model.seenSamples).toBe(old.size);
    const buffer = await moves.collect(start.policy, old, 20, seeded(3));
    const fresh = gatheredSince(buffer, old.gathered);
    const fitted = await moves.fitModel(model, buffer, seeded(4));
    const { deltaScale } = modelScaling(modelData(buffer), task.observation, settings.model);
    const units = deltaScale.map((s) => (s === 0 ? 0 : 1 / s));
    const [before, after] = [
      await modelLoss(compute(), ensembleModel(model), modelData(fresh), units),
      await modelLoss(compute(), ensembleModel(fitted), modelData(fresh), units),
    ];
    expect(fits[1]).toMatchObject({ before: before[0], after: after[0], byDimension: [before[0], 0] }); // the goal never changes
    expect(fitted.seenSamples).toBe(buffer.gathered);
    pool.close();
  });

  test("the first loss is that of predicting no change: 1 and more", async () => {
    const { moves, start, fits, pool } = seated(compute());
    const data = await moves.collect(start.policy, start.data, 40, seeded(1));
    await moves.fitModel(start.model, data, seeded(2));
    const deltas = samplesOf(data).map(({ observation, next }) => next[0] - observation[0]);
    const mean = deltas.reduce((a, b) => a + b, 0) / deltas.length;
    const variance = deltas.reduce((a, b) => a + (b - mean) ** 2, 0) / deltas.length;
    expect(fits[0].before).toBeCloseTo(1 + mean ** 2 / variance, 3);
    pool.close();
  });

  test("where everything was seen before, the loss is on all of it (GDA and BR fit the initial samples twice)", async () => {
    const { moves, start, fits, pool } = seated(compute());
    const data = await moves.collect(start.policy, start.data, 30, seeded(1));
    const model = await moves.fitModel(start.model, data, seeded(2));
    await moves.fitModel(model, data, seeded(3));
    expect(fits[1].before).toBeCloseTo(fits[0].after, 10);
    pool.close();
  });

  test("with bootstrap, a member's reward network sees the same resample as its dynamics", async () => {
    const { moves, start, pool } = seated(compute(), "pal", {
      model: { learnReward: true, rewardHidden: [4], bootstrap: true },
    });
    const data = await moves.collect(start.policy, start.data, 30, seeded(1));
    const { rng, record } = recordedRng(0);
    await moves.fitModel(start.model, data, rng);
    pool.close();
    expect(record.drawn.filter((name) => name.includes("member/0"))).toEqual([
      "member/0/bootstrap",
      "member/0/fit dynamics",
      "member/0/bootstrap",
      "member/0/fit reward",
    ]);
  });
});

test("D becomes tables for a fit, its rewards in the precision of the networks", () => {
  const row = (x: number) => ({
    episode: 0,
    observation: [x, x + 1],
    action: [-x],
    next: [2 * x, 2],
    reward: x / 2,
    terminal: false,
  });
  expect(modelData(experienceOf([row(1), row(5)]))).toMatchObject({
    size: 2,
    observations: Float32Array.of(1, 2, 5, 6),
    actions: Float32Array.of(-1, -5),
    next: Float32Array.of(2, 2, 10, 2),
    rewards: Float32Array.of(0.5, 2.5),
  });
});
