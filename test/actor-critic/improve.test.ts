import { describe, expect, test } from "vitest";
import { type ActorCritic, initialActorCritic, policyOf } from "../../src/actor-critic/actor-critic.js";
import { type ImproveSettings, improveActorCritic } from "../../src/actor-critic/improve.js";
import { emptyPool } from "../../src/actor-critic/pool.js";
import type { Compute } from "../../src/compute/engine.js";
import { mul } from "../../src/compute/operators.js";
import { DivergenceError } from "../../src/errors/errors.js";
import type { Task } from "../../src/mdp/task.js";
import type { ActorShape } from "../../src/policy/squashed-policy.js";
import { seeded } from "../../src/random/rng.js";
import { experienceOf } from "../support/experience.js";
import { LINE_GRAPHS, lineTask } from "../support/line-task.js";
import { normals } from "../support/some-policy.js";
import { toyModel } from "../support/toy-dynamics.js";
import { only, useCompute } from "../support/use-compute.js";

const compute = useCompute(2);
const line = lineTask();
const actor: ActorShape = { observationSize: 2, hidden: [6], actionSize: 1 };
const critic = { observationSize: 2, actionSize: 1, hidden: [6], critics: 2 };
const settings: ImproveSettings = {
  update: {
    actor,
    critic,
    window: { members: 2, rows: 4, horizon: 3 },
    lambda: 0.75,
    targetRate: 0.1,
    terminalMargin: 0,
    targetEntropy: -0.5,
    criticRows: null,
  },
  discount: { discount: 0.9, initialDiscount: null, discountFrom: 0, discountTo: 0 },
  look: null,
  refill: { rows: 4, recentShare: 0.5, recentSamples: 10, steps: 3, disagreementCut: null, terminalMargin: 0 },
  actorLearningRate: 0.01,
  criticLearningRate: 0.01,
  temperatureLearningRate: 0.01,
  rangeRate: 0.1,
  averageRate: null,
};
const { model } = toyModel([0.6, -0.9], { noise: 0.1 });
const real = normals(80, 1);
const data = experienceOf(
  Array.from({ length: 40 }, (_, i) => ({
    episode: 0,
    observation: real.slice(2 * i, 2 * i + 2),
    action: Float32Array.of(0),
    next: real.slice(2 * i, 2 * i + 2),
    reward: i % 4,
    terminal: false,
  })),
);
const begin = (returnSteps: number | null = null) =>
  initialActorCritic(actor, critic, { poolSize: 30, initialTemperature: 0.2, returnSteps }, seeded(0));

interface Asked {
  readonly player?: ActorCritic;
  readonly updates?: number;
  readonly task?: Task;
  readonly changes?: Partial<ImproveSettings>;
  readonly seed?: number;
  readonly on?: Compute;
  readonly seenSamples?: number;
  readonly heard?: (done: number, total: number) => void;
}

const improve = ({
  player = begin(),
  updates = 3,
  task = line,
  changes,
  seed = 1,
  on,
  seenSamples,
  heard,
}: Asked = {}) =>
  improveActorCritic(
    { compute: on ?? compute(), task, model: { ...model, ...(seenSamples !== undefined && { seenSamples }) }, data },
    player,
    updates,
    { ...settings, ...changes },
    seeded(seed),
    heard,
  );

describe("a first move", () => {
  test("standardises inputs by the data, begins the range at its rewards, and fills the pool", async () => {
    const { player, report } = await improve();
    const column = (i: number) => Array.from({ length: 40 }, (_, row) => real[2 * row + i]);
    for (const i of [0, 1]) {
      const mean = column(i).reduce((a, b) => a + b, 0) / 40;
      const std = Math.sqrt(column(i).reduce((a, b) => a + (b - mean) ** 2, 0) / 40);
      expect(player.inputs.shift[i]).toBeCloseTo(mean, 5);
      expect(player.inputs.factor[i]).toBeCloseTo(1 / std, 5);
    }
    expect(player.inputSamples).toBe(40);
    expect([player.updates, report.updates]).toEqual([3, 3]);
    expect(player.pool.size).toBe(2 * 4 * 3 * (1 - report.ended));
    expect(policyOf(actor, player)).toEqual({
      shape: actor,
      parameters: player.actor.parameters,
      inputs: player.inputs,
    });
  });

  test("standardises inputs in a model that has seen nothing too, and again once it has", async () => {
    const [{ player: unseen }, { player: seen }] = [await improve({ seenSamples: 0 }), await improve()];
    expect(unseen.inputs).toEqual(seen.inputs);
    expect((await improve({ player: unseen })).player.inputSamples).toBe(40);
  });

  test("its range holds every value that rewards of the data's mean ± 2.5 spreads can add up to, and 0", async () => {
    // Rewards 0, 1, 2, 3 in turn: mean 1.5, spread √1.25; 1 / (1 − γ) = 10.
    const { player } = await improve({ changes: { rangeRate: 1e-12 } });
    expect(player.range!.low).toBeCloseTo(10 * (1.5 - 2.5 * Math.sqrt(1.25)), 3);
    expect(player.range!.high).toBeCloseTo(10 * (1.5 + 2.5 * Math.sqrt(1.25)), 3);
  });

  test("moves actor, critics, their copies and temperature, each by as many steps", async () => {
    const before = begin();
    const copy = structuredClone(before);
    const { player } = await improve({ player: before, updates: 4 });
    expect(before).toEqual(copy);
    for (const part of ["actor", "critics", "temperature"] as const) {
      expect(player[part].adam.steps).toBe(4);
      expect(player[part].parameters).not.toEqual(before[part].parameters);
    }
    expect(player.target).not.toEqual(before.target);
  });
});

describe("a move", () => {
  test("is its stream's alone: the same on one engine and on two, another with another stream", async () => {
    const once = await improve();
    expect(await improve()).toEqual(once);
    expect(await improve({ on: only(compute(), 1) })).toEqual(once);
    expect((await improve({ seed: 2 })).player.actor).not.toEqual(once.player.actor);
  });

  test("goes on from what the last left: inputs stay while the model has seen no more, the range moves, states are added", async () => {
    const { player: first } = await improve();
    const { player: same } = await improve({ player: first, seed: 2 });
    expect(same.inputs).toBe(first.inputs);
    expect(same.updates).toBe(6);
    expect(same.range).not.toEqual(first.range);
    expect(same.pool.size).toBe(Math.min(30, 2 * first.pool.size));
    const { player: later } = await improve({ player: first, seed: 2, seenSamples: 41 });
    expect(later.inputSamples).toBe(41);
    expect(later.inputs).not.toBe(first.inputs);
  });

  test("the range goes the rate of the way to what is gained now with each update, whatever they are run in", async () => {
    const before = { ...(await improve()).player, range: { low: -1e6, high: 1e6 } };
    const moved = async (rangeRate: number, updates: number) =>
      (await improve({ player: before, updates, changes: { rangeRate } })).player.range!;
    const there = await moved(1, 30); // all the way, in a run of 25 and one of 5
    expect(Math.max(Math.abs(there.low), Math.abs(there.high))).toBeLessThan(1e4);
    const part = await moved(0.01, 30);
    expect(part.low / -1e6).toBeCloseTo(0.99 ** 30, 3);
    expect(part.high / 1e6).toBeCloseTo(0.99 ** 30, 3);
  });

  test("θ acts itself, or a running average does: from the first θ on, the rate of the way to it with each update", async () => {
    const { player: plain } = await improve();
    expect(plain.averaged).toEqual(plain.actor.parameters);
    const changes = { averageRate: 0.1 };
    const { player: first } = await improve({ changes });
    expect(first.averaged).toEqual(plain.actor.parameters);
    const { player: second } = await improve({ player: first, updates: 2, changes });
    const share = 1 - 0.9 ** 2;
    const theta = second.actor.parameters;
    expect(theta).not.toEqual(first.actor.parameters);
    for (const [i, x] of second.averaged.entries())
      expect(x).toBeCloseTo(first.averaged[i] + share * (theta[i] - first.averaged[i]), 6);
  });

  test("tells how far it is, and reports means over all its updates", async () => {
    const heard: (readonly [number, number])[] = [];
    const { player, report } = await improve({ updates: 60, heard: (...far) => heard.push(far) });
    expect(heard).toEqual([
      [25, 60],
      [50, 60],
      [60, 60],
    ]);
    expect(player.updates).toBe(60);
    expect(report.range).toEqual(player.range);
    for (const [name, x] of Object.entries(report))
      if (name !== "range") expect([name, x]).toEqual([name, expect.any(Number)]);
    expect(report.alive).toBeGreaterThan(0);
    expect(report.alive).toBeLessThanOrEqual(1);
  });

  test("climbs: on a line whose member obeys, the mean reward of later windows is larger", async () => {
    const { model: obedient } = toyModel([0.5, 0.5]);
    const move = (player: ActorCritic, seed: number) =>
      improveActorCritic(
        { compute: compute(), task: line, model: obedient, data },
        player,
        150,
        settings,
        seeded(seed),
      );
    let [player, first, last] = [begin(), 0, 0];
    for (let k = 0; k < 4; k++) {
      const { player: after, report } = await move(player, k);
      player = after;
      if (k === 0) first = report.actorValue;
      last = report.actorValue;
    }
    expect(last).toBeGreaterThan(first + 1);
  });
});

describe("where critics learn from returns", () => {
  const changes: Partial<ImproveSettings> = {
    update: { ...settings.update, criticRows: 16 },
    look: { steps: 6, lambda: 0.9 },
  };
  const looking = (asked: Asked = {}) => improve({ player: begin(6), changes, ...asked });

  test("each state of the pool comes with what was done in it, and its return", async () => {
    const { player } = await looking();
    const { size, actions, returns } = player.pool;
    expect([actions.length, returns.length]).toEqual([30, 30]);
    for (const part of [actions, returns]) {
      expect(part.subarray(0, size).every((x) => Number.isFinite(x) && x !== 0)).toBe(true);
      expect(part.subarray(size).every((x) => x === 0)).toBe(true);
    }
    expect(actions.every((u) => Math.abs(u) <= 1)).toBe(true);
  });

  test("the pool is refilled before each 25 updates: by the policy of then", async () => {
    const wide = { ...begin(6), pool: emptyPool(1000, 2, 1) };
    const sizes = [];
    for (const updates of [25, 50, 51]) sizes.push((await looking({ player: wide, updates })).player.pool.size);
    expect(sizes[1]).toBeGreaterThan(1.5 * sizes[0]);
    expect(sizes[2]).toBeGreaterThan(sizes[1]);
  });

  test("a move is its stream's alone, and another than by windows", async () => {
    const once = await looking();
    expect(await looking()).toEqual(once);
    expect(await looking({ on: only(compute(), 1) })).toEqual(once);
    expect((await looking({ seed: 2 })).player.critics).not.toEqual(once.player.critics);
    expect(
      (
        await improve({
          player: begin(6),
          changes: { update: { ...settings.update, criticRows: 16 }, look: { steps: 6, lambda: 0.1 } },
        })
      ).player.critics,
    ).not.toEqual(once.player.critics);
  });

  test("critics come to say what returns do: on a line where nothing is gained, less than before each time", async () => {
    const idle = lineTask({ graphs: { ...LINE_GRAPHS, reward: (...sas) => mul(LINE_GRAPHS.reward!(...sas), 0) } });
    const still = {
      ...changes,
      temperatureLearningRate: 1e-12,
      actorLearningRate: 1e-12,
      update: { ...changes.update!, targetEntropy: -0.5 },
    };
    let player = { ...begin(6), range: { low: -10, high: 30 } };
    const values = [];
    for (let k = 0; k < 3; k++) {
      const { player: after, report } = await improve({
        player,
        task: idle,
        updates: 100,
        seed: k,
        changes: { ...still, rangeRate: 1e-12 },
      });
      player = { ...after, range: player.range };
      values.push(report.value);
    }
    // Entropy alone is gained, 0.2 times about 0.4 a step; the critics begin at the centre of the range, 10.
    expect(values[0]).toBeLessThan(10);
    expect(values[2]).toBeLessThan(values[1]);
    expect(values[1]).toBeLessThan(values[0]);
  });
});

describe("what diverges says so:", () => {
  const broken = (factor: number): Task =>
    lineTask({ graphs: { ...LINE_GRAPHS, reward: (...sas) => mul(LINE_GRAPHS.reward!(...sas), factor) } });

  test.each([
    ["NaN", Number.NaN],
    ["∞", Number.POSITIVE_INFINITY],
    ["too large for their squares", 1e25],
  ])("rewards that are %s", async (_, factor) => {
    const moving = improve({ task: broken(factor), updates: 1 });
    await expect(moving).rejects.toThrow(DivergenceError);
    await expect(moving).rejects.toThrow(/^policy player, /);
  });

  test("step sizes far too large", async () => {
    await expect(improve({ updates: 50, changes: { criticLearningRate: 1e30 } })).rejects.toThrow(DivergenceError);
  });
});
