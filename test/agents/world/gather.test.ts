import { describe, expect, test } from "vitest";
import { type GatherSettings, gather } from "../../../src/agents/world/gather.js";
import { worldPool } from "../../../src/agents/world/pool.js";
import type { TaskDefinition } from "../../../src/envs/define-task.js";
import { emptyExperience, gatheredSince } from "../../../src/mdp/experience.js";
import { seeded } from "../../../src/random/rng.js";
import { samplesOf } from "../../support/experience.js";
import { lineActor } from "../../support/line-actor.js";
import { lineTask } from "../../support/line-task.js";
import { recordedRng } from "../../support/recorded-rng.js";
import { useCompute } from "../../support/use-compute.js";

const compute = useCompute();
const WHOLE: GatherSettings = { wholeEpisodes: true, continueEpisodes: false, bufferSize: Number.POSITIVE_INFINITY };
/** D of a run that has gathered 100 samples in 7 episodes, and forgotten them. */
const before = { ...emptyExperience(2, 1), gathered: 100, episodes: 7 };

async function gathered(count: number, changes: Partial<TaskDefinition> = {}, seed = 1, wholeEpisodes = true) {
  const pool = worldPool(lineTask(changes));
  const told: number[] = [];
  const acting = await lineActor(compute());
  const { data, scores } = await gather(
    acting,
    pool,
    before,
    count,
    { ...WHOLE, wholeEpisodes },
    seeded(seed),
    (done) => told.push(done),
  );
  await acting.release();
  pool.close();
  return { transitions: samplesOf(gatheredSince(data, 100)), scores, told };
}

describe("gathering samples", () => {
  test("plays whole episodes until there are enough, and numbers samples and episodes on", async () => {
    const { transitions, scores, told } = await gathered(30, { isTerminal: () => false });
    expect(transitions).toHaveLength(36); // three episodes of 12
    expect(transitions.map(({ index }) => index)).toEqual(Array.from({ length: 36 }, (_, i) => 100 + i));
    expect(transitions.map(({ episode }) => episode)).toEqual(
      Array.from({ length: 36 }, (_, i) => 7 + Math.floor(i / 12)),
    );
    expect(scores.lengths).toEqual([12, 12, 12]);
    expect(told).toEqual([12, 24, 30]);
  });

  test("or cuts the last one at the count: not a terminal step, and no score while whole episodes have one", async () => {
    const { transitions, scores } = await gathered(30, { isTerminal: () => false }, 1, false);
    expect(transitions).toHaveLength(30); // two episodes of 12, and 6 steps
    expect(transitions[29]!.terminal).toBe(false);
    expect(scores.lengths).toEqual([12, 12]);
    const { scores: only } = await gathered(5, { isTerminal: () => false }, 1, false);
    expect(only.lengths).toEqual([5]);
  });

  test("holds each step as it was executed; the next begins where it ended, but for new episodes", async () => {
    const { transitions, scores } = await gathered(40);
    const task = lineTask();
    transitions.forEach(({ observation, action, next, reward, terminal, episode }, i) => {
      expect(action[0]).toBeGreaterThanOrEqual(-1);
      expect(action[0]).toBeLessThanOrEqual(3);
      expect(next[0]).toBeCloseTo(observation[0]! + 0.2 * action[0]!, 5);
      expect(reward).toBeCloseTo(task.reward(observation, action, next), 5);
      expect(terminal).toBe(Math.abs(next[0]!) > 2);
      const follower = transitions[i + 1];
      if (follower?.episode === episode) expect(follower.observation).toEqual(next);
    });
    expect(transitions.filter(({ terminal }) => terminal).length).toBeGreaterThan(0);
    const returns = scores.lengths.map((_, i) =>
      transitions.filter(({ episode }) => episode === 7 + i).reduce((sum, { reward }) => sum + reward, 0),
    );
    expect(scores.returns).toEqual(returns.map((x) => expect.closeTo(x, 10)));
  });

  test("is a function of the stream: the same seed the same samples, and every episode its own", async () => {
    const [one, same, other] = [await gathered(30), await gathered(30), await gathered(30, {}, 2)];
    expect(same.transitions).toEqual(one.transitions);
    expect(other.transitions[0]).not.toEqual(one.transitions[0]);
    const starts = one.transitions
      .filter(({ episode }, i) => episode !== one.transitions[i - 1]?.episode)
      .map(({ observation }) => observation.join());
    expect(new Set(starts).size).toBe(starts.length);
  });

  test("fewer samples are a beginning of more", async () => {
    const [few, many] = [await gathered(10), await gathered(40)];
    expect(many.transitions.slice(0, few.transitions.length)).toEqual(few.transitions);
  });

  test("draws starts and noise from streams of each episode", async () => {
    const { rng, record } = recordedRng(0);
    const pool = worldPool(lineTask({ isTerminal: () => false }));
    const acting = await lineActor(compute());
    await gather(acting, pool, before, 20, WHOLE, rng);
    await acting.release();
    pool.close();
    expect(record.drawn).toEqual(["episode/0/start", "episode/0/noise", "episode/1/start", "episode/1/noise"]);
  });
});
