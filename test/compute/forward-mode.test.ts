import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { jacobianVectorProducts } from "../../src/compute/forward-mode.js";
import * as op from "../../src/compute/operators.js";
import { gradients } from "../../src/compute/reverse-mode.js";
import { ComputeError, ShapeError } from "../../src/errors/errors.js";
import { seeded } from "../../src/random/rng.js";
import { directionalDifference, dot, randomLike, relativeError, withValues } from "../support/derivatives.js";
import { evaluate, feedsOf, value } from "../support/interpreter.js";
import { OPERATOR_CASES } from "../support/operator-cases.js";
import { network } from "../support/programs.js";

describe("Jacobian–vector products agree with central differences in float64", () => {
  test.each(OPERATOR_CASES)("$title", ({ samples }) => {
    fc.assert(
      fc.property(samples, fc.nat(), ({ inputs, output, differentiable, feeds }, seed) => {
        const at = feedsOf(inputs, feeds);
        const v = randomLike("v", differentiable, at, seeded(seed));
        const jvp = evaluate(
          jacobianVectorProducts([output], differentiable, v.nodes),
          withValues(at, v.nodes, v.values),
        );
        if (differentiable.length > 0) {
          expect(relativeError(jvp, directionalDifference([output], differentiable, v.values, at))).toBeLessThan(1e-6);
        }
      }),
      { numRuns: 40 },
    );
  });

  test("in some of the inputs only, and summed up behind broadcasting", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...OPERATOR_CASES).chain(({ samples }) => samples),
        fc.nat(),
        ({ inputs, output, differentiable, feeds }, seed) => {
          fc.pre(differentiable.length > 1);
          const at = feedsOf(inputs, feeds);
          const some = [differentiable[seed % differentiable.length]];
          const ys = [output, op.sum(output)];
          const v = randomLike("v", some, at, seeded(seed));
          const jvp = evaluate(jacobianVectorProducts(ys, some, v.nodes), withValues(at, v.nodes, v.values));
          expect(relativeError(jvp, directionalDifference(ys, some, v.values, at))).toBeLessThan(1e-6);
        },
      ),
    );
  });
});

describe("⟨u, Jv⟩ = ⟨Jᵀu, v⟩: forward and reverse mode are transposes of each other", () => {
  // Both sides are sums of some hundred float64 products: equal to about 100 ε.
  const TOLERANCE = 1e-12;

  test.each(OPERATOR_CASES)("$title", ({ samples }) => {
    fc.assert(
      fc.property(samples, fc.nat(), ({ inputs, output, differentiable, feeds }, seed) => {
        const at = feedsOf(inputs, feeds);
        const [u, v] = [
          randomLike("u", [output], at, seeded(seed)),
          randomLike("v", differentiable, at, seeded(seed + 1)),
        ];
        const jv = evaluate(
          jacobianVectorProducts([output], differentiable, v.nodes),
          withValues(at, v.nodes, v.values),
        );
        const jtu = evaluate(gradients([output], differentiable, u.nodes), withValues(at, u.nodes, u.values));
        const [left, right] = [dot(u.values, jv), dot(jtu, v.values)];
        expect(Math.abs(left - right)).toBeLessThan(TOLERANCE * Math.max(1, Math.abs(left)));
      }),
      { numRuns: 40 },
    );
  });

  test("prediction and loss of a whole network", () => {
    for (let seed = 0; seed < 10; seed++) {
      const { parameters, prediction, loss, at } = network(seeded(seed));
      const ys = [prediction, loss];
      const [u, v] = [randomLike("u", ys, at, seeded(100 + seed)), randomLike("v", parameters, at, seeded(200 + seed))];
      const jv = evaluate(jacobianVectorProducts(ys, parameters, v.nodes), withValues(at, v.nodes, v.values));
      const jtu = evaluate(gradients(ys, parameters, u.nodes), withValues(at, u.nodes, u.values));
      const [left, right] = [dot(u.values, jv), dot(jtu, v.values)];
      expect(Math.abs(left - right)).toBeLessThan(TOLERANCE * Math.max(1, Math.abs(left)));
    }
  });

  test("a Hessian is symmetric: the JVP of a gradient equals the VJP of the gradient", () => {
    const { parameters, loss, at } = network(seeded(3));
    const slopes = gradients([loss], parameters);
    const v = randomLike("v", parameters, at, seeded(4));
    const here = withValues(at, v.nodes, v.values);
    const forward = evaluate(jacobianVectorProducts(slopes, parameters, v.nodes), here);
    const reverse = evaluate(gradients(slopes, parameters, v.nodes), here);
    expect(relativeError(forward, reverse)).toBeLessThan(TOLERANCE);
  });
});

describe("where nothing flows, or nothing may", () => {
  const x = op.input("x", ["batch", 2]);
  const v = op.input("v", ["batch", 2]);
  const rounds = op.input("rounds", [], "int32");
  const at = feedsOf([x, v], { x: value([1, 2], [1, 2]), v: value([1, 2], [5, 7]) });
  const throughLoop = (start: typeof x) => op.loop(rounds, [start], (_, y) => ({ next: [op.sin(y)] })).carried[0];

  test("detach stops the tangent; what does not depend on x moves by 0 in its own shape", () => {
    const ys = [op.mul(x, op.detach(x)), op.detach(x), op.constant([1, 2, 3], [3])];
    const [product, still, apart] = evaluate(jacobianVectorProducts(ys, [x], [v]), at);
    expect(product).toEqual(value([1, 2], [5, 14]));
    expect(still).toEqual(value([1, 2], [0, 0]));
    expect(apart).toEqual(value([3], [0, 0, 0]));
  });

  test("a loop is refused, unless its input is detached", () => {
    expect(() => jacobianVectorProducts([throughLoop(x)], [x], [v])).toThrow(ComputeError);
    expect(() => jacobianVectorProducts([throughLoop(x)], [x], [v])).toThrow(
      "Differentiate inside the loop's body, or detach its input",
    );
    expect(() => jacobianVectorProducts([op.mul(x, throughLoop(op.detach(x)))], [x], [v])).not.toThrow();
  });

  test("a tangent of another shape is refused, with both shapes", () => {
    expect(() => jacobianVectorProducts([x], [x], [])).toThrow(ShapeError);
    expect(() => jacobianVectorProducts([x], [x], [rounds])).toThrow(
      "jacobianVectorProducts: x 0 has shape [batch, 2], its tangent []",
    );
  });
});
