import { expect, test } from "vitest";
import { createTask } from "../../src/envs/index.js";
import { REPLAY_FORMAT, type Replay, replayJson, replayTask } from "../../src/mdp/replay.js";

const episode = {
  seed: 1,
  return: 1 / 3,
  success: null,
  end: "cut",
  observations: [[Math.PI * 1e6], [Math.PI / 1e6]],
  actions: [[1 / 3]],
  rewards: [2 / 3],
  successes: null,
  goalErrors: [Number.NaN, 0.5],
  poses: [[1.23456, -1e-9]],
} as const;
const replay: Replay = {
  format: REPLAY_FORMAT,
  task: replayTask(createTask("reacher-7dof")),
  policy: "zero",
  scene: null,
  episodes: [episode],
};

test("numbers keep six digits that count, poses a tenth of a millimetre; what JSON cannot say is null", () => {
  const [read] = JSON.parse(replayJson(replay)).episodes;
  expect(read).toEqual({
    ...episode,
    observations: [[3141590], [0.00000314159]],
    actions: [[0.333333]],
    rewards: [0.666667],
    goalErrors: [null, 0.5],
    poses: [[1.2346, 0]],
  });
});

test("a replay names what its numbers are, so that nobody needs the task to read it", () => {
  const { task } = JSON.parse(replayJson(replay)) as Replay;
  expect(task).toMatchObject({ id: "reacher-7dof-v0", controlStep: 0.04, goalError: "distance to the goal [m]" });
  expect([task.observation.length, task.action.length]).toEqual([20, 7]);
});
