import { join } from "node:path";
import { expect, test } from "vitest";
import { smallRun } from "../dashboard/support/fake-runs.js";
import { FAKE, manyOddRuns } from "../dashboard/support/odd-fuzz.js";
import { uncaughtDuring } from "../dashboard/support/process.js";
import { checkAnswers } from "../dashboard/support/requests.js";
import { useDashboards } from "../dashboard/support/served.js";

const { folder, serve } = useDashboards();

test("each of 10,000 random requests is answered in words, and never by an error of ours", async () => {
  const cwd = folder();
  await smallRun(join(cwd, "runs/one"));
  const uncaught = await uncaughtDuring(async () => {
    const statuses = await checkAnswers(await serve(cwd, FAKE), 10_000);
    console.log("10,000 requests; answers by status:", Object.fromEntries(statuses));
  });
  expect(uncaught).toEqual([]);
});

test("each of 2,000 odd runs stops nothing but itself while a page is open", async () => {
  const cwd = folder();
  const uncaught = await uncaughtDuring(async () => manyOddRuns(cwd, await serve(cwd, FAKE), 2000));
  console.log("2,000 odd runs, 10,000 requests for what is in them");
  expect(uncaught).toEqual([]);
});
