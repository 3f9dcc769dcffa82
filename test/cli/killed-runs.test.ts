import { expect, test } from "vitest";
import { temporaryDirectory } from "../runs/support/fake.js";
import { killAtRandom } from "./support/killed-runs.js";

test("runs killed at random, while rivals resume them, end bit for bit like one that was never touched", async () => {
  expect(await killAtRandom(temporaryDirectory(), 4, 1)).toBeGreaterThanOrEqual(2);
});
