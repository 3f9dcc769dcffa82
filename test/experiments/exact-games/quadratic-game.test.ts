import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ConfigError, DivergenceError, ShapeError } from "../../../src/errors/errors.js";
import {
  answer,
  asSmoothGame,
  type Leader,
  leaderEquilibrium,
  nash,
  type QuadraticGame,
  type QuadraticPlayers,
  quadraticGame,
  quadraticMoves,
  quadraticValue,
  scalarGame,
} from "../../../src/experiments/exact-games/quadratic-game.js";
import { playOut, verdict } from "../../../src/experiments/exact-games/trajectory.js";
import { br } from "../../../src/game/br.js";
import type { Play } from "../../../src/game/game.js";
import { gda } from "../../../src/game/gda.js";
import { mal } from "../../../src/game/mal.js";
import { pal } from "../../../src/game/pal.js";
import { implicitGradient, unrolledGradient } from "../../../src/game/stackelberg.js";
import { norm, type Vector } from "../../../src/math/vector.js";
import { differences, relativeDistance } from "../../support/differences.js";
import { quadraticGames } from "../../support/random-quadratic-game.js";

const LEADERS: readonly Leader[] = ["policy", "model"];
const other = (player: Leader): Leader => (player === "policy" ? "model" : "policy");
const loss = (game: QuadraticGame, player: Leader, own: Vector, opponent: Vector): number =>
  player === "policy" ? quadraticValue(game.policyLoss, own, opponent) : quadraticValue(game.modelLoss, opponent, own);
/** What the leader loses when the follower answers: the function of (10). */
const ledLoss = (game: QuadraticGame, leader: Leader) => (x: Vector) =>
  loss(game, leader, x, answer(game, other(leader), x));

describe.each(LEADERS)("with the %s as leader", (leader) => {
  const anywhere = fc.array(fc.double({ min: -2, max: 2, noNaN: true }), {
    minLength: leader === "policy" ? 3 : 4,
    maxLength: leader === "policy" ? 3 : 4,
  });

  test("the implicit gradient (12), (13) is that of x ↦ L_A(x, θ_B*(x)), by central differences", async () => {
    await fc.assert(
      fc.asyncProperty(quadraticGames, anywhere, async (game, point) => {
        const x = Float64Array.from(point);
        const follower = answer(game, other(leader), x);
        const smooth = asSmoothGame(game, leader);
        const { gradient } = await implicitGradient(smooth, x, follower, { iterations: 40, tolerance: 1e-12 });
        const expected = differences(ledLoss(game, leader), x, 1e-2); // exact for quadratics at any step
        fc.pre(norm(expected) > 1e-3);
        expect(relativeDistance(gradient, expected)).toBeLessThan(1e-6);
      }),
    );
  });

  test("the unrolled gradient is that of K gradient steps, and tends to the implicit one as K grows", async () => {
    await fc.assert(
      fc.asyncProperty(quadraticGames, anywhere, async (game, point) => {
        const x = Float64Array.from(point);
        const smooth = asSmoothGame(game, leader);
        const start = new Float64Array(leader === "policy" ? 4 : 3);
        const few = { steps: 5, stepSize: 0.01 };
        const rolled = (at: Vector) => {
          let y: Vector = start;
          for (let j = 0; j < few.steps; j++) {
            const slope = smooth.followerGradient(at, y) as Vector;
            y = y.map((entry, i) => entry - few.stepSize * slope[i]);
          }
          return loss(game, leader, at, y);
        };
        const expected = differences(rolled, x, 1e-2);
        fc.pre(norm(expected) > 1e-3);
        const { gradient } = await unrolledGradient(smooth, x, start, few);
        expect(relativeDistance(gradient, expected)).toBeLessThan(1e-6);
        // eigenvalues lie in [1, 65]: (1 − 0.015)^2000 = 7e-14
        const long = await unrolledGradient(smooth, x, start, { steps: 2000, stepSize: 0.015 });
        const exact = await implicitGradient(smooth, x, answer(game, other(leader), x), {
          iterations: 40,
          tolerance: 1e-12,
        });
        fc.pre(norm(exact.gradient) > 1e-2);
        expect(relativeDistance(long.gradient, exact.gradient)).toBeLessThan(1e-6);
      }),
      { numRuns: 20 },
    );
  });

  test("the closed-form equilibrium is a minimum of L_A(x, θ_B*(x))", () => {
    fc.assert(
      fc.property(quadraticGames, anywhere, (game, direction) => {
        let equilibrium: ReturnType<typeof leaderEquilibrium>;
        try {
          equilibrium = leaderEquilibrium(game, leader);
        } catch (error) {
          expect(error).toBeInstanceOf(DivergenceError); // the leader's loss has no minimum in this game
          return;
        }
        const f = ledLoss(game, leader);
        const best = f(equilibrium[leader]);
        const aside = equilibrium[leader].map((x, i) => x + direction[i]);
        expect(f(aside)).toBeGreaterThanOrEqual(best - 1e-9 * Math.max(1, Math.abs(best)));
        const response = answer(game, other(leader), equilibrium[leader]);
        equilibrium[other(leader)].forEach((x, i) => void expect(x).toBeCloseTo(response[i], 9));
      }),
    );
  });
});

describe("orders of play on two numbers", () => {
  const start: QuadraticPlayers = { policy: Float64Array.of(2), model: Float64Array.of(-1) };
  const play = (
    order: Play,
    game: QuadraticGame,
    policyMove: Parameters<typeof quadraticMoves>[1],
    modelMove: Parameters<typeof quadraticMoves>[1],
    iterations = 400,
  ) => {
    const far = ({ policy, model }: QuadraticPlayers) => !(Math.hypot(policy[0], model[0]) < 1e7);
    return playOut({ play: order, start, moves: quadraticMoves(game, policyMove, modelMove) }, iterations, far);
  };
  const points = (states: readonly QuadraticPlayers[]) =>
    states.map(({ policy, model }) => Float64Array.of(policy[0], model[0]));
  const distance = (states: readonly QuadraticPlayers[], to: QuadraticPlayers) =>
    Math.hypot(states.at(-1)!.policy[0] - to.policy[0], states.at(-1)!.model[0] - to.model[0]);
  const circle = scalarGame({ p: 1, m: -1 });
  const strong = scalarGame({ p: 4, m: -4 });

  test("BR goes in a circle of four where p·m = −1, and away beyond", async () => {
    expect(verdict(points(await play(br, circle, "answer", "answer")))).toEqual({ kind: "cycles", period: 4 });
    expect(verdict(points(await play(br, strong, "answer", "answer")))).toEqual({ kind: "diverges" });
    expect(verdict(points(await play(br, scalarGame({ p: 0.5, m: -0.5 }), "answer", "answer")))).toEqual({ kind: "converges" }); // biome-ignore format: one claim a line
  });

  test.each([circle, strong])(
    "PAL and MAL, first order as in the paper, come to where neither gains by moving alone",
    async (game) => {
      expect(distance(await play(pal, game, { gradient: 0.05 }, "answer"), nash(game))).toBeLessThan(1e-9);
      expect(distance(await play(mal, game, "answer", { gradient: 0.05 }), nash(game))).toBeLessThan(1e-9);
    },
  );

  test("PAL and MAL with the total gradient (12) come to the leader's equilibrium, which is another point and better for the leader", async () => {
    const led = await play(pal, circle, { stackelberg: 0.05 }, "answer", 600);
    // The policy moves after the model: the model lags by the last step, which is 0 in the limit.
    expect(distance(led, leaderEquilibrium(circle, "policy"))).toBeLessThan(1e-9);
    const other = await play(mal, circle, "answer", { stackelberg: 0.05 }, 600);
    expect(distance(other, leaderEquilibrium(circle, "model"))).toBeLessThan(1e-9);
    for (const leader of LEADERS) {
      const [ours, theirs] = [leaderEquilibrium(circle, leader)[leader], nash(circle)[leader]];
      expect(ledLoss(circle, leader)(ours)).toBeLessThan(ledLoss(circle, leader)(theirs) - 0.01);
    }
  });

  test("GDA needs steps under 2 / (1 + |p·m|), where each player alone could take 2", async () => {
    const limit = 2 / 17; // eigenvalues 1 ± 4i
    const below = await play(gda, strong, { gradient: 0.8 * limit }, { gradient: 0.8 * limit }, 1000);
    expect(distance(below, nash(strong))).toBeLessThan(1e-6);
    const above = await play(gda, strong, { gradient: 1.1 * limit }, { gradient: 1.1 * limit }, 2000);
    expect(verdict(points(above))).toEqual({ kind: "diverges" });
  });
});

test("a player whose own Hessian is singular is refused, and so are sizes that do not fit", () => {
  const good = scalarGame({ p: 1, m: 1 });
  const flat = { ...good.modelLoss, C: [Float64Array.of(0)] };
  expect(() => quadraticGame({ ...good, modelLoss: flat })).toThrow(ConfigError);
  expect(() => quadraticGame({ ...good, modelLoss: flat })).toThrow(
    "quadraticGame.modelLoss.C: the player's own Hessian is singular",
  );
  expect(() => quadraticGame({ ...good, policyLoss: { ...good.policyLoss, a: Float64Array.of(1, 2) } })).toThrow(
    ShapeError,
  );
});
