import { expect, test } from "vitest";
import { temporaryDirectory } from "../runs/support/fake.js";
import { killSuites } from "./support/killed-suites.js";

test("a suite of which command and runs are killed at random ends bit for bit like one that was never touched", async () => {
  expect(await killSuites(temporaryDirectory(), 3, 1)).toBeGreaterThanOrEqual(1);
}, 600_000);
