import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type GatherSettings, gather } from "../../../src/agents/world/gather.js";
import { worldPool } from "../../../src/agents/world/pool.js";
import { createTask } from "../../../src/envs/index.js";
import type { TaskDefinition } from "../../../src/envs/simple/define-task.js";
import type { Actor } from "../../../src/mdp/actor.js";
import { type Experience, emptyExperience, gatheredSince } from "../../../src/mdp/experience.js";
import type { Task } from "../../../src/mdp/task.js";
import { seeded } from "../../../src/random/rng.js";
import { samplesOf } from "../../support/experience.js";
import { lineActor } from "../../support/line-actor.js";
import { lineTask } from "../../support/line-task.js";
import { recordedRng } from "../../support/recorded-rng.js";
import { useCompute } from "../../support/use-compute.js";

const compute = useCompute();
const WHOLE: GatherSettings = {
  wholeEpisodes: true,
  continueEpisodes: false,
  bufferSize: Number.POSITIVE_INFINITY,
  headSteps: 5,
};
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
    expect(told).toEqual(Array.from({ length: 36 }, (_, i) => Math.min(30, i + 1))); // each step, an episode may take long
  });

  test("or cuts the last one at the count: not a terminal step, and no score while whole episodes have one", async () => {
    const { transitions, scores } = await gathered(30, { isTerminal: () => false }, 1, false);
    expect(transitions).toHaveLength(30); // two episodes of 12, and 6 steps
    expect(transitions[29].terminal).toBe(false);
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
      expect(next[0]).toBeCloseTo(observation[0] + 0.2 * action[0], 5);
      expect(reward).toBeCloseTo(task.reward(observation, action, next), 5);
      expect(terminal).toBe(Math.abs(next[0]) > 2);
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

describe("episodes that go on from one gathering to the next", () => {
  const CONTINUED: GatherSettings = {
    wholeEpisodes: false,
    continueEpisodes: true,
    bufferSize: Number.POSITIVE_INFINITY,
    headSteps: 5,
  };
  /** Acts by the state alone, whatever the noise. */
  const steady = ({ observation: { size: n }, action: { size: m } }: Task): Actor => ({
    act: async (observations) =>
      Float32Array.from({ length: (observations.length / n) * m }, (_, i) =>
        Math.sin(3 * observations[Math.floor(i / m) * n] + i),
      ),
    release: async () => {},
  });
  /** Gathers so many samples, and so many more, each time in worlds of its own that have been elsewhere. */
  async function inBites(task: Task, counts: readonly number[], settings = CONTINUED) {
    let data: Experience = emptyExperience(task.observation.size, task.action.size);
    const scores = [];
    for (const count of counts) {
      const pool = worldPool(task);
      (await pool.worlds(1))[0].reset({ seed: 99 });
      const gathered = await gather(steady(task), pool, structuredClone(data), count, settings, seeded(1));
      pool.close();
      const ended = endsOf(gatheredSince(gathered.data, data.gathered), gathered.data, task);
      expect(gathered.ended).toBe(ended > 0);
      scores.push({ ...gathered.scores, heads: gathered.headReturns, ended });
      data = gathered.data;
    }
    return { data, scores };
  }
  /** How many episodes end in some of the samples. */
  function endsOf(fresh: Experience, all: Experience, { horizon }: Task): number {
    const last = all.episode.lastIndexOf(fresh.episode[fresh.size - 1]);
    const length = last - all.episode.indexOf(all.episode[last]) + 1;
    const over = fresh.terminal[fresh.size - 1] === 1 || length === horizon;
    return new Set(fresh.episode).size - (over ? 0 : 1);
  }
  /** Every episode begins at the same place: it does not matter which gathering begins it. */
  const dynamics: TaskDefinition["dynamics"] = {
    start: () => [-0.3, 0.5],
    step: ([x, goal], [a]) => [x + 0.02 * a, goal],
  };
  const line = lineTask({
    dynamics,
    goalError: { name: "way [m]", of: (s) => Math.abs(s[0] - s[1]) },
  });

  /** D but for the seed in the world's saved state: a later gathering seeds the episodes that it begins otherwise. */
  const withoutChance = ({ underWay, ...data }: Experience) => ({
    ...data,
    underWay: underWay && { ...underWay, world: 0 },
  });

  test("are those of one gathering, bit for bit: 3 × 7 samples are 21", async () => {
    const [bites, once] = [await inBites(line, [7, 7, 7]), await inBites(line, [21])];
    expect(bites.data).toEqual(once.data);
    expect(once.data).toMatchObject({ size: 21, episodes: 2, underWay: { steps: 9 } });
    expect(Array.from(once.data.episode)).toEqual(Array.from({ length: 21 }, (_, i) => (i < 12 ? 0 : 1)));
  });

  test("however they are divided; and each counts once in the scores, when it ends", () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 6 }), async (counts) => {
        const total = counts.reduce((a, b) => a + b, 0);
        const [bites, once] = [await inBites(line, counts), await inBites(line, [total])];
        expect(withoutChance(bites.data)).toEqual(withoutChance(once.data));
        const counted = bites.scores.filter(({ ended }) => ended > 0);
        for (const key of ["returns", "heads", "lengths", "successes", "goalErrors"] as const) {
          const whole = once.scores[0].ended > 0 ? once.scores[0][key] : [];
          expect(counted.flatMap((own) => own[key] as readonly unknown[])).toEqual(whole);
        }
        for (const { ended, lengths } of bites.scores) expect(lengths).toHaveLength(Math.max(1, ended));
      }),
      { numRuns: 30 },
    ));

  test("where none ended, the one under way is scored so far", async () => {
    const { data, scores } = await inBites(line, [5, 5]);
    expect(scores.map(({ lengths }) => lengths)).toEqual([[5], [10]]);
    const { rewards } = data;
    expect(scores[1].returns).toEqual([rewards.reduce((a, b) => a + b, 0)]);
    expect(scores[1].heads).toEqual([rewards.subarray(0, 5).reduce((a, b) => a + b, 0)]); // H = 5
  });

  test.each(["inverted-pendulum", "hopper", "reacher-7dof"])(
    "in a simulator too: %s",
    { timeout: 60_000 },
    async (id) => {
      const task = createTask(id);
      const [bites, once] = [await inBites(task, [3, 2, 1]), await inBites(task, [6])];
      expect(once.data.underWay).not.toBeNull();
      expect(samplesOf(bites.data)).toEqual(samplesOf(once.data));
      expect(bites.data.underWay).toEqual(once.data.underWay);
    },
  );

  test("end where the task says: terminal, or at its horizon, and then nothing is under way", async () => {
    const { data: cut } = await inBites(line, [7, 5]);
    expect([cut.underWay, cut.terminal[11]]).toEqual([null, 0]);
    const short = lineTask({ isTerminal: (next) => next[0] !== -0.3, dynamics });
    const { data } = await inBites(short, [1]);
    expect([data.underWay, data.terminal[0]]).toEqual([null, 1]);
  });

  test("are cut for good unless they are asked to go on", async () => {
    const { data } = await inBites(line, [7, 7], { ...CONTINUED, continueEpisodes: false });
    expect(data.underWay).toBeNull();
    expect(Array.from(data.episode)).toEqual(Array.from({ length: 14 }, (_, i) => (i < 7 ? 0 : 1)));
  });
});
