import * as fc from "fast-check";
import { expect, test } from "vitest";
import { train } from "../../src/agents/train.js";
import { checkTask } from "../../src/envs/check/check-task.js";
import { StackelbergError } from "../../src/errors/errors.js";
import { cheatingTasks, honestTask } from "../support/cheating-tasks.js";
import { tinySetup } from "../support/tiny-run.js";
import { useCompute } from "../support/use-compute.js";

const CASES = 2000;
const compute = useCompute();

test(`${CASES} tasks that cheat in several ways at once: an error of ours, and a failed check`, async () => {
  const setup = tinySetup("pal", honestTask(), compute());
  await fc.assert(
    fc.asyncProperty(cheatingTasks, async ({ names, task }) => {
      const first = train({ ...setup, task }).next();
      await expect(first, names.join(", ")).rejects.toThrow(StackelbergError);
      expect((await checkTask(task, undefined, { steps: 40 })).passed, names.join(", ")).toBe(false);
    }),
    { numRuns: CASES },
  );
}, 900_000);
