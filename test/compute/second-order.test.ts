import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Node } from "../../src/compute/node.js";
import * as op from "../../src/compute/operators.js";
import { gradients } from "../../src/compute/reverse-mode.js";
import { hessianVectorProducts, secondDerivativeProducts } from "../../src/compute/second-order.js";
import { ComputeError } from "../../src/errors/errors.js";
import { answer, type QuadraticGame } from "../../src/experiments/exact-games/quadratic-game.js";
import { implicitGradient, type SmoothGame } from "../../src/game/stackelberg.js";
import { flattened, type Matrix } from "../../src/math/matrix.js";
import type { Vector } from "../../src/math/vector.js";
import { seeded } from "../../src/random/rng.js";
import { directionalDifference, randomLike, relativeError, withValues } from "../support/derivatives.js";
import { differences, relativeDistance } from "../support/differences.js";
import { evaluate, feedsOf, type Value, value } from "../support/interpreter.js";
import { network } from "../support/programs.js";
import { quadraticGames } from "../support/random-quadratic-game.js";

describe("products with second derivatives, in float64", () => {
  test("of a network's loss: Hessian–vector products against central differences of the gradient", () => {
    for (let seed = 0; seed < 10; seed++) {
      const { parameters, loss, at } = network(seeded(seed));
      const v = randomLike("v", parameters, at, seeded(100 + seed));
      const products = evaluate(hessianVectorProducts(loss, parameters, v.nodes), withValues(at, v.nodes, v.values));
      const slopes = gradients([loss], parameters);
      expect(relativeError(products, directionalDifference(slopes, parameters, v.values, at))).toBeLessThan(1e-6);
    }
  });

  test("mixed ones: ∂²L/∂x∂y · v, in x's shape, is the transpose of ∂²L/∂y∂x", () => {
    for (let seed = 0; seed < 10; seed++) {
      const { parameters, loss, at } = network(seeded(seed));
      const [xs, ys] = [parameters.slice(0, 2), parameters.slice(2)];
      const [u, v] = [randomLike("u", xs, at, seeded(seed)), randomLike("v", ys, at, seeded(50 + seed))];
      const here = withValues(withValues(at, v.nodes, v.values), u.nodes, u.values);
      const mixed = evaluate(secondDerivativeProducts(loss, xs, ys, v.nodes), here);
      expect(relativeError(mixed, directionalDifference(gradients([loss], xs), ys, v.values, at))).toBeLessThan(1e-6);
      const back = evaluate(secondDerivativeProducts(loss, ys, xs, u.nodes), here);
      const dot = (a: readonly Value[], b: readonly Value[]) =>
        a.reduce((sum, { data }, i) => sum + data.reduce((s, x, j) => s + x * b[i].data[j], 0), 0);
      expect(dot(mixed, u.values)).toBeCloseTo(dot(back, v.values), 10);
    }
  });

  test("a loop on the way is refused", () => {
    const x = op.input("x", []);
    const rounds = op.input("rounds", [], "int32");
    const y = op.loop(rounds, [x], (_, z) => ({ next: [op.sin(z)] })).carried[0];
    expect(() => hessianVectorProducts(y, [x], [x])).toThrow(ComputeError);
  });
});

/** Losses as graphs of two vectors, and the leader's view of the game by graph derivatives in float64. */
function graphGame(
  sizes: { readonly leader: number; readonly follower: number },
  losses: (x: Node, y: Node) => { readonly leader: Node; readonly follower: Node },
): SmoothGame & { readonly leaderLoss: (x: Vector, y: Vector) => number } {
  const [x, y, v] = [op.input("x", [sizes.leader]), op.input("y", [sizes.follower]), op.input("v", [sizes.follower])];
  const { leader, follower } = losses(x, y);
  const run = (node: Node, a: Vector, b: Vector, w: Vector = new Float64Array(sizes.follower)): Vector => {
    const shaped = (data: Vector) => value([data.length], data);
    return evaluate([node], feedsOf([x, y, v], { x: shaped(a), y: shaped(b), v: shaped(w) }))[0].data;
  };
  const [own, cross, answer] = [gradients([leader], [x]), gradients([leader], [y]), gradients([follower], [y])];
  const hessian = hessianVectorProducts(follower, [y], [v])[0];
  const mixed = secondDerivativeProducts(follower, [x], [y], [v])[0];
  return {
    leaderLoss: (a, b) => run(leader, a, b)[0],
    leaderGradient: (a, b) => run(own[0], a, b),
    crossGradient: (a, b) => run(cross[0], a, b),
    followerGradient: (a, b) => run(answer[0], a, b),
    followerHessian: (a, b) => (w) => run(hessian, a, b, w),
    mixedProduct: (a, b) => (w) => run(mixed, a, b, w),
  };
}

describe("the implicit gradient of games that are graphs", () => {
  const CG = { iterations: 60, tolerance: 1e-12 };
  const matrixNode = (A: Matrix) => op.constant([...flattened(A)], [A.length, A[0].length]);
  const bilinear = (x: Node, A: Matrix, y: Node) =>
    op.sum(op.matmul(op.matmul(op.reshape(x, [1, A.length]), matrixNode(A)), op.reshape(y, [A[0].length, 1])));
  const quadratic = ({ A, B, C, a, c }: QuadraticGame["policyLoss"], x: Node, y: Node) =>
    [
      op.mul(bilinear(x, A, x), 0.5),
      bilinear(x, B, y),
      op.mul(bilinear(y, C, y), 0.5),
      op.sum(op.mul(x, op.constant([...a], [a.length]))),
      op.sum(op.mul(y, op.constant([...c], [c.length]))),
    ].reduce((sum, term) => op.add(sum, term));

  test("quadratic games: closed form, to 1e-6", async () => {
    await fc.assert(
      fc.asyncProperty(quadraticGames, async (game) => {
        const smooth = graphGame({ leader: 3, follower: 4 }, (x, y) => ({
          leader: quadratic(game.policyLoss, x, y),
          follower: quadratic(game.modelLoss, x, y),
        }));
        const x = Float64Array.of(0.3, -0.7, 1);
        const led = (at: Vector) => smooth.leaderLoss(at, answer(game, "model", at));
        const expected = differences(led, x, 1e-2); // a quadratic: exact at any step
        fc.pre(Math.hypot(...expected) > 1e-2);
        const { gradient } = await implicitGradient(smooth, x, answer(game, "model", x), CG);
        expect(relativeDistance(gradient, expected)).toBeLessThan(1e-6);
      }),
      { numRuns: 30 },
    );
  });

  test("a game that is not quadratic: central differences of x ↦ L_A(x, y*(x)), to 1e-6", async () => {
    // L_B = Σ exp(y) − xy has y* = log x; L_A = Σ sin(x) y²
    const smooth = graphGame({ leader: 3, follower: 3 }, (x, y) => ({
      leader: op.sum(op.mul(op.sin(x), op.square(y))),
      follower: op.sum(op.sub(op.exp(y), op.mul(x, y))),
    }));
    const x = Float64Array.of(0.5, 1.5, 3);
    const { gradient } = await implicitGradient(smooth, x, x.map(Math.log), CG);
    const expected = x.map((z) => Math.cos(z) * Math.log(z) ** 2 + (2 * Math.sin(z) * Math.log(z)) / z);
    expect(relativeDistance(gradient, expected)).toBeLessThan(1e-12);
    expect(
      relativeDistance(
        gradient,
        differences((at) => smooth.leaderLoss(at, at.map(Math.log)), x),
      ),
    ).toBeLessThan(1e-6);
  });
});
