import * as fc from "fast-check";
import { expect, test } from "vitest";
import { oddModels, tryModel } from "../../support/odd-models.js";

test("a damaged model works, or is refused with an error of ours, in time", async () => {
  const seen = { works: 0, refused: 0 };
  await fc.assert(
    fc.asyncProperty(oddModels, async (mjcf) => void seen[await tryModel(mjcf)]++),
    { numRuns: 60, endOnFailure: true },
  );
  expect(Math.min(seen.works, seen.refused)).toBeGreaterThan(0); // both kinds were there
});
