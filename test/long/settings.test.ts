import { expect, test } from "vitest";
import { INPUT_KINDS, tryInputs, tryPatches } from "../cli/odd-input.js";

test.each(INPUT_KINDS)("1500 random %s: taken, or refused in words", async (kind) => {
  const tried = await tryInputs(kind, 1500, 1);
  console.log(
    `${kind}: ${tried.cases} cases, ${tried.refused} refused, the slowest took ${tried.slowest.toFixed(2)} s`,
  );
  expect(tried.cases).toBe(1500);
});

test("20,000 random patches of the settings: taken, or refused in words", () => {
  const tried = tryPatches(20_000, 1);
  console.log(
    `patches: ${tried.cases} cases, ${tried.refused} refused, the slowest took ${tried.slowest.toFixed(2)} s`,
  );
  expect(tried.refused).toBeLessThan(tried.cases);
});
