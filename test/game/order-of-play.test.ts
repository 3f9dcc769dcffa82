import { describe, expect, test } from "vitest";
import { br } from "../../src/game/br.js";
import type { GameConfig, GameStart, GameState, Moves, Play } from "../../src/game/game.js";
import { gda } from "../../src/game/gda.js";
import { mal } from "../../src/game/mal.js";
import { pal } from "../../src/game/pal.js";
import { slbo } from "../../src/game/slbo.js";
import { seeded } from "../../src/random/rng.js";
import { recordedRng } from "../support/recorded-rng.js";

const GAMES: Readonly<Record<string, Play>> = { pal, mal, gda, br, slbo };

/** A policy is its version and how many steps it has taken in all; a model its version. */
interface Policy {
  readonly version: number;
  readonly steps: number;
}
/** A sample is which policy gathered it, in which order. */
interface Sample {
  readonly by: number;
  readonly index: number;
}

const config: GameConfig = { initialSamples: 5, samplesPerIteration: 3, policySteps: 1 };
const start: GameStart<Policy, number, readonly Sample[]> = { policy: { version: 0, steps: 0 }, model: 0, data: [] };

/** Players that are version numbers: what they write down shows who answers whom. */
function recorder(policySteps = 1) {
  const seen: string[] = [];
  const counts: number[] = [];
  const ends = (data: readonly Sample[]) => `${data.length} samples to π${data.at(-1)!.by}`;
  const moves: Moves<Policy, number, readonly Sample[]> = {
    async collect(policy, data, n, rng) {
      rng.uniform();
      seen.push(`π${policy.version} gathers`);
      counts.push(n);
      const fresh = Array.from({ length: n }, (_, i) => ({ by: policy.version, index: data.length + i }));
      return [...data, ...fresh];
    },
    async fitModel(model, data, rng) {
      rng.uniform();
      seen.push(`M${model} fits ${ends(data)}`);
      return model + 1;
    },
    async improvePolicy(policy, model, data, rng) {
      rng.uniform();
      seen.push(`π${policy.version} meets M${model}, ${ends(data)}`);
      const steps = policy.steps + 1;
      return { steps, version: steps % policySteps === 0 ? policy.version + 1 : policy.version };
    },
  };
  return { moves, seen, counts };
}

async function take<T>(count: number, states: AsyncGenerator<T>): Promise<T[]> {
  const taken: T[] = [];
  for (let i = 0; i < count; i++) taken.push((await states.next()).value as T);
  return taken;
}

describe("order of play", () => {
  test("PAL improves π_k against M_{k+1} (16), which was fitted to data of π_k (15)", async () => {
    const { moves, seen } = recorder();
    await take(2, pal(start, moves, config, seeded(0)));
    expect(seen).toEqual([
      "π0 gathers", // 3
      "M0 fits 5 samples to π0", // 5
      "π0 meets M1, 5 samples to π0", // 6
      "π1 gathers", // 7
      "M1 fits 8 samples to π1",
      "π1 meets M2, 8 samples to π1",
      "π2 gathers",
    ]);
  });

  test("MAL improves π against M_k (18), and fits M_{k+1} to data of π_{k+1} (19)", async () => {
    const { moves, seen } = recorder();
    await take(2, mal(start, moves, config, seeded(0)));
    expect(seen).toEqual([
      "π0 gathers", // 3
      "M0 fits 5 samples to π0", // 4: the initial model
      "π0 meets M1, 5 samples to π0", // 6
      "π1 gathers", // 7
      "M1 fits 8 samples to π1", // 8
      "π1 meets M2, 8 samples to π1",
      "π2 gathers",
      "M2 fits 11 samples to π2",
    ]);
  });

  test("SLBO lets both move in rounds on the same data before more is gathered; with one round it is PAL", async () => {
    const { moves, seen } = recorder();
    await take(1, slbo(start, moves, { ...config, rounds: 2 }, seeded(0)));
    expect(seen).toEqual([
      "π0 gathers",
      "M0 fits 5 samples to π0", // the first round
      "π0 meets M1, 5 samples to π0",
      "M1 fits 5 samples to π0", // the second
      "π1 meets M2, 5 samples to π0",
      "π2 gathers",
    ]);
    const [once, as] = [recorder(), recorder()];
    await take(2, slbo(start, once.moves, config, seeded(0)));
    await take(2, pal(start, as.moves, config, seeded(0)));
    expect(once.seen).toEqual(as.seen);
  });

  test("PAL and MAL make the same moves in the same order: they differ in where a state is yielded, and in who is aggressive", async () => {
    const [policyLeads, modelLeads] = [recorder(), recorder()];
    await take(3, pal(start, policyLeads.moves, config, seeded(0)));
    await take(2, mal(start, modelLeads.moves, config, seeded(0)));
    expect(modelLeads.seen).toEqual(policyLeads.seen.slice(0, -2));
    expect(policyLeads.seen.slice(-2)).toEqual(["π2 meets M3, 11 samples to π2", "π3 gathers"]);
  });

  test.each(["gda", "br"])(
    "%s: both answer the other's k-th move (6)–(9), the model on data of π_k, neither sees a (k + 1)-th",
    async (name) => {
      const { moves, seen } = recorder();
      await take(2, GAMES[name](start, moves, config, seeded(0)));
      const [first, second] = [seen.slice(2, 5), seen.slice(5, 8)];
      expect(seen.slice(0, 2)).toEqual(["π0 gathers", "M0 fits 5 samples to π0"]);
      expect(new Set(first)).toEqual(
        new Set(["π0 meets M1, 5 samples to π0", "M1 fits 5 samples to π0", "π1 gathers"]),
      );
      expect(new Set(second)).toEqual(
        new Set(["π1 meets M2, 8 samples to π1", "M2 fits 8 samples to π1", "π2 gathers"]),
      );
      expect([first[2], second[2]]).toEqual(["π1 gathers", "π2 gathers"]);
    },
  );

  test.each(Object.keys(GAMES))(
    "%s takes K policy steps per iteration, all of them against one model",
    async (name) => {
      const { moves, seen } = recorder(4);
      await take(2, GAMES[name](start, moves, { ...config, policySteps: 4 }, seeded(0)));
      const meetings = seen.filter((entry) => entry.includes("meets")).map((entry) => entry.replace(/,.*/, ""));
      expect(meetings).toEqual([...new Array(4).fill("π0 meets M1"), ...new Array(4).fill("π1 meets M2")]);
    },
  );
});

describe.each(Object.keys(GAMES))("%s", (name) => {
  const play = GAMES[name];

  test("gathers N_init samples at first and N in each iteration", async () => {
    const { moves, counts } = recorder();
    await take(3, play(start, moves, config, seeded(0)));
    expect(counts).toEqual([5, 3, 3, 3]);
  });

  test("hands each gathering the data so far, and its state what came of it", async () => {
    const states = await take(3, play(start, recorder().moves, config, seeded(0)));
    expect(states.map(({ data }) => data.map(({ index }) => index))).toEqual(
      [8, 11, 14].map((size) => Array.from({ length: size }, (_, i) => i)),
    );
  });

  test("yields states numbered from 1, and never changes one that it has yielded", async () => {
    const states: GameState<Policy, number, readonly Sample[]>[] = [];
    const copies: string[] = [];
    for await (const state of play(start, recorder().moves, config, seeded(0))) {
      states.push(state);
      copies.push(JSON.stringify(state));
      if (states.length === 4) break;
    }
    expect(states.map(({ k }) => k)).toEqual([1, 2, 3, 4]);
    expect(states.map((state) => JSON.stringify(state))).toEqual(copies);
  });

  test("goes on from any yielded state as if it had never stopped, random streams included", async () => {
    const drawn = (draws: number[]): Moves<number, number, readonly number[]> => ({
      async collect(_, data, n, rng) {
        return [...data, ...Array.from({ length: n }, () => rng.uniform())].slice(-6);
      },
      async fitModel(model, data, rng) {
        draws.push(rng.uniform());
        return 0.5 * model + data.reduce((a, b) => a + b, 0) + rng.uniform();
      },
      async improvePolicy(policy, model, data, rng) {
        draws.push(rng.uniform());
        return 0.5 * policy + Math.sin(model) + data[0] + rng.uniform();
      },
    });
    const twice = { ...config, policySteps: 2 };
    const unbroken = await take(5, play({ policy: 0, model: 0, data: [] }, drawn([]), twice, seeded(3)));
    for (const [i, state] of unbroken.slice(0, 4).entries()) {
      const resumed = await take(4 - i, play(structuredClone(state), drawn([]), twice, seeded(3)));
      expect(resumed).toEqual(unbroken.slice(i + 1));
    }
  });

  test("gives every move a random stream of its own", async () => {
    const { rng, record } = recordedRng(0);
    const { moves, seen } = recorder(3);
    await take(3, play(start, moves, { ...config, policySteps: 3 }, rng));
    expect(record.drawn).toHaveLength(seen.length); // each move drew once
    expect(new Set(record.drawn).size).toBe(record.drawn.length);
  });

  test("does not begin anything before the first state is asked for, and stops when nobody asks", async () => {
    const { moves, seen } = recorder();
    const states = play(start, moves, config, seeded(0));
    expect(seen).toEqual([]);
    await states.next();
    const after = seen.length;
    await states.return(undefined as never);
    expect(seen).toHaveLength(after);
  });
});
