import { expect, test } from "vitest";
import { CLAIM_NAMES, smallestSlacks } from "./inequalities.js";

/**
 * Absolute. Returns here are up to 10⁵ = 1/(1 − γ); over 4 × 2000 MDPs rounding took slacks of 0 down to −6e-12, and no
 * further. `npm run test:long` takes 5000 MDPs for each claim.
 */
const ROUNDING = 1e-9;

test.each(CLAIM_NAMES)("%s holds in each of 300 random worlds and models", (name) => {
  const least = smallestSlacks(name, 300, 0);
  for (const [inequality, slack] of least) expect(slack, inequality).toBeGreaterThanOrEqual(-ROUNDING);
});
