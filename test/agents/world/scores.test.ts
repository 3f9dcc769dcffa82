import { describe, expect, test } from "vitest";
import { playEpisodes } from "../../../src/agents/world/play.js";
import { worldPool } from "../../../src/agents/world/pool.js";
import type { TaskDefinition } from "../../../src/envs/simple/define-task.js";
import { episodesOnLine, lineActor } from "../../support/line-actor.js";
import { lineTask } from "../../support/line-task.js";
import { useCompute } from "../../support/use-compute.js";

const compute = useCompute();
const play = episodesOnLine(compute);

describe("scores of episodes:", () => {
  // The point moves right by 0.2 from 0: after step t it is at 0.2 t. Twelve steps, of which the last five count.
  const from0: Partial<TaskDefinition> = { dynamics: { start: () => [0, 0], step: ([x]) => [x + 0.2, 0] } };
  test.each([
    ["in the last step", (t: number) => t === 12, true],
    ["five steps before the end", (t: number) => t === 8, true],
    ["six steps before the end", (t: number) => t === 7, false],
    ["never", () => false, false],
    ["all the time", () => true, true],
  ])("success %s", async (_, succeeds, expected) => {
    const isSuccess = (next: ArrayLike<number>) => succeeds(Math.round(next[0] / 0.2));
    const { successes, lengths } = await play([0], "mean", { ...from0, isTerminal: () => false, isSuccess });
    expect([successes, lengths]).toEqual([[expected], [12]]);
  });

  test("success is what the task's own rule says, of the states after all steps in their order", async () => {
    const heard: (readonly boolean[])[] = [];
    const changes: Partial<TaskDefinition> = {
      ...from0,
      isTerminal: () => false,
      isSuccess: (next) => Math.round(next[0] / 0.2) === 3,
      episodeSuccess(successes) {
        heard.push(successes);
        return successes[2];
      },
    };
    expect((await play([0, 1], "mean", changes)).successes).toEqual([true, true]);
    expect(heard).toEqual([0, 1].map(() => Array.from({ length: 12 }, (_, i) => i === 2)));
  });

  test("the distance to the goal is averaged over the states after each step, and given for the last", async () => {
    const goalError = { name: "way [m]", of: (s: ArrayLike<number>) => Math.abs(s[0]) };
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
    const world = (await pool.worlds(1))[0];
    const step = world.step.bind(world);
    world.step = (action) => ({ ...step(action), info: {} });
    const acting = await lineActor(compute());
    const scores = await playEpisodes(acting, pool, { starts: [0], noise: "mean" });
    await acting.release();
    pool.close();
    expect(scores.successes).toBeNull();
  });
});
