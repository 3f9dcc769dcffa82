import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { worstMemberWeights } from "../../src/npg/worst-members.js";

const returns = fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 1, maxLength: 8 });
const share = fc.double({ min: 0, max: 1, noNaN: true });
const dot = (w: Float64Array, x: readonly number[]) => w.reduce((total, wi, i) => total + wi * x[i], 0);

describe("shares of the members in CVaR_α", () => {
  test("at α = 1 all are alike, to the bit, whatever their number", () => {
    for (let members = 1; members <= 12; members++) {
      const weights = worstMemberWeights(
        Array.from({ length: members }, (_, i) => (7 * i) % 5),
        1,
      );
      expect(weights).toEqual(new Float64Array(members).fill(1 / members));
    }
  });

  test("at α ≤ 1/members the worst has it all, the first of equals", () => {
    for (const alpha of [0, 0.1, 0.25]) {
      expect(Array.from(worstMemberWeights([3, 1, 2, 1], alpha))).toEqual([0, 1, 0, 0]);
    }
  });

  test("in between the worst have equal shares, the last of them what is left", () => {
    expect(Array.from(worstMemberWeights([30, 10, 20, 40], 0.5))).toEqual([0, 0.5, 0.5, 0]);
    const weights = worstMemberWeights([30, 10, 20, 40], 0.6); // 1/2.4 each
    expect(weights[1]).toBeCloseTo(5 / 12, 12);
    expect(weights[2]).toBeCloseTo(5 / 12, 12);
    expect(weights[0]).toBeCloseTo(2 / 12, 12);
    expect(weights[3]).toBe(0);
  });

  test("are the least of all means with shares of at most 1/(α · members): CVaR as a worst case", () =>
    fc.assert(
      fc.property(returns, share, fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), (x, alpha, draws) => {
        const weights = worstMemberWeights(x, alpha);
        const most = 1 / Math.max(1, alpha * x.length);
        expect(weights.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 9);
        for (const w of weights) expect(w).toBeLessThanOrEqual(most + 1e-12);
        // Any other shares: fill up in a random order.
        const order = x.map((_, i) => ({ i, key: draws.next().value! })).sort((a, b) => a.key - b.key);
        const other = new Float64Array(x.length);
        let left = 1;
        for (const { i } of order) left -= other[i] = Math.min(most, left);
        expect(dot(weights, x)).toBeLessThanOrEqual(dot(other, x) + 1e-9);
      }),
    ));

  test("equals the tail formula max_b b − E[(b − J)₊]/α", () =>
    fc.assert(
      fc.property(returns, fc.double({ min: 0.05, max: 1, noNaN: true }), (x, drawn) => {
        const alpha = Math.max(drawn, 1 / x.length); // below, the worst alone
        const tail = (b: number) => b - x.reduce((total, j) => total + Math.max(0, b - j), 0) / x.length / alpha;
        expect(dot(worstMemberWeights(x, alpha), x)).toBeCloseTo(Math.max(...x.map(tail)), 8);
      }),
    ));
});
