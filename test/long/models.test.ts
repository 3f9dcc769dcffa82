import * as fc from "fast-check";
import { test } from "vitest";
import { oddModels, tryModel } from "../support/odd-models.js";

const CASES = 3000;

test(`${CASES} damaged models work, or are refused with an error of ours, within 20 s each`, async () => {
  const seen = { works: 0, refused: 0 };
  await fc.assert(
    fc.asyncProperty(oddModels, async (mjcf) => void seen[await tryModel(mjcf)]++),
    { numRuns: CASES, endOnFailure: true },
  );
  console.info(`models: ${seen.works} worked, ${seen.refused} were refused`);
}, 900_000);
