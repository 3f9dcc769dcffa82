import * as fc from "fast-check";
import { expect, test } from "vitest";
import { ConfigError } from "../../src/errors/errors.js";
import { seeded } from "../../src/random/rng.js";
import { distribution, klDivergence, totalVariation } from "../../src/theory/distributions.js";
import { randomDistribution } from "../../src/theory/random-mdp.js";

const pairs = fc
  .record({
    seed: fc.nat(),
    size: fc.integer({ min: 1, max: 6 }),
    peakedness: fc.double({ min: 1, max: 30, noNaN: true }),
  })
  .map(({ seed, size, peakedness }) => {
    const rng = seeded(seed);
    return [randomDistribution(size, peakedness, rng), randomDistribution(size, peakedness, rng)] as const;
  });

test("total variation is the largest difference of an event's probabilities", () => {
  fc.assert(
    fc.property(pairs, ([p, q]) => {
      let largest = 0;
      for (let event = 0; event < 2 ** p.length; event++) {
        const inside = (x: Float64Array) => x.reduce((sum, w, i) => sum + (event & (1 << i) ? w : 0), 0);
        largest = Math.max(largest, Math.abs(inside(p) - inside(q)));
      }
      expect(totalVariation(p, q)).toBeCloseTo(largest, 12);
    }),
  );
});

test("Pinsker: D_TV ≤ √(D_KL / 2)", () => {
  fc.assert(fc.property(pairs, ([p, q]) => totalVariation(p, q) <= Math.sqrt(klDivergence(p, q) / 2) + 1e-9));
});

test("D_KL is 0 of equals, infinite where p meets what q holds for impossible, and 0 log 0 is 0", () => {
  const [p, q] = [Float64Array.of(0.5, 0.5, 0), Float64Array.of(1, 0, 0)];
  expect(klDivergence(p, p)).toBe(0);
  expect(klDivergence(p, q)).toBe(Number.POSITIVE_INFINITY);
  expect(klDivergence(q, p)).toBeCloseTo(Math.log(2), 15);
});

test("what is no distribution is refused, with the place and the sum", () => {
  expect(() => distribution("ρ", [0.5, 0.4])).toThrow(ConfigError);
  expect(() => distribution("ρ", [0.5, 0.4])).toThrow("ρ: probabilities sum to 0.9. Divide them by their sum.");
  expect(() => distribution("ρ", [1.5, -0.5])).toThrow("ρ[0]: 1.5 is not a probability");
  expect(() => distribution("ρ", [Number.NaN, 1])).toThrow("ρ[0]: NaN is not a probability");
});
