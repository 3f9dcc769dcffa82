import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  gaussianTotalVariation,
  modelTerm,
  stepwiseTerm,
  timeProfile,
  transferTerm,
  windows,
} from "../../src/agents/bound-terms.js";

const delta = fc.double({ min: 0, max: 12, noNaN: true });

describe("D_TV of two Gaussians", () => {
  test("is half the area between their densities", () =>
    fc.assert(
      fc.property(fc.double({ min: 0, max: 6, noNaN: true }), (apart) => {
        let area = 0;
        const h = 1e-3;
        for (let x = -8; x < apart + 8; x += h)
          area += Math.abs(Math.exp(-(x ** 2) / 2) - Math.exp(-((x - apart) ** 2) / 2)) * h;
        expect(gaussianTotalVariation(apart)).toBeCloseTo(area / 2 / Math.sqrt(2 * Math.PI), 5);
      }),
      { numRuns: 20 },
    ));

  test("is within Pinsker's inequality, and the paper's looser one", () =>
    fc.assert(
      fc.property(delta, (d) => {
        const kl = d ** 2 / 2;
        expect(gaussianTotalVariation(d)).toBeLessThanOrEqual(Math.sqrt(kl / 2) + 1e-15);
        expect(Math.sqrt(kl / 2)).toBeLessThanOrEqual(Math.sqrt(kl));
      }),
    ));
});

test("a profile is the mean over samples at each time, then over times; its stretches keep the mean", () => {
  const { byStep, mean, max } = timeProfile([1, 2, 3, 5], [0, 1, 2, 0]);
  expect(byStep).toEqual([3, 2, 3]);
  expect(mean).toBeCloseTo(8 / 3, 12);
  expect(max).toBe(3);
  expect(windows([1, 2, 3, 4, 5, 6], 3)).toEqual([1.5, 3.5, 5.5]);
  expect(windows([1, 2], 10)).toEqual([1, 2]);
});

describe("the terms of Theorem 1", () => {
  test("are the paper's formulas", () => {
    expect(modelTerm(0.04, 3, 0.9)).toBeCloseTo((2 * 0.9 * 0.2 * 3) / 0.01, 9);
    expect(transferTerm(0.05, 3, 0.9)).toBeCloseTo((2 * 3 * 0.9 * 0.05) / 0.01, 9);
    expect(transferTerm(0.5, 3, 0.9)).toBeCloseTo((2 * 3) / 0.1, 9); // a distance is 1 at most
    expect([modelTerm(0, 3, 0.9), transferTerm(0, 3, 0.9), stepwiseTerm([0, 0], 9, 3, 0.9)]).toEqual([0, 0, 0]);
  });

  test("step by step: worst on the worst chain, which leaves for a reward of −R_max with chance ε a step", () =>
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 0.3, noNaN: true }), { minLength: 1, maxLength: 40 }),
        fc.double({ min: 0.5, max: 0.99, noNaN: true }),
        (leaving, discount) => {
          // In W nobody leaves and R = 1; in M one leaves at step t with chance ε_t and has R = −1 ever after.
          let [stay, gap] = [1, 0];
          leaving.forEach((epsilon, t) => {
            stay *= 1 - epsilon;
            gap += discount ** t * 2 * (1 - stay);
          });
          for (let t = leaving.length; t < leaving.length + 20; t++) gap += discount ** t * 2 * (1 - stay); // nobody comes back
          const bound = stepwiseTerm(leaving, leaving.length + 20, 1, discount);
          expect(gap).toBeLessThanOrEqual(bound + 1e-12);
          if (leaving.every((epsilon) => epsilon < 1e-3)) expect(gap).toBeGreaterThan(0.95 * bound - 1e-12); // tight
        },
      ),
    ));

  test("step by step is below the constant form with the same largest D_TV, γ → 1/γ for rewards that see s′", () =>
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 0.01, noNaN: true }), { minLength: 1, maxLength: 60 }),
        fc.double({ min: 0.5, max: 0.99, noNaN: true }),
        (d, discount) => {
          const most = Math.max(...d);
          // Σ γᵗ 2 R (t + 1) ε over all t
          expect(stepwiseTerm(d, 100, 1, discount)).toBeLessThanOrEqual((2 * most) / (1 - discount) ** 2 + 1e-12);
        },
      ),
    ));
});
