import { describe, expect, test } from "vitest";
import { evaluatePolicy } from "../../src/agents/evaluate.js";
import { plainActor, recordEpisodes, snapshotActor } from "../../src/agents/record.js";
import { createTask } from "../../src/envs/index.js";
import { seeded } from "../../src/random/rng.js";
import { lineTask } from "../support/line-task.js";
import { playAll, tinySetup } from "../support/tiny-run.js";
import { useCompute } from "../support/use-compute.js";

const compute = useCompute();
const task = lineTask();
const record = (act: Parameters<typeof recordEpisodes>[0]["act"], seeds = [3, 4], onStep?: () => void) =>
  recordEpisodes({ task, stage: null, act, seeds, ...(onStep && { onStep }) }, seeded(9));

test("an episode is kept whole, and its parts belong together: reward(s, a, s′) gives back the rewards", async () => {
  for (const episode of await record(plainActor("random", task))) {
    const { observations, actions, rewards, successes, end } = episode;
    const steps = rewards.length;
    expect([observations.length, actions.length, successes!.length]).toEqual([steps + 1, steps, steps]);
    rewards.forEach((reward, t) => {
      expect(task.reward(observations[t], actions[t], observations[t + 1])).toBeCloseTo(reward, 12);
      expect(task.isSuccess!(observations[t + 1])).toBe(successes![t]);
      expect(task.isTerminal(observations[t + 1])).toBe(end === "terminal" && t === steps - 1);
    });
    expect(episode.return).toBeCloseTo(
      rewards.reduce((a, b) => a + b, 0),
      12,
    );
    expect(end === "cut").toBe(steps === task.horizon && !task.isTerminal(observations[steps]));
    expect([episode.poses, episode.goalErrors]).toEqual([null, null]);
  }
});

test("an episode depends on its own seed alone, and chance on the stream it is given", async () => {
  const [, four] = await record(plainActor("random", task));
  expect(await record(plainActor("random", task), [4])).toEqual([four]);
});

test("actions are kept as they are executed", async () => {
  const [episode] = await record(() => [99], [3]);
  expect(episode.actions.every(([a]) => a === 3)).toBe(true);
});

test("the zero policy acts 0, or as near as the box allows", async () => {
  expect(await plainActor("zero", task)(new Float64Array(2), seeded(0))).toEqual([0]);
  const far = lineTask({ action: { names: ["push"], low: [1], high: [3] } });
  expect(await plainActor("zero", far)(new Float64Array(2), seeded(0))).toEqual([1]);
});

test("whoever hears of the steps can end the recording", async () => {
  let steps = 0;
  const stop = () => {
    if (++steps === 3) throw new Error("enough");
  };
  await expect(record(plainActor("random", task), [3], stop)).rejects.toThrow("enough");
});

test("with a stage and a goal there are poses and errors of every state", async () => {
  const reacher = createTask("reacher-7dof");
  const stage = await reacher.openStage!();
  const [episode] = await recordEpisodes(
    { task: reacher, stage, act: plainActor("zero", reacher), seeds: [1] },
    seeded(0),
  );
  expect(episode.poses).toHaveLength(51);
  expect(episode.poses![0]).toHaveLength(7 * stage.scene.bodies.length);
  episode.goalErrors!.forEach((error, t) => {
    expect(error).toBeCloseTo(reacher.goalError!.of(episode.observations[t]), 12);
  });
  stage.close();
});

describe("the policy of a snapshot", () => {
  test("plays the episodes that an evaluation scores, by its mean or drawn", async () => {
    const setup = tinySetup("pal", task, compute());
    const [{ snapshot }] = (await playAll(setup, 1)) as [Awaited<ReturnType<typeof playAll>>[number]];
    const parts = { snapshot, settings: setup.settings, task };
    const mean = await snapshotActor(compute(), parts, false);
    const episodes = await record(mean.act, [5, 6, 7]);
    const scores = await evaluatePolicy({ ...parts, compute: compute(), episodes: 3, seed: 5 });
    // An evaluation plays its episodes in one batch, whose rows round differently.
    episodes.forEach((episode, i) => {
      expect(episode.return).toBeCloseTo(scores.returns[i], 4);
      expect(episode.rewards).toHaveLength(scores.lengths[i]);
    });
    expect(episodes.filter(({ success }) => success).length / 3).toBeCloseTo(scores.success!, 9);
    const drawn = await snapshotActor(compute(), parts, true);
    const [one] = await record(drawn.act, [5]);
    expect(one.actions).not.toEqual(episodes[0].actions);
    expect(await record(drawn.act, [5])).toEqual([one]);
    await mean.release();
    await drawn.release();
  });
});
