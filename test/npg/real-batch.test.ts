import { describe, expect, test } from "vitest";
import { gather } from "../../src/agents/world/gather.js";
import { worldPool } from "../../src/agents/world/pool.js";
import { meanAndStd } from "../../src/math/statistics.js";
import { networkActor } from "../../src/mdp/actor.js";
import { type Experience, emptyExperience, gatheredSince } from "../../src/mdp/experience.js";
import { type RealBatchSettings, realBatch, realTrajectories } from "../../src/npg/real-batch.js";
import { actingNet, initialPolicy } from "../../src/policy/gaussian-policy.js";
import { initialValue, predictValues } from "../../src/policy/value.js";
import { seeded } from "../../src/random/rng.js";
import { lineTask } from "../support/line-task.js";
import { firstEngine, useCompute } from "../support/use-compute.js";

const compute = useCompute();
const GAMMA = 0.9;
const inputs = { shift: new Float32Array(2), factor: new Float32Array(2).fill(1) };
const value = initialValue(2, [8], inputs, 3, seeded(4));

/** Two batches of 40 real samples of the line; the first ends within an episode, which goes on in the second. */
async function played(): Promise<Experience> {
  const pool = worldPool(lineTask());
  const wide = initialPolicy({ observationSize: 2, hidden: [4], actionSize: 1 }, inputs, 0, seeded(0)); // σ is the box's half-width
  const acting = await networkActor(firstEngine(compute()), actingNet(wide), lineTask());
  const settings = { wholeEpisodes: false, continueEpisodes: true, bufferSize: 1000, headSteps: 5 };
  let data = emptyExperience(2, 1, true);
  for (const seed of [1, 2]) ({ data } = await gather(acting, pool, data, 40, settings, seeded(seed)));
  await acting.release();
  pool.close();
  return data;
}

/** Â and what V is fitted to, row by row, each by its sum over the rest of its episode in these rows. */
async function byHand(rows: Experience, lambda: number) {
  const v = await predictValues(firstEngine(compute()), value, rows.observations);
  const after = await predictValues(firstEngine(compute()), value, rows.next);
  const last = (i: number) => i + 1 === rows.size || rows.episode[i + 1] !== rows.episode[i];
  const delta = (i: number) => rows.rewards[i] + (rows.terminal[i] === 1 ? 0 : GAMMA * after[i]) - v[i];
  return Array.from({ length: rows.size }, (_, from) => {
    let advantage = 0;
    for (let i = from, weight = 1; ; i++, weight *= GAMMA * lambda) {
      advantage += weight * delta(i);
      if (last(i)) return { advantage, target: advantage + v[from] };
    }
  });
}

/** The discounted return of the rest of an episode in these rows, V of the last state where it was cut. */
async function discounted(rows: Experience): Promise<number[]> {
  const after = await predictValues(firstEngine(compute()), value, rows.next);
  const returns: number[] = [];
  for (let i = rows.size - 1; i >= 0; i--) {
    const last = i + 1 === rows.size || rows.episode[i + 1] !== rows.episode[i];
    const beyond = rows.terminal[i] === 1 ? 0 : last ? after[i] : returns[i + 1];
    returns[i] = rows.rewards[i] + GAMMA * beyond;
  }
  return returns;
}

describe("a batch of real samples", () => {
  const of = async (rows: Experience, settings: Partial<RealBatchSettings>) =>
    realBatch(firstEngine(compute()), value, rows, {
      discount: GAMMA,
      gaeLambda: 0.7,
      targets: "lambda",
      ...settings,
    });

  test("has episodes that ended in a terminal state, at the horizon and with the batch, and one that began in the batch before", async () => {
    const data = await played();
    const rows = gatheredSince(data, 40);
    const { outcomes, count, trajectory } = realTrajectories(rows);
    expect(rows.episode[0]).toBe(data.episode[39]);
    expect(count).toBe(new Set(rows.episode).size);
    expect(trajectory[39]).toBe(count - 1);
    expect(new Set(outcomes)).toEqual(new Set([0, 1]));
    expect(data.underWay).not.toBeNull();
  });

  test.each([0, 0.7, 1])("has advantages as δ summed with (γλ)ᵗ at λ = %s, whitened", async (gaeLambda) => {
    const rows = gatheredSince(await played(), 40);
    const { batch, targets } = await of(rows, { gaeLambda });
    const expected = await byHand(rows, gaeLambda);
    const { mean, std } = meanAndStd(expected.map(({ advantage }) => advantage));
    expected.forEach(({ advantage, target }, i) => {
      expect(batch.advantages[i]).toBeCloseTo((advantage - mean) / std, 5);
      expect(targets.returns[i]).toBeCloseTo(target, 9);
    });
  });

  test("at λ = 1 fits V to discounted returns, and at λ = 0 to r + γ V(s′); asked for, to discounted returns at any λ", async () => {
    const rows = gatheredSince(await played(), 40);
    const returns = await discounted(rows);
    const close = (x: number) => expect.closeTo(x, 9);
    expect(Array.from((await of(rows, { gaeLambda: 1 })).targets.returns)).toEqual(returns.map(close));
    expect(Array.from((await of(rows, { targets: "discounted" })).targets.returns)).toEqual(returns.map(close));
    const after = await predictValues(firstEngine(compute()), value, rows.next);
    const next = Array.from(rows.rewards, (r, i) => r + (rows.terminal[i] === 1 ? 0 : GAMMA * after[i]));
    expect(Array.from((await of(rows, { gaeLambda: 0 })).targets.returns)).toEqual(next.map(close));
  });

  test("takes the actions as they were drawn, beyond the box too, not as the world saw them", async () => {
    const rows = await played();
    const { batch } = await of(rows, {});
    expect(batch.actions).toEqual(rows.drawn);
    const executed = Array.from(batch.actions, (u) => 1 + 2 * Math.min(1, Math.max(-1, u))); // the box is [−1, 3]
    expect(Array.from(rows.actions)).toEqual(executed.map((a) => expect.closeTo(a, 6)));
    expect(batch.actions.some((u) => Math.abs(u) > 1)).toBe(true);
  });
});
