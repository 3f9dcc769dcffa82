import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { seeded } from "../../src/random/rng.js";
import { expectation } from "../../src/theory/distributions.js";
import { actionValues, expectedReturn, values } from "../../src/theory/expected-return.js";
import { chainOf, deterministicPolicy, finiteMdp } from "../../src/theory/finite-mdp.js";
import { globalModelError, modelLoss, supremumOverTime } from "../../src/theory/model-error.js";
import { policyIteration } from "../../src/theory/policy-iteration.js";
import { randomOptions, randomPairing } from "../../src/theory/random-mdp.js";
import {
  averageVisitation,
  discountedStates,
  discountedVisitation,
  marginals,
  marginalVisitations,
  visitationDistance,
} from "../../src/theory/visitation.js";

/** A world, a model and a policy, with γ at most 0.95 so that sums over time can be taken. */
const pairings = fc.nat().map((seed) => {
  const rng = seeded(seed);
  const options = randomOptions(rng.stream("options"));
  return randomPairing({ ...options, discount: Math.min(options.discount, 0.95) }, rng.stream("pairing"));
});
const LONG = 700; // 0.95^700 = 3e-16

describe("two ways to one number", () => {
  test("J(π, W) is the discounted sum of expected rewards over time", () => {
    fc.assert(
      fc.property(pairings, ({ policy, world }) => {
        const over = marginals(chainOf(policy, world), world.initial, LONG);
        const sum = over.reduce((total, p, t) => total + world.discount ** t * expectation(p, world.rewards), 0);
        expect(expectedReturn(policy, world)).toBeCloseTo(sum, 10);
      }),
    );
  });

  test("J(π, W) is 1/(1 − γ) times the reward expected under discounted visitation", () => {
    fc.assert(
      fc.property(pairings, ({ policy, world }) => {
        const states = discountedStates(policy, world);
        expect(expectedReturn(policy, world)).toBeCloseTo(
          expectation(states, world.rewards) / (1 - world.discount),
          10,
        );
      }),
    );
  });

  test("discounted visitation is the weighted sum of the marginal ones, average visitation their mean", () => {
    fc.assert(
      fc.property(pairings, ({ policy, world }) => {
        const all = marginalVisitations(policy, world, LONG);
        const discounted = discountedVisitation(policy, world);
        const average = averageVisitation(policy, world, 5);
        discounted.forEach((row, s) => {
          row.forEach((x, a) => {
            const sum = all.reduce((total, mu, t) => total + (1 - world.discount) * world.discount ** t * mu[s][a], 0);
            expect(x).toBeCloseTo(sum, 12);
            const mean = all.slice(0, 5).reduce((total, mu) => total + mu[s][a] / 5, 0);
            expect(average[s][a]).toBeCloseTo(mean, 12);
          });
        });
      }),
      { numRuns: 30 },
    );
  });

  test("policy iteration finds the best of all deterministic policies", () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const rng = seeded(seed);
        const options = { ...randomOptions(rng.stream("options")), states: 4, actions: 3 };
        const { world } = randomPairing(options, rng.stream("pairing"));
        let best = Number.NEGATIVE_INFINITY;
        for (let i = 0; i < 3 ** 4; i++) {
          const choice = [0, 1, 2, 3].map((s) => Math.floor(i / 3 ** s) % 3);
          best = Math.max(best, expectedReturn(deterministicPolicy(3, choice), world));
        }
        expect(policyIteration(world).expectedReturn).toBeCloseTo(best, 9);
      }),
      { numRuns: 60 },
    );
  });

  test("at the optimum no action is better than the policy's own: V = max_a Q", () => {
    fc.assert(
      fc.property(pairings, ({ world }) => {
        const { values: best } = policyIteration(world);
        actionValues(world, best).forEach((q, s) => {
          expect(Math.max(...q)).toBeCloseTo(best[s], 10);
        });
      }),
    );
  });
});

test("γ near 1 costs no digits: a reward of 1 everywhere is worth 1/(1 − γ) to 13 digits", () => {
  fc.assert(
    fc.property(fc.nat(), fc.double({ min: 1, max: 12, noNaN: true }), (seed, nines) => {
      const options = {
        states: 6,
        actions: 1,
        discount: 1 - 10 ** -nines,
        peakedness: 20,
        leastProbability: 0,
        modelNoise: 0,
      };
      const { world, policy } = randomPairing(options, seeded(seed));
      const paid = { ...world, rewards: new Float64Array(6).fill(1) };
      for (const v of values(policy, paid)) expect(v * (1 - world.discount)).toBeCloseTo(1, 13);
    }),
  );
});

test("ℓ is 0 for the world itself, and infinite where the policy meets what the model holds for impossible", () => {
  const common = { rewards: [0, 0], discount: 0.5, initial: [1, 0] };
  const world = finiteMdp({ ...common, transitions: [[[0.5, 0.5]], [[0, 1]]] });
  const sure = finiteMdp({ ...common, transitions: [[[1, 0]], [[0, 1]]] });
  const visited = discountedVisitation(deterministicPolicy(1, [0, 0]), world);
  expect(modelLoss(world, world, visited)).toBe(0);
  expect(modelLoss(world, sure, visited)).toBe(Number.POSITIVE_INFINITY);
  expect(globalModelError(world, sure)).toBe(0.5);
  expect(visitationDistance(visited, visited)).toBe(0);
});

describe("the supremum over time", () => {
  const f = Float64Array.of(0, 0, 1);
  test("sees the one bad moment of a deterministic cycle, and nothing that cannot be reached", () => {
    const cycle = [Float64Array.of(0, 1, 0), Float64Array.of(1, 0, 0), Float64Array.of(0, 0, 1)];
    expect(supremumOverTime(cycle, Float64Array.of(1, 0, 0), f)).toEqual({ least: 0, most: 0 });
    const longer = [Float64Array.of(0, 1, 0), Float64Array.of(0, 0, 1), Float64Array.of(1, 0, 0)];
    expect(supremumOverTime(longer, Float64Array.of(1, 0, 0), f)).toEqual({ least: 1, most: 1 });
  });

  test("is the limit where the chain drifts there, and the brackets hold every time in between", () => {
    fc.assert(
      fc.property(pairings, ({ policy, world }) => {
        const chain = chainOf(policy, world);
        const { least, most } = supremumOverTime(chain, world.initial, world.rewards.map(Math.abs));
        const seen = marginals(chain, world.initial, 300).map((p) => expectation(p, world.rewards.map(Math.abs)));
        expect(least).toBeLessThanOrEqual(most);
        expect(Math.max(...seen)).toBeLessThanOrEqual(most + 1e-12);
      }),
    );
    const drift = [Float64Array.of(0.9, 0.1), Float64Array.of(0, 1)];
    expect(supremumOverTime(drift, Float64Array.of(1, 0), Float64Array.of(0, 1)).least).toBeCloseTo(1, 10);
  });
});
