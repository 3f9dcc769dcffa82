import { describe, expect, test } from "vitest";
import { gather, initialStates, playEpisodes, worldPool } from "../../src/agents/world-players.js";
import type { TaskDefinition } from "../../src/envs/define-task.js";
import { initialPolicy } from "../../src/policy/gaussian-policy.js";
import { seeded } from "../../src/random/rng.js";
import { lineTask } from "../support/line-task.js";
import { recordedRng } from "../support/recorded-rng.js";
import { useCompute } from "../support/use-compute.js";

const compute = useCompute();
const inputs = { shift: new Float32Array(2), factor: new Float32Array(2).fill(1) };
const shape = { observationSize: 2, hidden: [4], actionSize: 1 };
/** Acts by a mean near u = 0, that is a = 1: 0.2 to the right in each step. */
const policy = initialPolicy(shape, inputs, -1, seeded(0));
const first = { sample: 100, episode: 7 };

async function gathered(count: number, changes: Partial<TaskDefinition> = {}, seed = 1, wholeEpisodes = true) {
  const pool = worldPool(lineTask(changes));
  const told: number[] = [];
  const amount = { count, wholeEpisodes };
  const result = await gather(compute(), pool, policy, amount, first, seeded(seed), (done) => told.push(done));
  pool.close();
  return { ...result, told };
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
    await gather(compute(), pool, policy, { count: 20, wholeEpisodes: true }, first, rng);
    pool.close();
    expect(record.drawn).toEqual(["episode/0/start", "episode/0/noise", "episode/1/start", "episode/1/noise"]);
  });
});

describe("playing episodes", () => {
  async function play(seeds: readonly number[], noise: "mean" | number, changes: Partial<TaskDefinition> = {}) {
    const pool = worldPool(lineTask(changes));
    const scores = await playEpisodes(compute(), pool, policy, seeds, noise === "mean" ? "mean" : seeded(noise));
    pool.close();
    return scores;
  }

  test("by the mean is certain: it follows from the seeds, one by one", async () => {
    const { returns } = await play([3, 4, 5], "mean");
    expect((await play([3, 4, 5], "mean")).returns).toEqual(returns);
    expect((await play([4], "mean")).returns[0]).toBeCloseTo(returns[1]!, 5);
    expect(new Set(returns).size).toBe(3);
  });

  test("with noise follows from its stream", async () => {
    const { returns } = await play([3, 4, 5], 1);
    expect((await play([3, 4, 5], 1)).returns).toEqual(returns);
    expect((await play([3, 4, 5], 2)).returns).not.toEqual(returns);
  });

  // The point moves right by 0.2 from 0: after step t it is at 0.2 t. Twelve steps, of which the last five count.
  const from0: Partial<TaskDefinition> = { dynamics: { start: () => [0, 0], step: ([x]) => [x! + 0.2, 0] } };
  test.each([
    ["in the last step", (t: number) => t === 12, true],
    ["five steps before the end", (t: number) => t === 8, true],
    ["six steps before the end", (t: number) => t === 7, false],
    ["never", () => false, false],
    ["all the time", () => true, true],
  ])("success %s", async (_, succeeds, expected) => {
    const isSuccess = (next: ArrayLike<number>) => succeeds(Math.round(next[0]! / 0.2));
    const { successes, lengths } = await play([0], "mean", { ...from0, isTerminal: () => false, isSuccess });
    expect([successes, lengths]).toEqual([[expected], [12]]);
  });

  test("success is what the task's own rule says, of the states after all steps in their order", async () => {
    const heard: (readonly boolean[])[] = [];
    const changes: Partial<TaskDefinition> = {
      ...from0,
      isTerminal: () => false,
      isSuccess: (next) => Math.round(next[0]! / 0.2) === 3,
      episodeSuccess(successes) {
        heard.push(successes);
        return successes[2]!;
      },
    };
    expect((await play([0, 1], "mean", changes)).successes).toEqual([true, true]);
    expect(heard).toEqual([0, 1].map(() => Array.from({ length: 12 }, (_, i) => i === 2)));
  });

  test("the distance to the goal is averaged over the states after each step, and told for the last", async () => {
    const goalError = { name: "way [m]", of: (s: ArrayLike<number>) => Math.abs(s[0]!) };
    const { goalErrors } = await play([0, 1], "mean", { ...from0, isTerminal: () => false, goalError });
    for (const error of goalErrors!) {
      expect(error.mean).toBeCloseTo(1.3, 6); // 0.2 (1 + … + 12) / 12
      expect(error.last).toBeCloseTo(2.4, 6);
    }
    expect((await play([0], "mean", from0)).goalErrors).toBeNull();
  });

  test("success is null where the task defines none", async () => {
    const { isSuccess: _, ...bare } = lineTask();
    const pool = worldPool(bare);
    const world = (await pool.worlds(1))[0]!;
    const step = world.step.bind(world);
    world.step = (action) => ({ ...step(action), info: {} });
    const scores = await playEpisodes(compute(), pool, policy, [0], "mean");
    pool.close();
    expect(scores.successes).toBeNull();
  });
});

test("start states are those that worlds begin in, and no step is taken for them", async () => {
  const pool = worldPool(lineTask());
  const [world] = await pool.worlds(1);
  world!.step = () => expect.unreachable("a step would be a sample");
  const draw = await initialStates(pool);
  const states = draw(500, seeded(0));
  expect(draw(500, seeded(0))).toEqual(states);
  expect(states).toHaveLength(1000);
  expect(Math.min(...states)).toBeGreaterThan(-1);
  expect(Math.max(...states)).toBeLessThan(1);
  // Uniform in ±1: mean 0 ± 1/√3000, six standard deviations.
  expect(Math.abs(states.reduce((sum, x) => sum + x, 0) / 1000)).toBeLessThan(0.11);
  expect(new Set(states).size).toBe(1000);
  pool.close();
});

test("a pool makes a world once and keeps it, and after closing makes new ones", async () => {
  let made = 0;
  const task = lineTask();
  const pool = worldPool({
    ...task,
    createWorld: () => {
      made++;
      return task.createWorld();
    },
  });
  const two = await pool.worlds(2);
  expect(await pool.worlds(1)).toEqual(two.slice(0, 1));
  expect((await pool.worlds(3))[0]).toBe(two[0]);
  expect(made).toBe(3);
  pool.close();
  await pool.worlds(1);
  expect(made).toBe(4);
});
