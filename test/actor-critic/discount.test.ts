import fc from "fast-check";
import { expect, test } from "vitest";
import { discountAfter } from "../../src/actor-critic/discount.js";

const SCHEDULE = { discount: 0.997, initialDiscount: 0.99, discountFrom: 100, discountTo: 300 };
const horizonAfter = (updates: number) => 1 / (1 - discountAfter(SCHEDULE, updates));

test("γ is the first until the horizon begins to grow, and the last once it has grown", () => {
  for (const updates of [0, 99, 100]) expect(discountAfter(SCHEDULE, updates)).toBe(0.99);
  for (const updates of [300, 301, 1e9]) expect(discountAfter(SCHEDULE, updates)).toBe(0.997);
});

test("between, the horizon grows by the same factor with each update: half way it is the geometric mean", () => {
  expect(horizonAfter(200)).toBeCloseTo(Math.sqrt(100 * (1 / 0.003)), 6);
  fc.assert(
    fc.property(fc.integer({ min: 101, max: 298 }), (at) => {
      const factors = [horizonAfter(at) / horizonAfter(at - 1), horizonAfter(at + 1) / horizonAfter(at)];
      expect(factors[1]).toBeCloseTo(factors[0], 9);
      expect(factors[0]).toBeGreaterThan(1);
    }),
  );
});

test("a jump: from = to", () => {
  const jump = { ...SCHEDULE, discountTo: 100 };
  expect([99, 100, 101].map((updates) => discountAfter(jump, updates))).toEqual([0.99, 0.997, 0.997]);
});

test("no first γ, or one that is not less than the last: the last all along", () => {
  for (const initialDiscount of [null, 0.997, 0.999])
    for (const updates of [0, 200, 400]) expect(discountAfter({ ...SCHEDULE, initialDiscount }, updates)).toBe(0.997);
});
