import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ConfigError } from "../../../src/errors/errors.js";
import {
  aliasedGame,
  aliasedMoves,
  BRIDGE,
  BRIDGE_NASH,
  bestAliasedModel,
  bestChoice,
  explored,
  policyLedReturn,
  ROPE_BRIDGE,
  withExploration,
} from "../../../src/experiments/exact-games/aliased-game.js";
import { playOut, verdict } from "../../../src/experiments/exact-games/trajectory.js";
import { br } from "../../../src/game/br.js";
import type { Play } from "../../../src/game/game.js";
import { gda } from "../../../src/game/gda.js";
import { mal } from "../../../src/game/mal.js";
import { pal } from "../../../src/game/pal.js";
import { seeded } from "../../../src/random/rng.js";
import { equilibriumBound } from "../../../src/theory/equilibrium-bound.js";
import { expectedReturn } from "../../../src/theory/expected-return.js";
import { deterministicPolicy, type FiniteMdp, type TabularPolicy } from "../../../src/theory/finite-mdp.js";
import { modelLoss } from "../../../src/theory/model-error.js";
import { randomOptions, randomPairing, randomPolicy } from "../../../src/theory/random-mdp.js";
import { discountedVisitation } from "../../../src/theory/visitation.js";

const { near, far, cross, turn, gorge, goal } = BRIDGE;
const even: TabularPolicy = Array.from({ length: 5 }, () => Float64Array.of(0.5, 0.5));
const crossing = (choice: TabularPolicy, s: number) => explored(ROPE_BRIDGE, choice)[s][cross];

const randomGames = fc.nat().map((seed) => {
  const rng = seeded(seed);
  const options = {
    ...randomOptions(rng.stream("options")),
    states: 5,
    actions: 2,
    leastProbability: 0,
    peakedness: 1,
  };
  const { world, policy } = randomPairing(
    { ...options, discount: Math.min(options.discount, 0.95) },
    rng.stream("pairing"),
  );
  return { game: aliasedGame({ world, clusters: [0, 0, 1, 1, 2], exploration: 0.2 }), choice: policy, rng };
});

describe("exact answers", () => {
  test("the best model beats every other of its class", () => {
    fc.assert(
      fc.property(randomGames, ({ game, choice, rng }) => {
        const visited = discountedVisitation(explored(game, choice), game.world);
        const best = bestAliasedModel(game, visited, game.world);
        const elsewhere = discountedVisitation(
          explored(game, randomPolicy(game.world, 1, rng.stream("other"))),
          game.world,
        );
        const other = bestAliasedModel(game, elsewhere, game.world); // in the class too
        expect(modelLoss(game.world, best, visited)).toBeLessThanOrEqual(modelLoss(game.world, other, visited) + 1e-12);
        game.clusters.forEach(
          (c, s) => void expect(best.transitions[s]).toEqual(best.transitions[game.clusters.indexOf(c)]),
        );
      }),
    );
  });

  test("the best choice beats every deterministic one, explored alike", () => {
    fc.assert(
      fc.property(randomGames, ({ game }) => {
        const best = expectedReturn(explored(game, bestChoice(game, game.world)), game.world);
        for (let i = 0; i < 32; i++) {
          const choice = deterministicPolicy(2, [0, 1, 2, 3, 4].map((s) => (i >> s) & 1)); // biome-ignore format: one line
          expect(expectedReturn(explored(game, choice), game.world)).toBeLessThanOrEqual(best + 1e-9);
        }
      }),
      { numRuns: 40 },
    );
  });

  test("a choice in the MDP of explored actions is the explored choice in the MDP", () => {
    fc.assert(
      fc.property(randomGames, ({ game, choice }) => {
        const mixed = expectedReturn(choice, withExploration(game, game.world));
        expect(mixed).toBeCloseTo(expectedReturn(explored(game, choice), game.world), 10);
      }),
    );
  });
});

describe("the rope bridge", () => {
  type Move = Parameters<typeof aliasedMoves>[1];
  const run = (play: Play, policyMove: Move, modelStep: number, iterations: number, keepsAll = false, start = even) =>
    playOut(
      {
        play,
        start: { policy: start, model: ROPE_BRIDGE.world },
        moves: aliasedMoves(ROPE_BRIDGE, policyMove, modelStep),
        keepsAll,
      },
      iterations,
    );
  const last = (states: readonly { policy: TabularPolicy; model: FiniteMdp }[]) => states.at(-1)!;
  const advantage = (model: FiniteMdp) => {
    const worth = (a: number) => expectedReturn(deterministicPolicy(2, Array(5).fill(a)), model);
    return worth(cross) - worth(turn);
  };

  test("PAL as in the paper comes to the Nash equilibrium, whose crossing at the far end is known in closed form", async () => {
    const { policy, model } = last(await run(pal, { natural: 0.2 }, 1, 600));
    expect(crossing(policy, far)).toBeCloseTo(BRIDGE_NASH.crossing, 6);
    expect(expectedReturn(explored(ROPE_BRIDGE, policy), model)).toBeCloseTo(BRIDGE_NASH.value, 6);
    expect(advantage(model)).toBeCloseTo(0, 6); // no policy does better in M: ε_π = 0
    const { policyGap, slack } = equilibriumBound(explored(ROPE_BRIDGE, policy), ROPE_BRIDGE.world, model);
    expect(policyGap).toBeLessThan(1e-5);
    expect(slack).toBeGreaterThan(0);
  });

  test("MAL, on all data so far, comes to the model in which crossing and turning are worth the same", async () => {
    const states = await run(mal, "answer", 1, 800, true);
    const from = (k: number) => Math.max(...states.slice(k).map(({ model }) => Math.abs(advantage(model))));
    // Measured: 0.130, 0.069, 0.038 and 0.021 from k = 100, 200, 400 and 700 on. One crossing shifts a mean of k by 1/k.
    for (const k of [100, 200, 400, 700]) expect(from(k)).toBeLessThan(16 / k);
    const { policy, model } = last(states);
    expect(Math.abs(expectedReturn(explored(ROPE_BRIDGE, policy), model) - BRIDGE_NASH.value)).toBeLessThan(0.02);
  });

  test("BR goes in a circle: all cross, then all turn", async () => {
    const states = await run(br, "answer", 1, 80);
    const ends = states.map(({ policy }) => Float64Array.of(crossing(policy, near), crossing(policy, far)));
    const end = verdict(ends);
    expect(end).toEqual({ kind: "cycles", period: 4 });
    expect(new Set(ends.slice(-4).map(([p]) => p.toFixed(3)))).toEqual(new Set(["0.950", "0.050"]));
  });

  test("GDA comes to the equilibrium with small steps, and keeps swinging with large ones", async () => {
    const small = last(await run(gda, { natural: 0.05 }, 0.3, 3000));
    expect(crossing(small.policy, far)).toBeCloseTo(BRIDGE_NASH.crossing, 3);
    const large = await run(gda, { natural: 3 }, 0.3, 3000);
    const swings = large.slice(-200).map(({ policy }) => crossing(policy, far));
    expect(Math.max(...swings) - Math.min(...swings)).toBeGreaterThan(0.3);
  });

  test("PAL with the total gradient finds the leader's equilibrium: cross at the near end, turn at the far one", async () => {
    const { policy } = last(await run(pal, { stackelberg: 1 }, 1, 300));
    expect(crossing(policy, near)).toBeGreaterThan(0.94); // as far as exploration allows: 0.95
    expect(crossing(policy, far)).toBeLessThan(0.06);
    const grid = Array.from({ length: 21 }, (_, i) => i / 20);
    const best = Math.max(
      ...grid.flatMap((p) =>
        grid.map((q) =>
          policyLedReturn(ROPE_BRIDGE, [Float64Array.of(p, 1 - p), Float64Array.of(q, 1 - q), ...even.slice(2)]),
        ),
      ),
    );
    expect(policyLedReturn(ROPE_BRIDGE, policy)).toBeGreaterThan(best - 1e-2);
    // It is what is best in the world, and better than the Nash equilibrium there and in the model.
    const optimal = bestChoice(ROPE_BRIDGE, ROPE_BRIDGE.world);
    expect(optimal[near][cross]).toBe(1);
    expect(optimal[far][turn]).toBe(1);
    expect(policyLedReturn(ROPE_BRIDGE, policy)).toBeGreaterThan(BRIDGE_NASH.value + 0.8);
  });

  test("its states are what they are called", () => {
    const { transitions, rewards } = ROPE_BRIDGE.world;
    expect(transitions[far][cross][gorge]).toBe(1);
    expect(rewards[goal]).toBe(1);
  });
});

test("clusters that do not cover the states, and exploration out of range, are refused", () => {
  expect(() => aliasedGame({ ...ROPE_BRIDGE, clusters: [0, 1] })).toThrow(ConfigError);
  expect(() => aliasedGame({ ...ROPE_BRIDGE, exploration: 0 })).toThrow("ξ must be in (0, 1], got 0");
});
