import { describe, expect, test } from "vitest";
import { WorldError } from "../../src/errors/errors.js";
import { rollOut } from "../../src/mdp/rollouts.js";
import { type WorldWatcher, worldEpisodes } from "../../src/mdp/world-episodes.js";
import { lineTask, PUSH } from "../support/line-task.js";

type Watched = Parameters<WorldWatcher>[0];
const zero = (going: readonly number[]) => new Float32Array(going.length);
const constant = (u: number) => ({
  act: async (observations: Float32Array) => new Float32Array(observations.length / 2).fill(u),
});
const seeds = (...list: readonly number[]) => list.map((seed) => ({ seed }));

async function play(u: number, from: readonly number[], changes: Parameters<typeof lineTask>[0] = {}) {
  const task = lineTask(changes);
  const worlds = await Promise.all(from.map(() => task.createWorld()));
  const seen: Watched[] = [];
  const rollouts = await rollOut(
    worldEpisodes(task, worlds, seeds(...from), constant(u), (step) => seen.push(step)),
    task.horizon,
    zero,
  );
  return { task, rollouts, seen };
}

describe("episodes in the world", () => {
  test("are told step by step: s, a as executed, s′, R, and how they ended", async () => {
    const { task, seen } = await play(0.25, [1, 2]);
    const own = seen.filter(({ episode }) => episode === 1);
    const world = await task.createWorld();
    let { observation } = world.reset({ seed: 2 });
    for (const step of own) {
      const action = Float32Array.of(1.5); // centre 1 + half-width 2 × 0.25
      const answer = world.step(action);
      expect(step.action).toEqual(action);
      expect(step.observation).toEqual(Float32Array.from(observation));
      expect(step.next).toEqual(Float32Array.from(answer.observation));
      expect([step.reward, step.terminal, step.truncated, step.success]).toEqual([
        answer.reward,
        answer.terminated,
        answer.truncated,
        answer.info.success,
      ]);
      observation = answer.observation;
    }
    expect(own.at(-1)!.terminal || own.at(-1)!.truncated).toBe(true);
  });

  test("execute actions clipped to the box, while rollouts keep the samples", async () => {
    const { rollouts, seen } = await play(5, [0]);
    expect(Array.from(new Set(rollouts.actions))).toEqual([5]);
    for (const { action, observation, next } of seen) {
      expect(action[0]).toBe(3);
      expect(next[0] - observation[0]).toBeCloseTo(3 * PUSH, 5);
    }
  });

  test("follow from their seeds alone, not from how many are played", async () => {
    const { seen: alone } = await play(0.1, [7]);
    const { seen: among } = await play(0.1, [3, 7, 9]);
    expect(among.filter(({ episode }) => episode === 1).map((step) => ({ ...step, episode: 0 }))).toEqual(alone);
  });

  test("go on with the right worlds when some have ended", async () => {
    const { rollouts, seen } = await play(1, [0, 1, 2, 3, 4, 5]); // 0.6 a step: between 2 and 5 steps to |x| > 2
    expect(new Set(rollouts.lengths).size).toBeGreaterThan(1);
    for (let i = 0; i < 6; i++) {
      const xs = seen.filter(({ episode }) => episode === i);
      expect(xs).toHaveLength(rollouts.lengths[i]);
      xs.slice(1).forEach(({ observation }, t) => {
        expect(observation).toEqual(xs[t].next);
      });
    }
  });

  test("tell who acts which of its rows go on", async () => {
    const told: (readonly number[])[] = [];
    const task = lineTask();
    const worlds = await Promise.all([0, 1, 2].map(() => task.createWorld()));
    const acting = { ...constant(0), keep: (rows: readonly number[]) => told.push(rows) };
    const episodes = worldEpisodes(task, worlds, seeds(0, 1, 2), acting);
    const { next } = await episodes.step(new Float32Array(3));
    episodes.keep([0, 2], next);
    episodes.keep([1], (await episodes.step(new Float32Array(2))).next);
    expect(told).toEqual([[0, 2], [1]]);
  });

  test("begin where a world was saved as if they had never stopped", async () => {
    const { seen } = await play(0.1, [7]);
    const task = lineTask();
    const world = await task.createWorld();
    world.reset({ seed: 7 });
    for (const { action } of seen.slice(0, 3)) world.step(action);
    const start = { world: world.saveState(), observation: seen[3].observation };
    world.reset({ seed: 1 });
    const rest: Watched[] = [];
    const episodes = worldEpisodes(task, [world], [start], constant(0.1), (step) => rest.push(step));
    await rollOut(episodes, task.horizon - 3, zero);
    expect(rest).toEqual(seen.slice(3));
  });

  test("tell that they succeeded only where the task defines success", async () => {
    const { isSuccess: _, ...rest } = lineTask();
    const task = { ...rest, createWorld: async () => await lineTask().createWorld() };
    const world = await task.createWorld();
    const bare = {
      ...world,
      reset: world.reset.bind(world),
      step: (a: ArrayLike<number>) => ({ ...world.step(a), info: {} }),
    };
    const seen: Watched[] = [];
    await rollOut(
      worldEpisodes(task, [bare as never], seeds(0), constant(0), (step) => seen.push(step)),
      3,
      zero,
    );
    expect(seen.map(({ success }) => success)).toEqual([undefined, undefined, undefined]);
  });

  test.each([
    ["an observation", { observation: Float64Array.of(Number.NaN, 0) }, /observation \[NaN, 0\]/],
    ["a reward", { reward: Number.POSITIVE_INFINITY }, /reward Infinity/],
    ["a number beyond float32", { observation: Float64Array.of(1e300, 0) }, /observation \[1e\+300, 0\]/],
    ["three numbers", { observation: Float64Array.of(0, 0, 0) }, /step gave an observation of 3 numbers/],
    ["one number", { observation: Float64Array.of(0) }, /step gave an observation of 1 numbers/],
  ])("stop with a WorldError where the world gives %s that cannot be used", async (_, broken, message) => {
    const task = lineTask();
    const world = await task.createWorld();
    const bad = { reset: world.reset.bind(world), step: (a: ArrayLike<number>) => ({ ...world.step(a), ...broken }) };
    const episodes = worldEpisodes(task, [bad as never], seeds(0), constant(0));
    const played = rollOut(episodes, 5, zero);
    await expect(played).rejects.toThrow(WorldError);
    await expect(played).rejects.toThrow(message);
  });

  test("and where a start is of another size or not finite", async () => {
    const task = lineTask();
    for (const [observation, message] of [
      [Float64Array.of(0), /reset gave an observation of 1 numbers/],
      [Float64Array.of(0, Number.NaN), /reset gave observation \[0, NaN\]/],
    ] as const) {
      const bad = { reset: () => ({ observation, info: {} }) };
      expect(() => worldEpisodes(task, [bad as never], seeds(0), constant(0))).toThrow(message);
    }
  });
});
