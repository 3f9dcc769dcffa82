import { describe, expect, test } from "vitest";
import type { Tensors } from "../../src/compute/engine.js";
import type { AdamState } from "../../src/nn/adam.js";
import { movedTensors } from "../../src/nn/flat.js";
import { type CriticShape, criticLayout } from "../../src/policy/critics.js";
import { type ActorShape, actorLayout } from "../../src/policy/squashed-policy.js";
import { PASSES, type UpdateShape, updateGraph } from "../../src/sac/update.js";
import { errorOn, PROGRAM_TOLERANCE, valuesOf } from "../support/agreement.js";
import { differences, relativeDistance } from "../support/differences.js";
import { interpret, type Values } from "../support/interpreter.js";
import { plainAct, plainCritic, plainHeads } from "../support/plain-actor-critic.js";
import { normals } from "../support/some-policy.js";
import { firstEngine, useCompute } from "../support/use-compute.js";

const compute = useCompute();
const [n, m, batch] = [3, 2, 4];
const actor: ActorShape = { observationSize: n, hidden: [5], actionSize: m, activation: "relu", spread: "clipped" };
const critic: CriticShape = {
  observationSize: n,
  actionSize: m,
  hidden: [5],
  critics: 2,
  activation: "relu",
  layerNorm: false,
};
const plain: UpdateShape = {
  actor,
  critic,
  batchSize: batch,
  discount: 0.9,
  targetRate: 0.1,
  targetEntropy: -1.5,
  criticsInTarget: 2,
  actorClimbs: "min",
  dropout: false,
  movesActor: true,
};
const redq: UpdateShape = { ...plain, critic: { ...critic, critics: 3 }, actorClimbs: "mean" };
const LOG_ALPHA = Math.fround(Math.log(0.3));
/** Which critics a target of `redq` asks, of three. */
const SUBSET = [2, 0];

/** Parameters and moments that a gradient matters beside: Adam's first step alone would show its sign. */
function startOf({ critic: own }: UpdateShape) {
  const q = criticLayout(own).size;
  const moments = (size: number, seed: number): AdamState => ({
    first: normals(size, seed),
    second: normals(size, seed + 1).map((x) => 1 + x * x),
    steps: 0,
  });
  return {
    parameters: {
      critics: normals(q, 4),
      actor: normals(actorLayout(actor).size, 3).map((w) => 0.5 * w),
      temperature: Float32Array.of(LOG_ALPHA),
    },
    moments: { critics: moments(q, 20), actor: moments(actorLayout(actor).size, 10), temperature: moments(1, 30) },
    target: normals(q, 5),
  };
}
type Part = "critics" | "actor" | "temperature";

const vector = (data: ArrayLike<number>) => ({ shape: [data.length], data: Float32Array.from(data) });
const ints = (data: readonly number[]) => ({ shape: [data.length], data: Int32Array.from(data) });
const table = (rows: number, width: number, seed: number) => ({
  shape: [rows, width],
  data: normals(rows * width, seed),
});

/** Half of the units of each mask, the rest doubled. */
const MASKS = [
  [2, 0, 2, 0, 2],
  [0, 2, 0, 2, 0],
];

function feeds(shape: UpdateShape, updates = 1): Tensors {
  const { parameters, moments, target } = startOf(shape);
  const total = updates * batch;
  const parts = (shape.movesActor ? ["critics", "actor", "temperature"] : ["critics"]) as readonly Part[];
  const { critics } = shape.critic;
  return {
    steps: { shape: [], data: Int32Array.of(updates) },
    observations: table(total, n, 40),
    actions: { shape: [total, m], data: normals(total * m, 41).map(Math.tanh) },
    rewards: vector(normals(total, 42)),
    next: table(total, n, 43),
    goesOn: vector(Array.from({ length: total }, (_, i) => (i % batch === 1 ? 0 : 1))),
    noise: table(2 * total, m, 44),
    ...(shape.criticsInTarget < critics && { subset: ints(Array.from({ length: updates }, () => SUBSET).flat()) }),
    ...(shape.dropout && {
      masks: { shape: [2, 5], data: Float32Array.from(MASKS.flat()) },
      dropped: ints(Array.from({ length: PASSES * critics * total }, (_, i) => dropOf(i))),
    }),
    ...Object.assign({}, ...parts.map((name) => movedTensors(name, parameters[name], moments[name]))),
    ...(shape.movesActor
      ? {}
      : { "actor.parameter": vector(parameters.actor), "temperature.parameter": vector(parameters.temperature) }),
    ...Object.fromEntries(
      parts.flatMap((name) => [
        [`${name}.rates`, vector(Array.from({ length: updates }, (_, u) => 0.01 * (u + 1)))],
        [`${name}.epsilons`, vector(new Array(updates).fill(1e-6))],
      ]),
    ),
    target: vector(target),
  };
}
const dropOf = (i: number) => (i * 7 + (i >> 2)) % 2;

const run = (shape: UpdateShape, updates = 1): Values => interpret(updateGraph(shape), valuesOf(feeds(shape, updates)));

/** The first update by hand, in float64: its losses as functions of parameters. */
function byHand(shape: UpdateShape, moved?: { critics: ArrayLike<number>; target: ArrayLike<number> }) {
  const fed = feeds(shape);
  const { parameters, target: before } = startOf(shape);
  const [psi, psiTarget] = [moved?.critics ?? parameters.critics, moved?.target ?? before];
  const asTheyAre = { shift: new Float32Array(n), factor: new Float32Array(n).fill(1) };
  const alpha = Math.exp(LOG_ALPHA);
  const row = (name: string, i: number, width: number) =>
    Array.from(fed[name].data.subarray(i * width, (i + 1) * width));
  const indices = Array.from({ length: batch }, (_, i) => i);
  const act = (theta: ArrayLike<number>, s: readonly number[], noise: readonly number[]) =>
    plainAct(plainHeads(actor, theta, asTheyAre, s), noise);
  const q = (all: ArrayLike<number>, c: number, s: readonly number[], u: readonly number[]) =>
    plainCritic(shape.critic, all, c, asTheyAre, s, u);
  const every = Array.from({ length: shape.critic.critics }, (_, c) => c);
  const asked = shape.criticsInTarget < every.length ? SUBSET : every;
  const targets = indices.map((i) => {
    const next = row("next", i, n);
    const { u, logLikelihood } = act(parameters.actor, next, row("noise", i, m));
    const least = Math.min(...asked.map((c) => q(psiTarget, c, next, u)));
    return fed.rewards.data[i] + shape.discount * fed.goesOn.data[i] * (least - alpha * logLikelihood);
  });
  const criticLoss = (all: ArrayLike<number>) =>
    every.reduce(
      (total, c) =>
        total +
        indices.reduce(
          (sum, i) => sum + 0.5 * (q(all, c, row("observations", i, n), row("actions", i, m)) - targets[i]) ** 2,
          0,
        ) /
          batch,
      0,
    );
  const sampled = (theta: ArrayLike<number>, i: number) =>
    act(theta, row("observations", i, n), row("noise", batch + i, m));
  const actorLoss = (theta: ArrayLike<number>) =>
    indices.reduce((total, i) => {
      const { u, logLikelihood } = sampled(theta, i);
      const values = every.map((c) => q(psi, c, row("observations", i, n), u));
      const best =
        shape.actorClimbs === "min" ? Math.min(...values) : values.reduce((a, b) => a + b, 0) / values.length;
      return total + alpha * logLikelihood - best;
    }, 0) / batch;
  const entropy = -indices.reduce((total, i) => total + sampled(parameters.actor, i).logLikelihood, 0) / batch;
  return { criticLoss, actorLoss, entropy, start: parameters, before };
}

/** The gradient that a part was moved by: what its first moment grew by. */
const gradientOf = (shape: UpdateShape, results: Values, name: Part) =>
  results[`new.${name}.first`].data.map((x, i) => x - 0.9 * startOf(shape).moments[name].first[i]);

const reduced: UpdateShape = { ...redq, criticsInTarget: 2 };

describe.each([
  ["SAC", plain],
  ["REDQ: the least of two of three critics, their mean for the actor", reduced],
  ["DroQ's layer norm", { ...plain, critic: { ...critic, layerNorm: true } }],
] as const)("an update, %s,", (_, shape) => {
  const results = run(shape);
  const { criticLoss, actorLoss, entropy, start, before } = byHand(shape);

  test("moves the critics by the gradient of ½ E[(Q − y)²], y = r + γ (1 − d) (min Q′ − α log π) held", () => {
    const expected = differences(criticLoss, Float64Array.from(start.critics));
    expect(Math.hypot(...expected)).toBeGreaterThan(0.1);
    expect(relativeDistance(gradientOf(shape, results, "critics"), expected)).toBeLessThan(1e-6);
  });

  test("moves the actor by the pathwise gradient of E[α log π − Q]", () => {
    const expected = differences(actorLoss, Float64Array.from(start.actor));
    expect(Math.hypot(...expected)).toBeGreaterThan(0.1);
    expect(relativeDistance(gradientOf(shape, results, "actor"), expected)).toBeLessThan(1e-6);
  });

  test("moves log α by −E[log π + H̄], and says what it saw", () => {
    expect(gradientOf(shape, results, "temperature")[0]).toBeCloseTo(entropy - shape.targetEntropy, 8);
    const [actorValue, loss, seenEntropy, temperature] = results.watched.data;
    expect(actorValue).toBeCloseTo(-actorLoss(start.actor), 8);
    expect(loss).toBeCloseTo((2 * criticLoss(start.critics)) / shape.critic.critics, 8);
    expect(seenEntropy).toBeCloseTo(entropy, 8);
    expect(temperature).toBeCloseTo(0.3, 6);
  });

  test("lets the slow critics follow: ψ′ ← (1 − τ) ψ′ + τ ψ", () => {
    const moved = results["new.critics.parameter"].data;
    const expected = moved.map((psi, i) => 0.9 * before[i] + 0.1 * psi);
    expect(relativeDistance(results["new.target"].data, expected)).toBeLessThan(1e-12);
  });
});

test("without the actor, the critics move as with it, and nothing else does", () => {
  const [all, alone] = [run(plain), run({ ...plain, movesActor: false })];
  for (const name of ["new.critics.parameter", "new.critics.second", "new.target"])
    expect(alone[name]).toEqual(all[name]);
  expect(Object.keys(alone).filter((name) => /actor|temperature/.test(name))).toEqual([]);
});

test("dropped units are those of each sample's mask: masks of ones are no dropout", () => {
  const shape = { ...plain, dropout: true };
  const ones = { ...feeds(shape), masks: { shape: [2, 5], data: new Float32Array(10).fill(1) } };
  const kept = interpret(updateGraph(shape), valuesOf(ones));
  expect(kept["new.critics.parameter"]).toEqual(run(plain)["new.critics.parameter"]);
  const halved = run(shape);
  expect(halved["new.critics.parameter"].data.every(Number.isFinite)).toBe(true);
  expect(relativeDistance(halved["new.critics.first"].data, kept["new.critics.first"].data)).toBeGreaterThan(0.01);
  // A unit that no sample keeps in the pass of the loss has no gradient.
  const none = { ...ones, masks: { shape: [2, 5], data: Float32Array.from([1, 1, 0, 1, 1, 1, 1, 0, 1, 1]) } };
  const results = interpret(updateGraph(shape), valuesOf(none));
  const gradient = gradientOf(shape, results, "critics");
  const inputs = n + m; // weights [2, inputs, 5] first
  for (let c = 0; c < 2; c++)
    for (let i = 0; i < inputs; i++) expect(gradient[c * inputs * 5 + i * 5 + 2]).toBeCloseTo(0, 12);
});

test("two updates in one run are two runs of one, each on rows of its own", () => {
  const both = run(plain, 2);
  expect(both.watched.shape).toEqual([2, 5]);
  expect(both.watched.data.slice(0, 5)).toEqual(run(plain).watched.data);
  expect(both.watched.data[6]).not.toBe(both.watched.data[1]);
});

test("float32 on the engine agrees with the reference in float64", async () => {
  for (const shape of [plain, reduced, { ...plain, dropout: true }]) {
    const error = await errorOn(firstEngine(compute()), updateGraph(shape), valuesOf(feeds(shape, 3)));
    expect(error).toBeLessThan(10 * PROGRAM_TOLERANCE); // three updates in a row
  }
});
