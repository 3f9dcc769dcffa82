import * as fc from "fast-check";
import { expect, test } from "vitest";
import { leastInBox } from "../../src/math/least-in-box.js";
import { matrixOf, solve } from "../../src/math/matrix.js";
import { seeded } from "../../src/random/rng.js";

const problem = (n: number, seed: number) => {
  const rng = seeded(seed);
  const root = matrixOf(n, n, () => rng.normal());
  const H = matrixOf(n, n, (i, j) => root[i].reduce((sum, x, k) => sum + x * root[j][k], i === j ? 0.1 : 0));
  return { H, g: Float64Array.from({ length: n }, () => rng.normal()) };
};
const filled = (n: number, x: number) => new Float64Array(n).fill(x);

test("satisfies the conditions of Karush, Kuhn and Tucker: no slope where it is free, an outward one at a face", () =>
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 0, max: 1e6 }), (n, seed) => {
      const { H, g } = problem(n, seed);
      const { x, free } = leastInBox(H, g, filled(n, -0.5), filled(n, 0.7))!;
      for (let i = 0; i < n; i++) {
        const slope = g[i] + H[i].reduce((sum, h, j) => sum + h * x[j], 0);
        if (x[i] === -0.5) expect(slope).toBeGreaterThan(-1e-8);
        else if (x[i] === 0.7) expect(slope).toBeLessThan(1e-8);
        else expect(slope).toBeCloseTo(0, 8);
        expect(free.includes(i) || x[i] === -0.5 || x[i] === 0.7).toBe(true);
      }
    }),
  ));

test("is the Newton step where no face is near", () => {
  const { H, g } = problem(4, 1);
  const { x, free } = leastInBox(H, g, filled(4, -1e6), filled(4, 1e6))!;
  const newton = solve(H, g)!;
  expect(Array.from(x)).toEqual(Array.from(newton, (entry) => expect.closeTo(-entry, 9)));
  expect(free).toEqual([0, 1, 2, 3]);
});

test("says where H is not positive definite in what moves", () => {
  const H = matrixOf(2, 2, (i, j) => (i === j ? [1, -1][i] : 0));
  expect(leastInBox(H, Float64Array.of(1, 1), filled(2, -1), filled(2, 1))).toBeUndefined();
});
