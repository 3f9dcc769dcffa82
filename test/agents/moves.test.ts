import { describe, expect, test } from "vitest";
import { ALGORITHMS, type Algorithm } from "../../src/agents/defaults.js";
import { modelData } from "../../src/agents/model-data.js";
import {
  agentMoves,
  type Counters,
  type FitReport,
  type MoveListener,
  robustSettings,
} from "../../src/agents/moves.js";
import { initialPlayers } from "../../src/agents/players.js";
import type { SettingsPatch } from "../../src/agents/settings.js";
import { worldPool } from "../../src/agents/world-players.js";
import { br } from "../../src/game/br.js";
import type { Play } from "../../src/game/game.js";
import { gda } from "../../src/game/gda.js";
import { mal } from "../../src/game/mal.js";
import { pal } from "../../src/game/pal.js";
import { modelScaling } from "../../src/model/ensemble.js";
import { modelLoss } from "../../src/model/model-loss.js";
import type { NpgReport } from "../../src/npg/model-based-npg.js";
import { seeded } from "../../src/random/rng.js";
import { lineTask } from "../support/line-task.js";
import { recordedRng } from "../support/recorded-rng.js";
import { tinySettings } from "../support/tiny-run.js";
import { useCompute } from "../support/use-compute.js";

const compute = useCompute();
const GAMES: Readonly<Record<Algorithm, Play>> = { pal, mal, gda, br };

/** Moves on the line, and what they tell. */
function moving(
  algorithm: Algorithm = "pal",
  patch: SettingsPatch = {},
  counters: Counters = { samples: 0, episodes: 0 },
  task = lineTask(),
  iteration?: () => number,
) {
  const settings = tinySettings(algorithm, task, patch);
  const [fits, steps]: [FitReport[], NpgReport[]] = [[], []];
  const listener: MoveListener = {
    collected: () => {},
    fitted: (report) => fits.push(report),
    improved: (report) => steps.push(report),
    progress: () => {},
  };
  const pool = worldPool(task);
  return {
    task,
    settings,
    counters,
    fits,
    steps,
    pool,
    moves: agentMoves(compute(), pool, settings, counters, listener, iteration),
    players: initialPlayers(task, settings, seeded(0)),
  };
}

describe("collecting", () => {
  test("numbers samples and episodes on from where the world's counters stand", async () => {
    const { moves, players, counters, pool } = moving("pal", {}, { samples: 30, episodes: 4 });
    const one = await moves.collect(players.policy, 30, seeded(1)); // episodes of 12 steps at most
    expect(new Set(one.map(({ episode }) => episode)).size).toBeGreaterThanOrEqual(3);
    const two = await moves.collect(players.policy, 10, seeded(2));
    expect(one[0]).toMatchObject({ index: 30, episode: 4 });
    expect(two[0]).toMatchObject({ index: 30 + one.length, episode: one.at(-1)!.episode + 1 });
    expect(counters).toEqual({ samples: two.at(-1)!.index + 1, episodes: two.at(-1)!.episode + 1 });
    pool.close();
  });
});

test("collecting tells each episode's return, and that of its first H steps, which J(π, M) is compared with", async () => {
  const task = lineTask();
  const settings = tinySettings("pal", task, { npg: { rolloutHorizon: 3 } });
  const heads: (readonly number[])[] = [];
  const scores: (readonly number[])[] = [];
  const pool = worldPool(task);
  const moves = agentMoves(
    compute(),
    pool,
    settings,
    { samples: 0, episodes: 5 },
    {
      collected: ({ returns }, within) => {
        scores.push(returns);
        heads.push(within);
      },
      fitted: () => {},
      improved: () => {},
      progress: () => {},
    },
  );
  const data = await moves.collect(initialPlayers(task, settings, seeded(0)).policy, 30, seeded(1));
  pool.close();
  const episodes = [...new Set(data.map(({ episode }) => episode))].map((own) =>
    data.filter(({ episode }) => episode === own).map(({ reward }) => reward),
  );
  const total = (rewards: readonly number[]) =>
    expect.closeTo(
      rewards.reduce((a, b) => a + b, 0),
      10,
    );
  expect(heads).toEqual([episodes.map((rewards) => total(rewards.slice(0, 3)))]);
  expect(scores).toEqual([episodes.map(total)]);
});

describe("fitting the model", () => {
  test("reports its loss on the samples it has not seen yet, before and after, in units of σ_Δ", async () => {
    const { moves, players, fits, task, settings, pool } = moving();
    const old = await moves.collect(players.policy, 30, seeded(1));
    const model = await moves.fitModel(players.model, old, seeded(2));
    expect(model.seenSamples).toBe(old.length);
    const fresh = await moves.collect(players.policy, 20, seeded(3));
    const buffer = [...old, ...fresh];
    const fitted = await moves.fitModel(model, buffer, seeded(4));
    const { deltaScale } = modelScaling(modelData(buffer), task.observation, settings.model);
    const units = deltaScale.map((s) => (s === 0 ? 0 : 1 / s));
    const [before, after] = [
      await modelLoss(compute(), model, modelData(fresh), units),
      await modelLoss(compute(), fitted, modelData(fresh), units),
    ];
    expect(fits[1]).toMatchObject({ before: before[0], after: after[0], byDimension: [before[0], 0] }); // the goal never changes
    expect(fitted.seenSamples).toBe(buffer.length);
    pool.close();
  });

  test("the first loss is that of predicting no change: 1 and more", async () => {
    const { moves, players, fits, pool } = moving();
    const data = await moves.collect(players.policy, 40, seeded(1));
    await moves.fitModel(players.model, data, seeded(2));
    const deltas = data.map(({ observation, next }) => next[0]! - observation[0]!);
    const mean = deltas.reduce((a, b) => a + b, 0) / deltas.length;
    const variance = deltas.reduce((a, b) => a + (b - mean) ** 2, 0) / deltas.length;
    expect(fits[0]!.before).toBeCloseTo(1 + mean ** 2 / variance, 3);
    pool.close();
  });

  test("where everything was seen before, the loss is on all of it (GDA and BR fit the initial samples twice)", async () => {
    const { moves, players, fits, pool } = moving();
    const data = await moves.collect(players.policy, 30, seeded(1));
    const model = await moves.fitModel(players.model, data, seeded(2));
    await moves.fitModel(model, data, seeded(3));
    expect(fits[1]!.before).toBeCloseTo(fits[0]!.after, 10);
    pool.close();
  });
});

describe("improving the policy", () => {
  test("standardises inputs by the initial samples, once, and keeps them so", async () => {
    const { moves, players, pool } = moving("pal", { policy: { inputs: "standardized" } });
    const data = await moves.collect(players.policy, 30, seeded(1));
    const model = await moves.fitModel(players.model, data, seeded(2));
    const improved = await moves.improvePolicy(players.policy, model, data, seeded(3));
    const { inputShift, inputFactor } = modelScaling(modelData(data), lineTask().observation, {
      scale: "std",
      centerDelta: false,
    });
    expect(improved.policy.inputs).toEqual({ shift: inputShift.slice(0, 2), factor: inputFactor.slice(0, 2) });
    expect(improved.value.inputs).toEqual(improved.policy.inputs);
    expect([players.policy.inputsReady, improved.inputsReady]).toEqual([false, true]);
    const later = await moves.improvePolicy(
      improved,
      model,
      (await moves.collect(improved, 30, seeded(4))).slice(),
      seeded(5),
    );
    expect(later.policy.inputs).toEqual(improved.policy.inputs);
    pool.close();
  });

  test.each([
    ["raw", [1, 1]],
    ["task", [1, 0.5]],
  ] as const)("inputs %s have the factors %o, to begin with and for good", async (inputs, factors) => {
    const { moves, players, pool } = moving(
      "pal",
      { policy: { inputs } },
      undefined,
      lineTask({ policyInputScale: [1, 0.5] }),
    );
    expect([players.policy.policy.inputs.factor, players.policy.value.inputs.factor]).toEqual([
      Float32Array.from(factors),
      Float32Array.from(factors),
    ]);
    const data = await moves.collect(players.policy, 30, seeded(1));
    const improved = await moves.improvePolicy(
      players.policy,
      await moves.fitModel(players.model, data, seeded(2)),
      data,
      seeded(3),
    );
    expect(improved.policy.inputs).toEqual(players.policy.policy.inputs);
    pool.close();
  });

  test("adds the entropy's weight to the gradient of MAL's policy as of PAL's", async () => {
    for (const algorithm of ["pal", "mal"] as const) {
      const squares: number[] = [];
      for (const entropyCoefficient of [0, 1, 2]) {
        const { moves, players, steps, pool } = moving(algorithm, { npg: { entropyCoefficient } });
        const data = await moves.collect(players.policy, 30, seeded(1));
        await moves.improvePolicy(
          players.policy,
          await moves.fitModel(players.model, data, seeded(2)),
          data,
          seeded(3),
        );
        squares.push(steps[0]!.gradientNorm ** 2);
        pool.close();
      }
      // ‖g + c e‖² = ‖g‖² + 2c g·e + c², e being 1 for the one log σ: its second difference in c is 2.
      expect(squares[2]! - 2 * squares[1]! + squares[0]!).toBeCloseTo(2, 4);
    }
  });

  test("is robust as the settings say, with the scale of disagreement on a straight line over iterations", async () => {
    const robust = { worstShare: 0, disagreementFrom: 1, disagreementTo: -1, disagreementIterations: 4 };
    const { settings } = moving("pal", { robust });
    const scales = [0, 1, 2, 3, 4, 5, 100].map((k) => robustSettings(settings, k).disagreementScale);
    expect(scales).toEqual([1, 0.5, 0, -0.5, -1, -1, -1]);
    const { moves, players, steps, pool } = moving("pal", { robust }, undefined, undefined, () => 3);
    const data = await moves.collect(players.policy, 30, seeded(1));
    await moves.improvePolicy(players.policy, await moves.fitModel(players.model, data, seeded(2)), data, seeded(3));
    pool.close();
    expect(Array.from(steps[0]!.memberWeights).sort()).toEqual([0, 1]);
    expect(steps[0]!.disagreement).toBeGreaterThan(0);
    expect(steps[0]!.bonus).toBeLessThan(0); // k = 3: times −0.5
  });

  test("takes no real samples: start states from ρ are resets", async () => {
    const { moves, players, counters, steps, pool } = moving();
    const data = await moves.collect(players.policy, 30, seeded(1));
    const model = await moves.fitModel(players.model, data, seeded(2));
    const before = { ...counters };
    const [world] = await pool.worlds(1);
    world!.step = () => expect.unreachable("a step would be a sample");
    await moves.improvePolicy(players.policy, model, data, seeded(3));
    expect(counters).toEqual(before);
    expect(steps).toHaveLength(1);
    pool.close();
  });
});

describe("chance", () => {
  test.each(ALGORITHMS)("%s: no two moves share a random stream, and none is begun twice", async (algorithm) => {
    const { moves, players, settings, pool } = moving(algorithm, {
      model: { learnReward: true, rewardHidden: [4], warmStart: false },
      npg: { fisherFraction: 0.5 },
    });
    const { rng, record } = recordedRng(0);
    const { initialSamples, samplesPerIteration } = settings.data;
    let iterations = 0;
    for await (const _ of GAMES[algorithm](
      players,
      moves,
      { initialSamples, samplesPerIteration, bufferSize: 60, npgSteps: 2 },
      rng,
    )) {
      if (++iterations === 3) break;
    }
    pool.close();
    expect(record.drawn.length).toBeGreaterThan(50);
    expect(record.drawn.filter((name, i) => record.drawn.indexOf(name) !== i)).toEqual([]);
  });

  test("with bootstrap, a member's reward network sees the same resample as its dynamics", async () => {
    const { moves, players, pool } = moving("pal", {
      model: { learnReward: true, rewardHidden: [4], bootstrap: true },
    });
    const data = await moves.collect(players.policy, 30, seeded(1));
    const { rng, record } = recordedRng(0);
    await moves.fitModel(players.model, data, rng);
    pool.close();
    expect(record.drawn.filter((name) => name.includes("member/0"))).toEqual([
      "member/0/bootstrap",
      "member/0/fit dynamics",
      "member/0/bootstrap",
      "member/0/fit reward",
    ]);
  });
});

test("transitions become tables row by row", () => {
  const transition = (x: number) => ({
    index: x,
    episode: 0,
    observation: Float32Array.of(x, x + 1),
    action: Float32Array.of(-x),
    next: Float32Array.of(2 * x, 2),
    reward: x / 2,
    terminal: false,
  });
  expect(modelData([transition(1), transition(5)])).toEqual({
    samples: 2,
    observations: Float32Array.of(1, 2, 5, 6),
    actions: Float32Array.of(-1, -5),
    next: Float32Array.of(2, 2, 10, 2),
    rewards: Float32Array.of(0.5, 2.5),
  });
});
