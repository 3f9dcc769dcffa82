import { describe, expect, test } from "vitest";
import { type DiscountSchedule, discountAfter } from "../../../src/actor-critic/discount.js";
import { checkMemory, UPDATES_AT_ONCE } from "../../../src/agents/check-memory.js";
import { mergeSettings } from "../../../src/agents/merge-settings.js";
import { resolveSettings } from "../../../src/agents/resolve-settings.js";
import type { Settings } from "../../../src/agents/settings.js";
import { openPlayers } from "../../../src/agents/ways.js";
import { ConfigError } from "../../../src/errors/errors.js";
import type { Task } from "../../../src/mdp/task.js";
import { alwaysAlive } from "../../../src/mdp/task-graphs.js";
import { UPDATES_PER_RUN } from "../../../src/nn/flat.js";
import { lineTask } from "../../support/line-task.js";
import { type AnyPatch, playAll, tinySetup } from "../../support/tiny-run.js";
import { tinyTable } from "../../support/tiny-table.js";
import { useCompute } from "../../support/use-compute.js";

const compute = useCompute();
const players = { policy: "actor-critic" } as const;
const resolve = (patch: object = {}, task: Task = lineTask()) =>
  resolveSettings({ algorithm: "pal", task, patches: [{ players }, patch] }) as Settings & {
    readonly gaussian: { readonly learnReward: string };
  };

/** The line, of which graphs say so much. */
const withoutGraphs = lineTask({ isTerminal: (next) => Math.abs(next[0]) > 2 });
const withoutReward: Task = { ...lineTask(), graphs: { alive: alwaysAlive } };

describe("who plays with it", () => {
  test("is the Gaussian ensemble unless another is asked for", () => {
    expect(resolve().players).toEqual({ policy: "actor-critic", model: "gaussian-ensemble" });
    expect(resolve({ players: { model: "ensemble" } }).players).toEqual({ policy: "actor-critic", model: "ensemble" });
  });

  test("may be the ensemble, with the task's own reward or one it has learned", async () => {
    const seats: AnyPatch = { players: { ...players, model: "ensemble" } };
    const learned: AnyPatch = { model: { learnReward: true, rewardHidden: [4] } };
    for (const setup of [
      tinySetup("pal", lineTask(), compute(), seats),
      tinySetup("pal", withoutReward, compute(), seats, learned),
    ]) {
      const [first] = await playAll(setup, 1);
      expect(first.metrics.actorCritic!.updates).toBe(7);
    }
  });
});

describe("γ", () => {
  test("grows from 0.99 where a task's steps are so short that 5 s of it are more, and is the same all along elsewhere", () => {
    const [short, long] = [0.01, 0.5].map((controlStep) => {
      const { actorCritic } = resolve({}, { ...lineTask(), controlStep }) as unknown as {
        readonly actorCritic: DiscountSchedule;
      };
      return [0, 1e6].map((updates) => discountAfter(actorCritic, updates));
    });
    expect(short).toEqual([0.99, 0.997]);
    expect(long).toEqual([0.95, 0.95]);
  });

  test("a schedule that goes backwards is refused", () => {
    expect(() => resolve({ actorCritic: { discountFrom: 10, discountTo: 9 } })).toThrow(
      /^actorCritic\.discountTo: must be at least actorCritic\.discountFrom \(10\), got 9\. A schedule goes forward/,
    );
  });
});

describe("a task", () => {
  test("without graphs is refused: nobody could end an imagined episode", () => {
    expect(() => resolve({}, withoutGraphs)).toThrow(ConfigError);
    expect(() => resolve({}, withoutGraphs)).toThrow(
      /^players\.policy: line-v0 does not say where episodes end as a graph\. Give the task `graphs` .*, or play with --policy npg/,
    );
  });

  test("without a graph of its reward is played if the model player learns it, and refused if not", async () => {
    expect(resolve({}, withoutReward).gaussian.learnReward).toBe("auto");
    const learners = [
      { gaussian: { learnReward: "yes" } },
      { players: { model: "ensemble" }, model: { learnReward: true } },
      { players: { model: "elite-ensemble" } },
    ];
    for (const patch of learners) expect(() => resolve(patch, withoutReward)).not.toThrow();
    const refused = [
      { gaussian: { learnReward: "no" } },
      { players: { model: "ensemble" } },
      { players: { model: "ensemble" }, model: { learnReward: false } },
    ];
    for (const patch of refused) {
      expect(() => resolve(patch, withoutReward)).toThrow(ConfigError);
      expect(() => resolve(patch, withoutReward)).toThrow(
        /^players\.policy: line-v0 does not say its reward as a graph, and no model player learns it/,
      );
    }
    const played = await playAll(tinySetup("pal", withoutReward, compute(), { players }), 2);
    expect(played).toHaveLength(2);
  });

  test.each([
    [[-1], [Number.POSITIVE_INFINITY]],
    [[Number.NEGATIVE_INFINITY], [3]],
    [[2], [2]],
    [[3], [-1]],
  ])("whose actions go from %o to %o is refused", (low, high) => {
    const task: Task = { ...lineTask(), action: { ...lineTask().action, low, high } };
    expect(() => resolve({}, task)).toThrow(ConfigError);
    expect(() => resolve({}, task)).toThrow(
      `players.policy: entry 0 of the action box of line-v0 goes from ${low[0]} to ${high[0]}`,
    );
  });
});

describe("refused, with what would do:", () => {
  test.each([
    [{ npg: { stackelberg: "implicit" } }, /^npg: its settings are of the policy player npg/],
    [{ policy: { hidden: [4] } }, /^policy: its settings are of the policy player npg/],
    [{ robust: { worstShare: 0.5 } }, /^robust: its settings are of the policy player npg/],
    [{ model: { hidden: [4] } }, /^model: its settings are of the model player ensemble/], // the Gaussian ensemble's are its own
    [{ actorCritic: { horizn: 4 } }, /^actorCritic\.horizn: .*Did you mean "actorCritic\.horizon"\?/],
    [{ actorCritic: { lambda: 1.5 } }, /^actorCritic\.lambda: must be at most 1, got 1\.5\. It is weight of the way/],
    [{ actorCritic: { discount: 1 } }, /^actorCritic\.discount: must be less than 1, got 1\. It is γ/],
    [{ actorCritic: { horizon: 0 } }, /^actorCritic\.horizon: must be at least 1, got 0/],
    [{ actorCritic: { criticHidden: [] } }, /^actorCritic\.criticHidden: must have at least 1 entries/],
    [{ actorCritic: { disagreementCut: 0 } }, /^actorCritic\.disagreementCut: must be more than 0, got 0/],
    [{ meter: { every: 1 } }, /^meter\.every: reads the returns of episodes that one policy began and ended/], // small bites
  ])("%o", (patch, message) => {
    expect(() => resolve(patch)).toThrow(ConfigError);
    expect(() => resolve(patch)).toThrow(message);
  });

  test("its settings where another plays", () => {
    const asked = () =>
      resolveSettings({ algorithm: "pal", task: lineTask(), patches: [{ actorCritic: { horizon: 3 } }] });
    expect(asked).toThrow(/^actorCritic: its settings are of the policy player actor-critic, and npg plays/);
  });
});

test("the bound meter measures it where episodes are whole, and changes nothing of the run", async () => {
  const whole = { players, data: { wholeEpisodes: true, continueEpisodes: false } };
  const plain = await playAll(tinySetup("pal", lineTask(), compute(), whole), 3);
  const metered = await playAll(
    tinySetup("pal", lineTask(), compute(), whole, { meter: { every: 1, npgSteps: 2 } }),
    3,
  );
  for (const [i, { metrics, state }] of metered.entries()) {
    const { meter, ...rest } = metrics;
    expect({ ...rest, meter: null }).toEqual(plain[i].metrics);
    expect(state).toEqual(plain[i].state);
    for (const x of [meter!.gap, meter!.policyGap!, meter!.maxReward, meter!.bound.model, meter!.modelError.mean])
      expect(Number.isFinite(x)).toBe(true);
  }
});

describe("sizes of an update", () => {
  test("batches smaller than the ensemble still have a row in each member", async () => {
    const patch = { actorCritic: { batchSize: 1, refillRows: 1 }, gaussian: { ensembleSize: 3 } };
    const [first] = await playAll(tinySetup("pal", lineTask(), compute(), { players }, patch), 1);
    expect(first.metrics.actorCritic!.updates).toBe(7);
    const pool = (first.state.policy as { readonly pool: { readonly size: number } }).pool;
    expect(pool.size).toBeGreaterThanOrEqual(3); // a real state in each member, and what came of them
  });

  test("so many updates come with each sample, one at least, and the initial ones once", async () => {
    const updates = async (actorCritic: object) =>
      (await playAll(tinySetup("pal", lineTask(), compute(), { players }, { actorCritic }), 2)).map(
        ({ metrics }) => metrics.actorCritic!.updates,
      );
    expect(await updates({ updatesPerSample: 0.5, initialUpdates: 0 })).toEqual([10, 10]);
    expect(await updates({ updatesPerSample: 1e-6, initialUpdates: 2 })).toEqual([3, 1]);
  });

  test("J(π, M) is measured once in so many updates, and stands for those between", async () => {
    const returns = async (promiseEvery: number) => {
      const patch = { actorCritic: { initialUpdates: 0, updatesPerSample: 0.2, promiseEvery } }; // 4 an iteration
      const run = await playAll(tinySetup("pal", lineTask(), compute(), { players }, patch));
      return run.map(({ metrics }) => metrics.model!.return.mean);
    };
    const [a, b, c, d] = await returns(8);
    expect([a === b, b === c, c === d]).toEqual([true, false, true]);
    const each = await returns(1);
    expect(new Set(each).size).toBe(each.length);
  });
});

test("plain settings take the task's terminal limits as they are, and nothing else changes", async () => {
  const {
    players: seated,
    settings,
    close,
  } = await tinyTable(compute(), players, [{ actorCritic: { terminalMargin: 0.3, discount: 0.97 } }]);
  close();
  const { actorCritic } = settings as unknown as { readonly actorCritic: object };
  expect(seated.kinds.policy.plain(settings as never)).toMatchObject({
    actorCritic: { ...actorCritic, terminalMargin: 0 },
  });
  expect(openPlayers(lineTask(), settings).policy.lookAhead).toEqual({
    discount: 0.97,
    rolloutHorizon: 8,
    trajectories: 6,
  });
});

describe("sizes that are fine one by one, but impossible together", () => {
  const base = resolve();
  const check = (actorCritic: object, more: object = {}) =>
    checkMemory(mergeSettings(base, { actorCritic }, more) as Settings, lineTask());

  test.each([
    [{ actorHidden: [8000, 8000] }, /^actorCritic\.actorHidden: makes a network of 64,0\d\d,\d{3} weights, more than/],
    [{ criticHidden: [8000, 8000] }, /^actorCritic\.criticHidden: makes a network/],
    [
      { criticHidden: [5000, 5000], critics: 10 },
      /^settings: need 3\.\d GiB in each checkpoint.*3\.\d GiB for 10 × actorCritic\.criticHidden with Adam's moments/,
    ],
    [{ poolSize: 1e8 * 3 }, /in each checkpoint.*: 4\.5 GiB for 300,000,000 imagined states \(actorCritic\.poolSize\)/],
    [
      { batchSize: 1e6, horizon: 20 },
      /GiB of memory.*GiB for windows of 25 updates \(actorCritic\.batchSize × actorCritic\.horizon\)/,
    ],
    [
      { refillRows: 1e6, refillSteps: 1000 },
      /GiB of memory.*GiB for rollouts that refill the pool \(actorCritic\.refillRows × actorCritic\.refillSteps\)/,
    ],
    [
      { refillRows: 1e6, returnSteps: 1000 },
      /GiB of memory.*GiB for rollouts that returns are seen on \(actorCritic\.refillRows × actorCritic\.returnSteps\)/,
    ],
    [
      { promiseRollouts: 1e6, promiseHorizon: 1000 },
      undefined, // the line has 12 steps
    ],
    [{ poolSize: 1e6, batchSize: 4096, refillRows: 10_000, critics: 10 }, undefined],
  ])("%#: %o", (patch, message) => {
    if (message === undefined) expect(() => check(patch)).not.toThrow();
    else {
      expect(() => check(patch)).toThrow(ConfigError);
      expect(() => check(patch)).toThrow(message);
    }
  });

  test("draws are counted for as many updates as are made at once", () => {
    expect(UPDATES_AT_ONCE).toBe(UPDATES_PER_RUN);
  });

  test("rollouts that the model's return is measured on count as long as an episode", () => {
    const long: Task = { ...lineTask(), horizon: 1000 };
    const settings = mergeSettings(base, { actorCritic: { promiseRollouts: 1e6, promiseHorizon: 1000 } }) as Settings;
    expect(() => checkMemory(settings, long)).toThrow(
      /GiB for rollouts that J\(π, M\) is measured on \(actorCritic\.promiseRollouts × actorCritic\.promiseHorizon\)/,
    );
  });
});
