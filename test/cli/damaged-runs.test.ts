import { expect, test } from "vitest";
import { fuzzDamagedRuns } from "./support/damaged-runs.js";

test("of 200 runs damaged at random, no command fails but in words, and what is whole is kept", async () => {
  expect(await fuzzDamagedRuns(200, 1)).toBe(200);
});
