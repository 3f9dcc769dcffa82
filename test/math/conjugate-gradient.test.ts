import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { conjugateGradient } from "../../src/math/conjugate-gradient.js";
import { addScaled, dot, norm, type Vector } from "../../src/math/vector.js";
import { type Matrix, solve, spd, times, vector } from "../support/linear-algebra.js";

const system = fc.integer({ min: 1, max: 8 }).chain((n) => fc.tuple(spd(n), vector(n)));
const residual = (A: Matrix, x: Vector, b: Vector) => norm(addScaled(b, times(A, x), -1)) / norm(b);

describe("conjugate gradients", () => {
  test("give the solution of a direct solver within n steps", () =>
    fc.assert(
      fc.asyncProperty(system, async ([A, b]) => {
        fc.pre(norm(b) > 1e-3);
        const { x, iterations } = await conjugateGradient((v) => times(A, v), b, b.length);
        expect(iterations).toBeLessThanOrEqual(b.length);
        // n steps are exact but for rounding, which condition numbers up to 250 and lost conjugacy magnify.
        expect(norm(addScaled(x, solve(A, b), -1))).toBeLessThan(1e-8 * norm(b));
      }),
    ));

  test("need as many steps as A has different eigenvalues", async () => {
    const diagonal = (eigenvalues: readonly number[]) => (v: Vector) => v.map((x, i) => eigenvalues[i] * x);
    const b = Float64Array.of(1, -2, 3, 0.5, 2, 1);
    const { iterations, x } = await conjugateGradient(diagonal([2, 5, 2, 9, 5, 2]), b, 100);
    expect(iterations).toBe(3);
    expect(Array.from(x, (entry) => entry)).toEqual(
      [0.5, -0.4, 1.5, 0.5 / 9, 0.4, 0.5].map((y) => expect.closeTo(y, 10)),
    );
  });

  test("report the true relative residual after any number of steps", () =>
    fc.assert(
      fc.asyncProperty(system, fc.integer({ min: 1, max: 8 }), async ([A, b], steps) => {
        fc.pre(norm(b) > 1e-3);
        const { x, relativeResidual } = await conjugateGradient((v) => times(A, v), b, steps);
        expect(relativeResidual).toBeCloseTo(residual(A, x, b), 10);
      }),
    ));

  test("leave a residual that is orthogonal to x, so that bᵀx = xᵀAx at every step", () =>
    fc.assert(
      fc.asyncProperty(system, fc.integer({ min: 1, max: 8 }), async ([A, b], steps) => {
        fc.pre(norm(b) > 1e-3);
        const { x } = await conjugateGradient((v) => times(A, v), b, steps);
        expect(dot(b, x)).toBeCloseTo(dot(x, times(A, x)), 9);
      }),
    ));

  test("report the value of the quadratic, which falls with every step", () =>
    fc.assert(
      fc.asyncProperty(system, async ([A, b]) => {
        fc.pre(norm(b) > 1e-3);
        let before = 0;
        for (let steps = 1; steps <= b.length; steps++) {
          const { x, value } = await conjugateGradient((v) => times(A, v), b, steps);
          expect(value).toBeCloseTo(0.5 * dot(x, times(A, x)) - dot(b, x), 9);
          expect(value).toBeLessThanOrEqual(before + 1e-9);
          before = value;
        }
      }),
    ));

  test("stop where the tolerance is reached", async () => {
    const A = (v: Vector) => v.map((x, i) => (i + 1) * x);
    const b = new Float64Array(20).fill(1);
    const loose = await conjugateGradient(A, b, 100, 1e-2);
    const tight = await conjugateGradient(A, b, 100, 1e-6);
    expect(loose.relativeResidual).toBeLessThanOrEqual(1e-2);
    expect(loose.relativeResidual).toBeGreaterThan(1e-6);
    expect(loose.iterations).toBeLessThan(tight.iterations);
  });

  test("give 0 for b = 0 without asking A", async () => {
    const solution = await conjugateGradient(() => expect.unreachable("A was asked"), new Float64Array(3), 10);
    expect(solution).toEqual({ x: new Float64Array(3), relativeResidual: 0, value: 0, iterations: 0 });
  });

  test.each([
    ["negative", -1],
    ["no", 0],
    ["undefined", Number.NaN],
  ])("end at once where A shows %s curvature", async (_, factor) => {
    const { x, relativeResidual, iterations } = await conjugateGradient(
      (v) => v.map((y) => factor * y),
      Float64Array.of(1, 2),
      10,
    );
    expect(x).toEqual(new Float64Array(2));
    expect([relativeResidual, iterations]).toEqual([1, 0]);
  });

  test("leave b as it was, and take a map that answers later", async () => {
    const b = Float64Array.of(4, 9);
    const { x } = await conjugateGradient(async (v) => v.map((y, i) => (i === 0 ? 2 : 3) * y), b, 5);
    expect(b).toEqual(Float64Array.of(4, 9));
    expect(Array.from(x)).toEqual([expect.closeTo(2, 12), expect.closeTo(3, 12)]);
  });
});
