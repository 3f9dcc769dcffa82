import { describe, expect, test } from "vitest";
import { GAMES } from "../../src/agents/defaults.js";
import { WAYS } from "../../src/agents/ways.js";
import { gatheredSince } from "../../src/mdp/experience.js";
import { seeded } from "../../src/random/rng.js";
import { samplesOf } from "../support/experience.js";
import { recordedRng } from "../support/recorded-rng.js";
import { seated } from "../support/seated.js";
import { useCompute } from "../support/use-compute.js";

const compute = useCompute();

describe("collecting", () => {
  test("numbers samples and episodes on from where the data stand", async () => {
    const { moves, start, pool } = seated(compute(), "pal", { data: { bufferSize: null } });
    const before = { ...start.data, gathered: 30, episodes: 4 };
    const first = await moves.collect(start.policy, before, 30, seeded(1)); // episodes of 12 steps at most
    const one = samplesOf(first);
    expect(new Set(one.map(({ episode }) => episode)).size).toBeGreaterThanOrEqual(3);
    const data = await moves.collect(start.policy, first, 10, seeded(2));
    const two = samplesOf(gatheredSince(data, first.gathered));
    expect(one[0]).toMatchObject({ index: 30, episode: 4 });
    expect(two[0]).toMatchObject({ index: 30 + one.length, episode: one.at(-1)!.episode + 1 });
    expect(data).toMatchObject({ gathered: two.at(-1)!.index + 1, episodes: two.at(-1)!.episode + 1 });
    pool.close();
  });

  test("keeps the newest B samples", async () => {
    const { moves, start, pool } = seated(compute());
    const all = samplesOf(await moves.collect(start.policy, start.data, 60, seeded(1)));
    const first = await moves.collect(start.policy, start.data, 30, seeded(1));
    const data = await moves.collect(start.policy, first, 40, seeded(2));
    pool.close();
    expect(all).toHaveLength(60);
    expect(data.size).toBe(60);
    expect(data.gathered).toBeGreaterThan(60);
    expect(samplesOf(data).slice(0, 60 - (data.gathered - first.gathered))).toEqual(
      samplesOf(first).slice(data.gathered - 60),
    );
  });
});

test("collecting tells each episode's return, and that of its first H steps, which J(π, M) is compared with", async () => {
  const { moves, start, pool, heads, scores } = seated(compute(), "pal", { npg: { rolloutHorizon: 3 } });
  const data = samplesOf(await moves.collect(start.policy, { ...start.data, episodes: 5 }, 30, seeded(1)));
  pool.close();
  const episodes = [...new Set(data.map(({ episode }) => episode))].map((own) =>
    data.filter(({ episode }) => episode === own).map(({ reward }) => reward),
  );
  const total = (rewards: readonly number[]) =>
    expect.closeTo(
      rewards.reduce((a, b) => a + b, 0),
      10,
    );
  expect(heads).toEqual([episodes.map((rewards) => total(rewards.slice(0, 3)))]);
  expect(scores.map(({ returns }) => returns)).toEqual([episodes.map(total)]);
});

describe("chance", () => {
  test.each(GAMES)("%s: no two moves share a random stream, and none is begun twice", async (algorithm) => {
    const { moves, start, settings, pool } = seated(compute(), algorithm, {
      model: { learnReward: true, rewardHidden: [4], warmStart: false },
      npg: { fisherFraction: 0.5 },
    });
    const { rng, record } = recordedRng(0);
    const { initialSamples, samplesPerIteration } = settings.data;
    let iterations = 0;
    for await (const _ of WAYS[algorithm].order(
      start,
      moves,
      { initialSamples, samplesPerIteration, policySteps: 2 },
      rng,
    )) {
      if (++iterations === 3) break;
    }
    pool.close();
    expect(record.drawn.length).toBeGreaterThan(50);
    expect(record.drawn.filter((name, i) => record.drawn.indexOf(name) !== i)).toEqual([]);
  });
});
