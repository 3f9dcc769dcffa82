import { describe, expect, test } from "vitest";
import { type UpdateShape, updateGraph, WATCHED } from "../../src/actor-critic/update.js";
import type { Tensors } from "../../src/compute/engine.js";
import { neg } from "../../src/compute/operators.js";
import { actionBox } from "../../src/mdp/action-box.js";
import type { AdamState } from "../../src/nn/adam.js";
import { movedTensors } from "../../src/nn/flat.js";
import { type CriticShape, criticLayout } from "../../src/policy/critics.js";
import { type ActorShape, actorLayout } from "../../src/policy/squashed-policy.js";
import { PROGRAM_TOLERANCE, runOn, valuesOf } from "../support/agreement.js";
import { relativeError } from "../support/derivatives.js";
import { differences, relativeDistance } from "../support/differences.js";
import { interpret, type Values } from "../support/interpreter.js";
import { LINE_GRAPHS, lineTask } from "../support/line-task.js";
import {
  type PlainScene,
  plainActorValue,
  plainCritic,
  plainTarget,
  plainWindows,
} from "../support/plain-actor-critic.js";
import { normals } from "../support/some-policy.js";
import { toyModel } from "../support/toy-dynamics.js";
import { firstEngine, useCompute } from "../support/use-compute.js";

const compute = useCompute();
const task = lineTask();
const actor: ActorShape = { observationSize: 2, hidden: [4], actionSize: 1 };
const critic: CriticShape = { observationSize: 2, actionSize: 1, hidden: [4], critics: 2 };
const [members, rows, horizon] = [2, 3, 3];
const batch = members * rows;
const shape: UpdateShape = {
  actor,
  critic,
  window: { members, rows, horizon },
  lambda: 0.75,
  targetRate: 0.1,
  terminalMargin: 0,
  targetEntropy: -0.5,
  criticRows: null,
};
const discount = Math.fround(0.9);
const inputs = { shift: Float32Array.of(0.25, -0.5), factor: Float32Array.of(1.5, 0.75) };
const { model, step } = toyModel([0.6, -0.9], { noise: 0.3 });

/** States, of which some are near the end of the line at ±2. */
const pool = [0, 0.5, 1.9, -0.3, -1.95, 1, 0.7, -1, 1.8, 0];
/** What was seen of them, some beyond the range. */
const RETURNS = [1.5, -20, 3, 9, -4];
const CRITIC_ROWS = 4;
const ALPHA = Math.fround(Math.log(0.3));

const start = {
  actor: normals(actorLayout(actor).size, 3).map((w) => 0.8 * w),
  critics: normals(criticLayout(critic).size, 4),
  target: normals(criticLayout(critic).size, 5).map((w) => 0.5 * w),
  temperature: Float32Array.of(ALPHA),
};
/** Moments that a gradient matters beside: Adam's first step alone would show its sign. */
const momentsOf = (size: number, seed: number): AdamState => ({
  first: normals(size, seed),
  second: normals(size, seed + 1).map((x) => 1 + x * x),
  steps: 0,
});
const moments = {
  actor: momentsOf(start.actor.length, 10),
  critics: momentsOf(start.critics.length, 20),
  temperature: momentsOf(1, 30),
};
type Part = keyof typeof moments;
const PARTS = ["actor", "critics", "temperature"] as const;

interface Asked {
  readonly updates?: number;
  readonly range?: readonly [low: number, high: number];
}

const range0 = [-12, 6] as const;

/** What the graph is fed for so many updates. */
function feeds({ updates = 1, range: [low, high] = range0 }: Asked = {}): Tensors {
  const vector = (data: ArrayLike<number>) => ({ shape: [data.length], data: Float32Array.from(data) });
  const scalar = (x: number) => ({ shape: [], data: Float32Array.of(x) });
  const { centre, halfWidth } = actionBox(task.action);
  const column = (count: number, seed: number) => ({ shape: [count, 1], data: normals(count, seed) });
  return {
    steps: { shape: [], data: Int32Array.of(updates) },
    pool: { shape: [pool.length / 2, 2], data: Float32Array.from(pool) },
    picks: { shape: [updates * batch], data: Int32Array.from({ length: updates * batch }, (_, i) => (3 * i + 1) % 5) },
    poolActions: column(pool.length / 2, 6),
    poolReturns: vector(RETURNS),
    criticPicks: {
      shape: [updates * CRITIC_ROWS],
      data: Int32Array.from({ length: updates * CRITIC_ROWS }, (_, i) => (2 * i + 1) % 5),
    },
    noise: column(updates * (horizon + 1) * batch, 1),
    chance: column(updates * horizon * batch, 2),
    ...Object.assign({}, ...PARTS.map((name) => movedTensors(name, start[name], moments[name]))),
    ...Object.fromEntries(
      PARTS.flatMap((name) => [
        [`${name}.rates`, vector(Array.from({ length: updates }, (_, u) => 0.01 * (u + 1)))],
        [`${name}.epsilons`, vector(new Array(updates).fill(1e-6))],
      ]),
    ),
    target: vector(start.target),
    shift: vector(inputs.shift),
    factor: vector(inputs.factor),
    centre: vector(centre),
    halfWidth: vector(halfWidth),
    discount: scalar(discount),
    valueCentre: scalar((low + high) / 2),
    valueWidth: scalar((high - low) / 2),
    lowest: scalar(low),
    highest: scalar(high),
    ...model.together.tensors("model"),
  };
}

const run = (asked: Asked = {}, of: UpdateShape = shape): Values =>
  interpret(updateGraph(task, model.together, of), valuesOf(feeds(asked)));

const scene: PlainScene = {
  task,
  actor,
  inputs,
  members,
  rows,
  horizon,
  terminalMargin: 0,
  learnsReward: false,
  step,
};

/** The first update by hand: the losses as functions of parameters, the entropy and the targets. */
function byHand([low, high]: readonly [number, number], { lambda }: UpdateShape = shape) {
  const [centre, width, alpha] = [(low + high) / 2, (high - low) / 2, Math.exp(ALPHA)];
  const fed = feeds();
  const states = Array.from(fed.picks.data, (row) => [...Float32Array.from(pool).slice(2 * row, 2 * row + 2)]);
  const windows = (theta: ArrayLike<number>) => plainWindows(scene, theta, states, fed.noise.data, fed.chance.data);
  const value = (psi: ArrayLike<number>, c: number, s: readonly number[], u: readonly number[]) =>
    centre + width * plainCritic(critic, psi, c, inputs, s, u);
  const actorLoss = (theta: ArrayLike<number>) =>
    -windows(theta).reduce((total, own) => {
      const values = own.states.map(
        (s, t) => (value(start.critics, 0, s, own.actions[t]) + value(start.critics, 1, s, own.actions[t])) / 2,
      );
      return total + plainActorValue(own, values, { discount, lambda, alpha });
    }, 0) /
    (batch * width);
  const all = windows(start.actor);
  const targets = all.map((own) => {
    const [s, u] = [own.states[horizon], own.actions[horizon]];
    const last = Math.min(value(start.target, 0, s, u), value(start.target, 1, s, u));
    return own.rewards.map((_, t) => plainTarget(own, last, { discount, alpha }, t));
  });
  const clipped = targets.map((own) => own.map((y) => Math.min(Math.max(y, low), high)));
  const criticLoss = (psi: ArrayLike<number>) => {
    let [total, count] = [0, 0];
    all.forEach((own, i) => {
      let underWay = true;
      own.rewards.forEach((_, t) => {
        if (!underWay) return;
        count++;
        for (const c of [0, 1])
          total +=
            (plainCritic(critic, psi, c, inputs, own.states[t], own.actions[t]) - (clipped[i][t] - centre) / width) **
            2;
        underWay = own.alive[t] === 1;
      });
    });
    return total / (2 * count);
  };
  const likelihoods = all.flatMap((own) => own.logLikelihoods);
  const entropy = -likelihoods.reduce((a, b) => a + b, 0) / likelihoods.length;
  return { actorLoss, criticLoss, targets, entropy, all };
}

/** The gradient that a part was moved by: what its first moment grew by. */
const gradientOf = (results: Values, name: Part) =>
  results[`new.${name}.first`].data.map((x, i) => x - 0.9 * moments[name].first[i]);

describe("one update of the loop", () => {
  const results = run();
  const { actorLoss, criticLoss, targets, entropy, all } = byHand(range0);

  test("sees windows that end and windows that do not, and targets beyond the range", () => {
    const alive = all.map((own) => own.alive.reduce((a, b) => a * b, 1));
    expect(alive).toContain(0);
    expect(alive).toContain(1);
    const ahead = targets.filter((_, i) => alive[i] === 1).flat(); // of windows that Q is asked beyond
    expect(ahead.some((y) => y < range0[0] || y > range0[1])).toBe(true);
    expect(ahead.some((y) => y > range0[0] && y < range0[1])).toBe(true);
  });

  test("moves the actor by the gradient of finite differences", () => {
    const expected = differences(actorLoss, Float64Array.from(start.actor));
    expect(Math.hypot(...expected)).toBeGreaterThan(0.1);
    expect(relativeDistance(gradientOf(results, "actor"), expected)).toBeLessThan(1e-6);
  });

  test("moves the critics by the gradient of finite differences, with targets held and clipped to their range", () => {
    const expected = differences(criticLoss, Float64Array.from(start.critics));
    expect(Math.hypot(...expected)).toBeGreaterThan(0.1);
    expect(relativeDistance(gradientOf(results, "critics"), expected)).toBeLessThan(1e-6);
  });

  test("moves log α by the entropy's surplus", () => {
    expect(gradientOf(results, "temperature")[0]).toBeCloseTo(entropy - shape.targetEntropy, 8);
  });

  test.each(PARTS)("Adam takes the step of %s", (name) => {
    const gradient = gradientOf(results, name);
    const { first, second } = moments[name];
    const expected = Array.from(start[name], (x, i) => {
      const [m, v] = [0.9 * first[i] + gradient[i], 0.999 * second[i] + gradient[i] ** 2];
      return x - (Math.fround(0.01) * m) / (Math.sqrt(v) + Math.fround(1e-6));
    });
    expect(Array.from(results[`new.${name}.parameter`].data)).toEqual(expected.map((x) => expect.closeTo(x, 8)));
  });

  test("targets' copies go the target rate of the way to the new critics", () => {
    const moved = results["new.critics.parameter"].data;
    expect(Array.from(results["new.target"].data)).toEqual(
      Array.from(start.target, (x, i) => expect.closeTo(0.9 * x + 0.1 * moved[i], 8)),
    );
  });

  test("watches what is there before the step", () => {
    const [low, high] = range0;
    const watched = Object.fromEntries(WATCHED.map((name, i) => [name, results.watched.data[i]]));
    const going = all.flatMap((own) => {
      const masks = own.alive.map((_, t) => own.alive.slice(0, t).every((x) => x === 1));
      return own.rewards.flatMap((r, t) => (masks[t] ? [r - Math.exp(ALPHA) * own.logLikelihoods[t]] : []));
    });
    const mean = (list: readonly number[]) => list.reduce((a, b) => a + b, 0) / list.length;
    const near = (x: number) => expect.closeTo(x, 7);
    expect(watched).toEqual({
      actorValue: near((-actorLoss(start.actor) * (high - low)) / 2),
      criticLoss: near(criticLoss(start.critics)),
      entropy: near(entropy),
      temperature: near(Math.exp(ALPHA)),
      value: near(
        mean(
          all.flatMap((own) =>
            own.states.flatMap((s, t) =>
              [0, 1].map(
                (c) =>
                  (low + high) / 2 +
                  ((high - low) / 2) * plainCritic(critic, start.critics, c, inputs, s, own.actions[t]),
              ),
            ),
          ),
        ),
      ),
      alive: near(mean(all.flatMap((own) => own.alive))),
      gain: near(mean(going)),
      gainSquared: near(mean(going.map((x) => x * x))),
    });
  });

  test("is what the engine makes of it", async () => {
    const graph = updateGraph(task, model.together, shape);
    const got = await runOn(firstEngine(compute()), graph, valuesOf(feeds({ updates: 3 })));
    const expected = run({ updates: 3 });
    const keys = Object.keys(expected);
    expect(
      relativeError(
        keys.map((key) => got[key]),
        keys.map((key) => expected[key]),
      ),
    ).toBeLessThan(10 * PROGRAM_TOLERANCE); // three updates, one upon the other
  });
});

test.each([1, 0])("with λ = %d too, the actor is moved by the gradient of finite differences", (lambda) => {
  const of = { ...shape, lambda };
  const expected = differences(byHand(range0, of).actorLoss, Float64Array.from(start.actor));
  expect(relativeDistance(gradientOf(run({}, of), "actor"), expected)).toBeLessThan(1e-6);
});

test("critics that learn from returns too are moved by both errors in equal parts; returns are clipped to the range", () => {
  const of = { ...shape, criticRows: CRITIC_ROWS };
  const fed = feeds();
  const [low, high] = range0;
  const { criticLoss } = byHand(range0);
  const both = (psi: ArrayLike<number>) => (criticLoss(psi) + onReturns(psi)) / 2;
  const onReturns = (psi: ArrayLike<number>) => {
    let total = 0;
    for (const row of fed.criticPicks.data) {
      const s = Array.from(Float32Array.from(pool).slice(2 * row, 2 * row + 2));
      const wanted = (Math.min(Math.max(RETURNS[row], low), high) - (low + high) / 2) / ((high - low) / 2);
      for (const c of [0, 1])
        total += (plainCritic(critic, psi, c, inputs, s, [fed.poolActions.data[row]]) - wanted) ** 2;
    }
    return total / (2 * CRITIC_ROWS);
  };
  const results = run({}, of);
  const expected = differences(both, Float64Array.from(start.critics));
  expect(Math.hypot(...expected)).toBeGreaterThan(0.1);
  expect(relativeDistance(gradientOf(results, "critics"), expected)).toBeLessThan(1e-6);
  expect(results["new.actor.parameter"]).toEqual(run()["new.actor.parameter"]);
});

test("several updates in one run are as many runs of one: each begins where the one before ended, with draws of its own", () => {
  const graph = updateGraph(task, model.together, shape);
  const all = valuesOf(feeds({ updates: 3 }));
  const part = (name: string, u: number, each: number) => {
    const width = all[name].shape[1] ?? 1;
    return {
      shape: [each, ...all[name].shape.slice(1)],
      data: all[name].data.slice(u * each * width, (u + 1) * each * width),
    };
  };
  let state: Values = all;
  const watched: number[] = [];
  for (let u = 0; u < 3; u++) {
    const results = interpret(graph, {
      ...state,
      steps: { shape: [], data: Float64Array.of(1) },
      picks: part("picks", u, batch),
      noise: part("noise", u, (horizon + 1) * batch),
      chance: part("chance", u, horizon * batch),
      ...Object.fromEntries(
        PARTS.flatMap((name) => [`${name}.rates`, `${name}.epsilons`].map((x) => [x, part(x, u, 1)])),
      ),
    });
    watched.push(...results.watched.data);
    const carried = Object.entries(results).filter(([name]) => name.startsWith("new."));
    state = { ...state, ...Object.fromEntries(carried.map(([name, x]) => [name.slice("new.".length), x])) };
  }
  const together = interpret(graph, all);
  for (const name of Object.keys(together).filter((key) => key !== "watched"))
    expect([name, ...together[name].data]).toEqual([
      name,
      ...Array.from(state[name.slice("new.".length)].data, (x) => expect.closeTo(x, 10)),
    ]);
  expect(Array.from(together.watched.data)).toEqual(watched.map((x) => expect.closeTo(x, 10)));
});

test("α falls while actions are more random than asked for, and rises while they are less", () => {
  const alpha = (targetEntropy: number) => {
    const asked = feeds();
    const still = { shape: [1], data: Float32Array.of(0) };
    const results = interpret(
      updateGraph(task, model.together, { ...shape, targetEntropy }),
      valuesOf({ ...asked, "temperature.first": still, "temperature.second": still }),
    );
    return results["new.temperature.parameter"].data[0];
  };
  expect(alpha(-8)).toBeLessThan(ALPHA);
  expect(alpha(8)).toBeGreaterThan(ALPHA);
});

test("two tasks of one name have updates of their own, by their own reward", () => {
  const other = lineTask({
    reward: (...sas) => -task.reward(...sas),
    graphs: { ...LINE_GRAPHS, reward: (...sas) => neg(LINE_GRAPHS.reward!(...sas)) },
  });
  expect([other.id, other.options]).toEqual([task.id, task.options]);
  expect(updateGraph(task, model.together, shape)).toBe(updateGraph(task, model.together, shape));
  const moved = (of: typeof task) =>
    interpret(updateGraph(of, model.together, shape), valuesOf(feeds()))["new.actor.parameter"];
  expect(moved(other)).not.toEqual(moved(task));
});
