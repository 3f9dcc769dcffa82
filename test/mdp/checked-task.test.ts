import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { train } from "../../src/agents/train.js";
import { checkTask } from "../../src/envs/check/check-task.js";
import { createTask } from "../../src/envs/index.js";
import { StackelbergError } from "../../src/errors/errors.js";
import { checkedTask } from "../../src/mdp/checked-task.js";
import type { Task } from "../../src/mdp/task.js";
import { CHEATS, cheatingTasks, honestTask } from "../support/cheating-tasks.js";
import { playAll, tinySetup } from "../support/tiny-run.js";
import { useCompute } from "../support/use-compute.js";

const compute = useCompute();

/** How a training on a task ends: an error, or nothing. */
async function trained(task: Task): Promise<unknown> {
  try {
    const { settings } = tinySetup("pal", honestTask(), compute());
    for await (const _ of train({ ...tinySetup("pal", honestTask(), compute()), task, settings })) break;
    return undefined;
  } catch (error) {
    return error;
  }
}

describe.each(CHEATS)("a task whose $name", ({ change }) => {
  test("is refused by a training, by its name", async () => {
    const error = await trained(change(honestTask()));
    expect(error).toBeInstanceOf(StackelbergError);
    expect((error as Error).message).toMatch(/honest-v0|model player/);
  });

  test("fails check-task, which never throws", async () => {
    const report = await checkTask(change(honestTask()), undefined, { steps: 60 });
    expect(report.passed).toBe(false);
  });
});

test("one that keeps its promises passes, and gives the same numbers as unchecked", async () => {
  expect((await checkTask(honestTask(), undefined, { steps: 200 })).passed).toBe(true);
  expect(await trained(honestTask())).toBeUndefined();
  const hopper = createTask("hopper");
  const same = checkedTask(hopper);
  expect(checkedTask(same)).toBe(same);
  const [one] = await playAll(tinySetup("pal", hopper, compute()), 1);
  const [other] = await playAll(tinySetup("pal", same, compute()), 1);
  expect(other.metrics).toEqual(one.metrics);
});

test("any mixture of cheats ends in an error of ours", () =>
  fc.assert(
    fc.asyncProperty(cheatingTasks, async ({ task }) => {
      const error = await trained(task);
      expect(error).toBeInstanceOf(StackelbergError);
    }),
    { numRuns: 60 },
  ));
