import { join } from "node:path";
import { expect, test } from "vitest";
import { smallRun } from "../support/fake-runs.js";
import { FAKE } from "../support/odd-fuzz.js";
import { uncaughtDuring } from "../support/process.js";
import { checkAnswers } from "../support/requests.js";
import { useDashboards } from "../support/served.js";

const { folder, serve } = useDashboards();

test("whatever is asked is answered in words and never by an error of ours: 400 random requests", async () => {
  const cwd = folder();
  await smallRun(join(cwd, "runs/one"));
  const uncaught = await uncaughtDuring(async () => {
    const statuses = await checkAnswers(await serve(cwd, FAKE), 400);
    for (const status of [200, 400, 403, 404, 405, 422]) expect(statuses.get(status), `${status}`).toBeGreaterThan(0);
  });
  expect(uncaught).toEqual([]);
});
