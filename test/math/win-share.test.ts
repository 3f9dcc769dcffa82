import fc from "fast-check";
import { expect, test } from "vitest";
import { winShare } from "../../src/math/win-share.js";

const scores = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 8 });

test("both ways together are 1, ties being halves", () => {
  fc.assert(
    fc.property(scores, scores, (a, b) => {
      expect(winShare(a, b) + winShare(b, a)).toBeCloseTo(1, 12);
    }),
  );
});

test("who is always ahead wins always, and equals are even", () => {
  expect(winShare([3, 4], [1, 2])).toBe(1);
  expect(winShare([1], [1])).toBe(0.5);
  expect(() => winShare([], [1])).toThrow(/one side has no values/);
});
