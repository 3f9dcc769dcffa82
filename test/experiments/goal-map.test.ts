import { describe, expect, test } from "vitest";
import { ConfigError } from "../../src/errors/errors.js";
import { goalMap } from "../../src/experiments/goal-map.js";
import type { Task } from "../../src/mdp/task.js";
import { ensembleModel } from "../../src/model/ensemble-model.js";
import { actingNet } from "../../src/policy/gaussian-policy.js";
import { LINE, linearEnsemble, lineTask, PUSH } from "../support/line-task.js";
import { somePolicy } from "../support/some-policy.js";
import { useCompute } from "../support/use-compute.js";

const compute = useCompute();
const away = (s: ArrayLike<number>) => Math.abs(s[0] - s[1]);
const task = lineTask({ isTerminal: () => false, goalError: { name: "distance [m]", of: away } });
/** Moves the point by `factor` times what the action does. */
const member = (factor: number) => [Float64Array.of(0, 0, factor * PUSH), LINE[1]];
const map = (factors: readonly number[], of: Task = task, regions = 3) =>
  goalMap({
    compute: compute(),
    task: of,
    policy: actingNet(somePolicy({ observationSize: 2, hidden: [4], actionSize: 1 }, 3)),
    model: ensembleModel(linearEnsemble(factors.map(member))),
    episodes: 40,
    seed: 5,
    regions,
  });

describe("the map of goals", () => {
  test("has every episode once, in regions that follow each other from the nearest goal to the farthest", async () => {
    const regions = await map([1]);
    expect(regions.reduce((sum, { episodes }) => sum + episodes, 0)).toBe(40);
    for (const [i, { from, to }] of regions.entries()) {
      expect(to).toBeGreaterThan(from);
      if (i > 0) expect(from).toBeCloseTo(regions[i - 1].to, 12);
    }
    expect(regions.at(-1)!.to).toBeGreaterThan(1); // goals are up to 2 m away
  });

  test("says the same of world and model where the model is the world", async () => {
    for (const { world, model } of await map([1, 1])) {
      expect(model!.return).toBeCloseTo(world.return, 3); // float32 in M
      expect(model!.error).toBeCloseTo(world.error, 4);
      expect([model!.success, model!.ended]).toEqual([world.success, world.ended]);
    }
  });

  test("tells what a model that is wrong promises, mean over its members", async () => {
    const [[still], [both], [right]] = [await map([0], task, 1), await map([0, 1], task, 1), await map([1], task, 1)];
    expect(still.model!.error).not.toBeCloseTo(still.world.error, 1);
    expect(both.model!.error).toBeCloseTo((still.model!.error + right.model!.error) / 2, 6);
    expect(both.world).toEqual(right.world);
  });

  test("counts episodes that end early, in both", async () => {
    const narrow = lineTask({ isTerminal: (s) => Math.abs(s[0]) > 1, goalError: task.goalError! });
    const [{ world, model }] = await map([1], narrow, 1);
    expect(world.ended).toBeGreaterThan(0);
    expect(model!.ended).toBe(world.ended);
  });

  test("is refused where the task does not say how far a goal is", async () => {
    await expect(map([1], lineTask())).rejects.toThrow(ConfigError);
  });
});
