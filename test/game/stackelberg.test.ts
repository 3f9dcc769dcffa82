import { describe, expect, test } from "vitest";
import { ConfigError, DivergenceError } from "../../src/errors/errors.js";
import { implicitGradient, type SmoothGame, unrolledGradient } from "../../src/game/stackelberg.js";

/** L_A = ½|x|² + Σ y, L_B = ½ Σ hᵢ yᵢ² − Σ xᵢ yᵢ: y* = x / h, so dL_A/dx = x + 1/h. */
const diagonal = (h: readonly number[]): SmoothGame => ({
  leaderGradient: (x) => x,
  crossGradient: (_, y) => y.map(() => 1),
  followerGradient: (x, y) => y.map((entry, i) => h[i] * entry - x[i]),
  followerHessian: () => (v) => v.map((entry, i) => h[i] * entry),
  mixedProduct: () => (v) => v.map((entry) => -entry),
});
const x = Float64Array.of(1, 2);
const CG = { iterations: 10, tolerance: 1e-10 };

test("the total gradient is the direct part and what the follower's answer adds", async () => {
  const { gradient, direct, indirect } = await implicitGradient(diagonal([2, 4]), x, Float64Array.of(0.5, 0.5), CG);
  expect([...direct]).toEqual([1, 2]);
  expect(indirect[0]).toBeCloseTo(0.5, 12);
  expect(indirect[1]).toBeCloseTo(0.25, 12);
  expect(gradient[0]).toBeCloseTo(1.5, 12);
});

describe("what has no smooth answer is refused", () => {
  test.each([
    ["singular", [2, 0]],
    ["indefinite", [2, -1]],
    ["not a number", [2, Number.NaN]],
  ])("a follower's Hessian that is %s", async (_, h) => {
    const gradient = implicitGradient(diagonal(h), x, x, CG);
    await expect(gradient).rejects.toThrow(DivergenceError);
    await expect(gradient).rejects.toThrow("implicitGradient, the follower's Hessian: is singular");
  });

  test("too few iterations for the tolerance", async () => {
    await expect(implicitGradient(diagonal([1, 100]), x, x, { ...CG, iterations: 1 })).rejects.toThrow(
      "after 1 of 1 iterations",
    );
  });

  test("a follower that runs away, and no steps at all", async () => {
    const start = new Float64Array(2);
    await expect(unrolledGradient(diagonal([1, 1e6]), x, start, { steps: 200, stepSize: 1 })).rejects.toThrow(
      DivergenceError,
    );
    await expect(unrolledGradient(diagonal([1, 1]), x, start, { steps: 0, stepSize: 1 })).rejects.toThrow(ConfigError);
  });
});

test("unrolled: where the follower has settled it is the implicit gradient, after one step it is that step's", async () => {
  const start = new Float64Array(2);
  const one = await unrolledGradient(diagonal([2, 4]), x, start, { steps: 1, stepSize: 0.1 });
  expect([...one.indirect]).toEqual([0.1, 0.1]); // y_1 = 0.1 x
  const many = await unrolledGradient(diagonal([2, 4]), x, start, { steps: 200, stepSize: 0.2 });
  expect(many.follower[1]).toBeCloseTo(0.5, 12);
  expect(many.indirect[0]).toBeCloseTo(0.5, 12);
});
