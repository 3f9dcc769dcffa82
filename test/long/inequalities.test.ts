import { expect, test } from "vitest";
import { CLAIM_NAMES, smallestSlacks } from "../theory/inequalities.js";

test.each(CLAIM_NAMES)("%s holds in each of 5000 random worlds and models", (name) => {
  const least = smallestSlacks(name, 5000, 1);
  for (const [inequality, slack] of least) expect(slack, inequality).toBeGreaterThanOrEqual(-1e-9);
});
