import { describe, expect, test } from "vitest";
import { ConfigError } from "../../src/errors/errors.js";
import { seeded } from "../../src/random/rng.js";
import { equilibriumBound } from "../../src/theory/equilibrium-bound.js";
import { errorAmplification } from "../../src/theory/error-amplification.js";
import { performanceDifference } from "../../src/theory/performance-difference.js";
import { randomPairing } from "../../src/theory/random-mdp.js";
import { simulationLemma } from "../../src/theory/simulation-lemma.js";
import { leakingClock, leakingWorld, lostBet, misjudgedRoad } from "../../src/theory/worst-cases.js";

describe("how tight the bounds are", () => {
  test.each([
    [0.5, 0.1],
    [0.9, 0.01],
    [0.99, 1e-4],
    [0.999, 1e-6],
  ])(
    "Lemma 1 at γ = %d, ε = %d: the sharper form is attained, the paper's but for 1 + γε/(1 − γ)",
    (discount, epsilon) => {
      const { policy, world, model } = leakingWorld(epsilon, discount);
      const { left, right, sharper } = simulationLemma(policy, world, model);
      expect(sharper.left / sharper.right).toBeCloseTo(1, 10);
      expect(right / left).toBeCloseTo(1 + (discount * epsilon) / (1 - discount), 10);
    },
  );

  test("Lemma 2 is attained at every time up to 1/ε", () => {
    const { first, second, steady, initial } = leakingClock(0.02, 50);
    const { overTime, stepError } = errorAmplification(first, second, initial, 50);
    const leaking = errorAmplification(second, steady, initial, 50).overTime;
    leaking.forEach(({ left }, t) => void expect(left).toBeCloseTo(1 - 0.98 ** t, 12));
    expect(stepError).toBeCloseTo(0.02, 12);
    overTime.forEach(({ left }, t) => void expect(left).toBeCloseTo(0.02 * t, 12));
  });

  test("Lemma 3 comes within 1 % where ε is a hundredth of 1 − γ", () => {
    const { policy, world, model } = leakingWorld(1e-4, 0.99);
    const { left, right, visitation, modelError } = performanceDifference(policy, world, model);
    expect(modelError.least).toBe(modelError.most);
    expect(modelError.most).toBeCloseTo(1e-4, 15);
    expect(left / right).toBeGreaterThan(0.99);
    expect(visitation.left / visitation.right).toBeGreaterThan(0.99);
  });

  test("Theorem 1: the transfer term is attained by an equilibrium that takes the wrong road", () => {
    const { policy, world, model } = misjudgedRoad(0.9);
    const result = equilibriumBound(policy, world, model);
    expect(result.modelError).toEqual({ least: 0, most: 0 });
    expect(result.policyGap).toBe(0);
    expect(result.left).toBeCloseTo((2 * 0.9) / (1 - 0.9), 12);
    expect(result.right).toBeCloseTo(result.left, 12);
  });

  test("Theorem 1: planning is attained by a bad policy in a perfect model", () => {
    const options = { states: 4, actions: 3, discount: 0.9, peakedness: 1, leastProbability: 0, modelNoise: 0 };
    const { policy, world } = randomPairing(options, seeded(0));
    const result = equilibriumBound(policy, world, world);
    expect(result.left).toBeGreaterThan(0.1);
    expect(result.right).toBeCloseTo(result.left, 12);
  });

  test("Theorem 1: the lost bet costs half of what the chain rule allows, whatever γ; the paper's form grows away", () => {
    for (const discount of [0.9, 0.99, 0.999]) {
      const { policy, world, model } = lostBet(1e-3, discount);
      const result = equilibriumBound(policy, world, model);
      expect(result.policyGap).toBeCloseTo(0, 9);
      expect(result.transferDistance).toBeCloseTo(0, 12);
      expect(result.left).toBeCloseTo(result.modelling.left, 9); // all of the gap is modelling
      expect(result.chainRule.left / result.chainRule.right).toBeCloseTo(0.5, 3);
      expect(result.modelling.left / result.modelling.right).toBeLessThan(0.5 * Math.sqrt(1 - discount));
    }
  });

  test("an infinite divergence makes Theorem 1 say nothing, not NaN", () => {
    const { policy, world, model } = leakingWorld(1, 0.9);
    const result = equilibriumBound(policy, model, world); // the model never leaks, the world does
    expect(result.modelError.most).toBe(Number.POSITIVE_INFINITY);
    expect(result.right).toBe(Number.POSITIVE_INFINITY);
    expect(result.left).not.toBeNaN();
  });
});

test("constructions refuse what is no probability", () => {
  expect(() => leakingWorld(1.5, 0.9)).toThrow(ConfigError);
  expect(() => leakingClock(0.1, 11)).toThrow("leakingClock.epsilon · steps: must be from 0 to 1");
  expect(() => lostBet(0.6, 0.9)).toThrow("lostBet.edge");
});
