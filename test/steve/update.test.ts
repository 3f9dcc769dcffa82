import { describe, expect, test } from "vitest";
import type { Tensors } from "../../src/compute/engine.js";
import { actionBox } from "../../src/mdp/action-box.js";
import type { AdamState } from "../../src/nn/adam.js";
import { movedTensors } from "../../src/nn/flat.js";
import { type CriticShape, criticLayout } from "../../src/policy/critics.js";
import { type DeterministicShape, deterministicLayout } from "../../src/policy/deterministic-policy.js";
import { type UpdateShape, updateGraph, watchedNames } from "../../src/steve/update.js";
import { errorOn, PROGRAM_TOLERANCE, valuesOf } from "../support/agreement.js";
import { differences, relativeDistance } from "../support/differences.js";
import { interpret, type Values } from "../support/interpreter.js";
import { LINE_GRAPHS, lineTask } from "../support/line-task.js";
import { plainCritic } from "../support/plain-actor-critic.js";
import { plainMlp } from "../support/plain-networks.js";
import { normals } from "../support/some-policy.js";
import { toyModel } from "../support/toy-dynamics.js";
import { firstEngine, useCompute } from "../support/use-compute.js";

const compute = useCompute();
const task = { ...lineTask(), graphs: LINE_GRAPHS };
const box = actionBox(task.action);
const [n, m, batch] = [2, 1, 6];
const actor: DeterministicShape = {
  observationSize: n,
  hidden: [5],
  actionSize: m,
  exploreChance: 0.05,
  exploreStd: 1,
};
const critic: CriticShape = {
  observationSize: n,
  actionSize: m,
  hidden: [5],
  critics: 3,
  activation: "relu",
  layerNorm: false,
};
const shape: UpdateShape = {
  actor,
  critic,
  batchSize: batch,
  discount: 0.9,
  horizon: 2,
  weighting: "variance",
  saturationPenalty: 0.01,
};
const { model, step } = toyModel([0.6, 0.2]);

const START = {
  parameters: {
    critics: normals(criticLayout(critic).size, 4),
    actor: normals(deterministicLayout(actor).size, 3).map((w) => 0.5 * w),
  },
  moments: Object.fromEntries(
    (["critics", "actor"] as const).map((name, i) => {
      const { size } = name === "critics" ? criticLayout(critic) : deterministicLayout(actor);
      return [name, { first: normals(size, 20 + i), second: normals(size, 22 + i).map((x) => 1 + x * x), steps: 0 }];
    }),
  ) as Record<"critics" | "actor", AdamState>,
  target: normals(criticLayout(critic).size, 5),
};

const vector = (data: ArrayLike<number>) => ({ shape: [data.length], data: Float32Array.from(data) });

function feeds(updates = 1, own = model): Tensors {
  const total = updates * batch;
  const table = (width: number, seed: number) => ({ shape: [total, width], data: normals(total * width, seed) });
  return {
    steps: { shape: [], data: Int32Array.of(updates) },
    observations: table(n, 40),
    actions: { shape: [total, m], data: normals(total * m, 41).map(Math.tanh) },
    rewards: vector(normals(total, 42)),
    next: table(n, 43),
    goesOn: vector(Array.from({ length: total }, (_, i) => (i % batch === 1 ? 0 : 1))),
    ...Object.assign(
      {},
      ...(["critics", "actor"] as const).map((name) => ({
        ...movedTensors(name, START.parameters[name], START.moments[name]),
        [`${name}.rates`]: vector(Array.from({ length: updates }, (_, u) => 0.01 * (u + 1))),
        [`${name}.epsilons`]: vector(new Array(updates).fill(1e-6)),
      })),
    ),
    target: vector(START.target),
    ...own.together.tensors("model"),
    centre: vector(box.centre),
    halfWidth: vector(box.halfWidth),
  };
}
const run = (own: UpdateShape = shape, updates = 1, of = model): Values =>
  interpret(updateGraph(task, of, own), valuesOf(feeds(updates, of)));

const asTheyAre = { shift: new Float32Array(n), factor: new Float32Array(n).fill(1) };
const before = (theta: ArrayLike<number>, s: readonly number[]) =>
  plainMlp({ inputSize: n, hidden: [5], outputSize: m, activation: "relu" }, theta, s);
const act = (theta: ArrayLike<number>, s: readonly number[]) => Array.from(before(theta, s), Math.tanh);
const q = (all: ArrayLike<number>, c: number, s: readonly number[], u: readonly number[]) =>
  plainCritic(critic, all, c, asTheyAre, s, u);
const fed = feeds();
const row = (name: string, i: number, width: number) => Array.from(fed[name].data.subarray(i * width, (i + 1) * width));
const CRITICS = [0, 1, 2];

/** T_h of a row in a member with a critic, step by step. */
function estimate(h: number, i: number, member: number, c: number): number {
  const theta = START.parameters.actor;
  let s = row("next", i, n);
  let [total, reached] = [fed.rewards.data[i], fed.goesOn.data[i]];
  for (let j = 1; j <= h; j++) {
    const a = [box.centre[0] + box.halfWidth[0] * act(theta, s)[0]];
    const next = [...step(member, s, a[0]).next];
    total += shape.discount ** j * reached * task.reward(s, a, next);
    reached *= task.isTerminal(next, 0) ? 0 : 1;
    s = next;
  }
  return total + shape.discount ** (h + 1) * reached * q(START.target, c, s, act(theta, s));
}
const mean = (x: readonly number[]) => x.reduce((a, b) => a + b, 0) / x.length;
const targets = Array.from({ length: batch }, (_, i) => {
  const each = [0, 1, 2].map((h) => [0, 1].flatMap((member) => CRITICS.map((c) => estimate(h, i, member, c))));
  const inverse = each.map((all) => 1 / (mean(all.map((x) => (x - mean(all)) ** 2)) + 1e-8));
  const total = inverse.reduce((a, b) => a + b, 0);
  return each.reduce((y, all, h) => y + (inverse[h] / total) * mean(all), 0);
});

/** Critic i // (batch / critics) for row i: rows are shared out. */
const criticLoss = (all: ArrayLike<number>) =>
  mean(
    targets.map((y, i) => 0.5 * (q(all, Math.floor(i / 2), row("observations", i, n), row("actions", i, m)) - y) ** 2),
  );
const actorLoss = (theta: ArrayLike<number>) =>
  mean(
    targets.map((_, i) => {
      const s = row("observations", i, n);
      const x = before(theta, s)[0];
      return (
        shape.saturationPenalty * x * x - mean(CRITICS.map((c) => q(START.parameters.critics, c, s, [Math.tanh(x)])))
      );
    }),
  );
const gradientOf = (results: Values, name: "critics" | "actor") =>
  results[`new.${name}.first`].data.map((x, i) => x - 0.9 * START.moments[name].first[i]);

describe("an update", () => {
  const results = run();

  test("moves each critic, on its share of the rows, by the gradient of ½ E[(Q − y)²] with y held", () => {
    const expected = differences(criticLoss, Float64Array.from(START.parameters.critics));
    expect(Math.hypot(...expected)).toBeGreaterThan(0.1);
    expect(relativeDistance(gradientOf(results, "critics"), expected)).toBeLessThan(1e-5); // rewards of the task in float32
  });

  test("moves the actor by the gradient of −E[mean of Q] + κ E[x²], through the action", () => {
    const expected = differences(actorLoss, Float64Array.from(START.parameters.actor));
    expect(Math.hypot(...expected)).toBeGreaterThan(0.1);
    expect(relativeDistance(gradientOf(results, "actor"), expected)).toBeLessThan(1e-6);
  });

  test("says what it saw, horizons included", () => {
    expect(results.watched.shape).toEqual([1, watchedNames(2).length]);
    const seen = Object.fromEntries(watchedNames(2).map((name, i) => [name, results.watched.data[i]]));
    expect(seen.criticLoss).toBeCloseTo(2 * criticLoss(START.parameters.critics), 5);
    expect(seen.weight0 + seen.weight1 + seen.weight2).toBeCloseTo(1, 8);
    expect(seen.variance0).toBeGreaterThan(0);
  });
});

test("with an exact model, one member and one critic, the target of the last horizon is the n-step return", () => {
  const exact = toyModel([0.6]);
  const own: UpdateShape = {
    ...shape,
    critic: { ...critic, critics: 1 },
    horizon: 4,
    weighting: "last",
  };
  const psi = normals(criticLayout(own.critic).size, 7);
  const given = {
    ...feeds(1, exact.model),
    ...movedTensors("critics", psi, {
      first: new Float32Array(psi.length),
      second: new Float32Array(psi.length).fill(1),
      steps: 0,
    }),
    target: vector(psi),
  };
  const results = interpret(updateGraph(task, exact.model, own), valuesOf(given));
  const theta = START.parameters.actor;
  const returns = Array.from({ length: batch }, (_, i) => {
    let [s, total, factor] = [row("next", i, n), fed.rewards.data[i], shape.discount * fed.goesOn.data[i]];
    for (let t = 0; t < 4; t++) {
      const a = [box.centre[0] + box.halfWidth[0] * act(theta, s)[0]];
      const next = [...exact.step(0, s, a[0]).next];
      total += factor * task.reward(s, a, next);
      factor *= shape.discount * (task.isTerminal(next, 0) ? 0 : 1);
      s = next;
    }
    return total + factor * plainCritic(own.critic, psi, 0, asTheyAre, s, act(theta, s));
  });
  const errors = returns.map(
    (y, i) => (plainCritic(own.critic, psi, 0, asTheyAre, row("observations", i, n), row("actions", i, m)) - y) ** 2,
  );
  expect(results.watched.data[1]).toBeCloseTo(mean(errors), 5);
});

test("without imagined steps it is DDPG, and asks nothing of the model", () => {
  const own: UpdateShape = { ...shape, horizon: 0 };
  const g = updateGraph({}, model, own);
  expect(g.inputs.map(({ attributes }) => attributes.name).filter((name) => /model|centre/.test(name!))).toEqual([]);
  const { "model.push": _, centre: __, halfWidth: ___, ...rest } = feeds();
  const seen = interpret(g, valuesOf(rest)).watched.data;
  expect(seen[3]).toBe(1); // its only weight
});

test("two updates in one run are two runs of one, each on rows of its own", () => {
  const both = run(shape, 2);
  expect(both.watched.shape[0]).toBe(2);
  const width = watchedNames(2).length;
  expect(both.watched.data.slice(0, width)).toEqual(run().watched.data);
});

test("float32 on the engine agrees with the reference in float64", async () => {
  expect(await errorOn(firstEngine(compute()), updateGraph(task, model, shape), valuesOf(feeds(3)))).toBeLessThan(
    20 * PROGRAM_TOLERANCE, // three updates in a row, and variances that nearly cancel
  );
});
