import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DivergenceError } from "../../src/errors/errors.js";
import { dot, norm, scale, type Vector } from "../../src/math/vector.js";
import { naturalStep } from "../../src/npg/natural-step.js";
import { type Matrix, matrix, product, solve, spd, times, transposed, vector } from "../support/linear-algebra.js";

const DELTA = 0.05;
const settings = { normalizedStepSize: DELTA, cgIterations: 10 };
const map = (F: Matrix) => (v: Vector) => times(F, v);

describe("a natural step", () => {
  test("has the same length √δ in the Fisher metric, whatever g and F, however far the solver came", () =>
    fc.assert(
      fc.asyncProperty(vector(5), spd(5), fc.integer({ min: 1, max: 10 }), async (g, F, cgIterations) => {
        fc.pre(norm(g) > 1e-3);
        const { step } = await naturalStep(g, map(F), { ...settings, cgIterations });
        // gᵀx = xᵀFx holds at every step of conjugate gradients, as their residual is orthogonal to x.
        expect(dot(step, times(F, step))).toBeCloseTo(DELTA, 8); // ΔθᵀFΔθ = δ
        expect(dot(g, step)).toBeGreaterThan(0);
      }),
    ));

  test("is √(δ / gᵀF⁻¹g) · F⁻¹g", () =>
    fc.assert(
      fc.asyncProperty(vector(5), spd(5), async (g, F) => {
        fc.pre(norm(g) > 1e-3);
        const direction = solve(F, g);
        const length = Math.sqrt(DELTA / dot(g, direction));
        const { step, stepLength, cgResidual, cgValue } = await naturalStep(g, map(F), settings);
        expect(stepLength / length).toBeCloseTo(1, 8);
        expect(Array.from(step)).toEqual(Array.from(scale(direction, length), (x) => expect.closeTo(x, 8)));
        expect(cgResidual).toBeLessThan(1e-7);
        expect(cgValue / dot(g, direction)).toBeCloseTo(-0.5, 8);
      }),
    ));

  test("does not depend on how the policy is parametrised: with θ = Bφ, Δθ = BΔφ", () =>
    fc.assert(
      fc.asyncProperty(vector(4), spd(4), matrix(4), async (g, F, noise) => {
        fc.pre(norm(g) > 1e-3);
        const B = noise.map((row, i) => row.map((x, j) => 0.2 * x + (i === j ? 2 : 0))); // diagonally dominant
        const inB = await naturalStep(times(transposed(B), g), map(product(transposed(B), product(F, B))), settings);
        const { step } = await naturalStep(g, map(F), settings);
        expect(Array.from(times(B, inB.step))).toEqual(Array.from(step, (x) => expect.closeTo(x, 6)));
      }),
    ));

  test("does not depend on the size of the gradient", async () => {
    const g = Float64Array.of(1, -2, 0.5);
    const F: Matrix = [Float64Array.of(2, 1, 0), Float64Array.of(1, 3, 0), Float64Array.of(0, 0, 1)];
    const [small, large] = [
      await naturalStep(scale(g, 1e-6), map(F), settings),
      await naturalStep(scale(g, 1e6), map(F), settings),
    ];
    expect(Array.from(small.step)).toEqual(Array.from(large.step, (x) => expect.closeTo(x, 10)));
  });

  test("is zero where g is zero", async () => {
    const { step, stepLength, cgResidual, cgValue } = await naturalStep(
      new Float64Array(3),
      () => expect.unreachable(),
      settings,
    );
    expect([step, stepLength, cgResidual, cgValue]).toEqual([new Float64Array(3), 0, 0, 0]);
  });

  test.each([
    ["negative", -1],
    ["zero", 0],
    ["not a number", Number.NaN],
  ])("is refused where gᵀF⁻¹g is not positive (F %s), with a way out", async (_, factor) => {
    const stepping = naturalStep(Float64Array.of(1, 2), (v) => scale(v, factor), settings);
    await expect(stepping).rejects.toThrow(DivergenceError);
    await expect(stepping).rejects.toThrow(
      /policy player, natural step: gᵀF⁻¹g must be positive, got .*\. Raise npg\.fisherDamping\./,
    );
  });
});
