import * as fc from "fast-check";
import { type QuadraticGame, quadraticGame } from "../../src/experiments/exact-games/quadratic-game.js";
import { matrix, spd, vector } from "./linear-algebra.js";

/** Games with 3 policy and 4 model parameters; own Hessians have condition numbers of at most 65. */
export const quadraticGames: fc.Arbitrary<QuadraticGame> = fc
  .record({
    policyLoss: fc.record({ A: spd(3), B: matrix(3, 4), C: spd(4), a: vector(3), c: vector(4) }),
    modelLoss: fc.record({ A: spd(3), B: matrix(3, 4), C: spd(4), a: vector(3), c: vector(4) }),
  })
  .map(quadraticGame);
