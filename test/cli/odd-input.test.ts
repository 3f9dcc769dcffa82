import { expect, test } from "vitest";
import { INPUT_KINDS, tryInputs, tryPatches } from "./odd-input.js";

// `npm run test:long` takes thousands of each.
test.each(INPUT_KINDS)("80 random %s: taken, or refused in words", async (kind) => {
  const { cases, refused } = await tryInputs(kind, 80, 0);
  expect(cases).toBe(80);
  expect(refused).toBeGreaterThan(20);
});

test("200 random patches of the settings: taken, or refused in words", () => {
  const { refused } = tryPatches(200, 0);
  expect(refused).toBeGreaterThan(50);
  expect(refused).toBeLessThan(200);
});
