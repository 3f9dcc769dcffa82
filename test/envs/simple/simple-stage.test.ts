import { describe, expect, test } from "vitest";
import { defineTask, type TaskDefinition } from "../../../src/envs/simple/define-task.js";
import { ConfigError, WorldError } from "../../../src/errors/errors.js";
import { lineTask, PUSH } from "../../support/line-task.js";

const scene = { geoms: [{ body: "point", shape: "sphere", size: [0.1] }] } as const;
const pose: NonNullable<TaskDefinition["pose"]> = (s) => ({ point: { position: [s[0], 0, s[1]] } });
const at = (poses: Float32Array) => Array.from(poses.subarray(7, 10));

test("bodies stand where pose puts them, from observations and from saved states alike", async () => {
  const task = lineTask({ scene, pose });
  const [stage, world] = [await task.openStage!(), await task.createWorld()];
  const { observation } = world.reset({ seed: 3 });
  const start = at(stage.posesOfState(world.saveState()));
  expect(start).toEqual([observation[0], 0, observation[1]].map(Math.fround));
  const step = world.step([0.5]);
  const moved = at(stage.posesOfState(world.saveState()));
  expect(moved[0] - start[0]).toBeCloseTo(0.5 * PUSH, 6);
  expect(at(stage.posesOfObservation!(step.observation))).toEqual(moved);
});

test("a state that is hidden from the observation is seen through `observe`", async () => {
  const dynamics = {
    start: () => [3],
    step: (state: Float64Array) => state,
    observe: ([x]: Float64Array) => [2 * x, 0],
  };
  const task = lineTask({ scene, pose, dynamics });
  const [stage, world] = [await task.openStage!(), await task.createWorld()];
  world.reset();
  expect(at(stage.posesOfState(world.saveState()))).toEqual([6, 0, 0]);
});

test.each([[null], [undefined], [5]])("an observation that is %o is refused", async (seen) => {
  const dynamics = { start: () => [3], step: (state: Float64Array) => state, observe: () => seen as never };
  const opened = lineTask({ scene, pose, dynamics }).openStage!();
  await expect(opened).rejects.toThrow(WorldError);
  await expect(opened).rejects.toThrow(/observe: gave .*Give a row of numbers/);
});

test("a task without scene has no stage; one's own stage is taken as it is", async () => {
  expect(lineTask().openStage).toBeUndefined();
  const own = await lineTask({ scene, pose }).openStage!();
  const task = lineTask({ openStage: async () => own });
  expect(await task.openStage!()).toBe(own);
});

describe("is refused:", () => {
  const wrong = (changes: Partial<TaskDefinition>) => () => lineTask(changes);
  test.each<[string, () => unknown, RegExp]>([
    ["a scene without pose", wrong({ scene }), /line-v0: has scene\. A picture is given by scene and pose together/],
    ["a pose without scene", wrong({ pose }), /has pose/],
    ["scene and openStage", wrong({ scene, pose, openStage: async () => Promise.reject() }), /scene, pose, openStage/],
    ["a scene for a world of one's own", () => defineTask(withWorld), /scene, pose, createWorld/],
  ])("%s", (_, make, message) => {
    expect(make).toThrow(ConfigError);
    expect(make).toThrow(message);
  });
  test("a pose of a body without solids", async () => {
    await expect(lineTask({ scene, pose: () => ({ pint: {} }) }).openStage!()).rejects.toThrow(/Did you mean "point"/);
  });
});

const withWorld: TaskDefinition = {
  id: "own-v0",
  observation: { names: ["x"] },
  action: { names: ["a"], low: [-1], high: [1] },
  horizon: 5,
  controlStep: 1,
  reward: () => 0,
  createWorld: () => Promise.reject(new Error("never made")),
  scene,
  pose,
};
