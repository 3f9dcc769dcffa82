import { describe, expect, test } from "vitest";
import type { Compute } from "../../src/compute/engine.js";
import { adamSchedule, initialAdam } from "../../src/nn/adam.js";
import { layoutInputs, unflatten } from "../../src/nn/layout.js";
import { initialMlp, type MlpShape, mlpLayout } from "../../src/nn/mlp.js";
import {
  fitRegression,
  gradientSteps,
  type Learner,
  type RegressionData,
  type RegressionSettings,
  regression,
} from "../../src/nn/regression.js";
import { seeded } from "../../src/random/rng.js";
import { tensorsFor, valuesOf } from "../support/agreement.js";
import { differenceGradient, relativeError } from "../support/derivatives.js";
import { feedsOf, interpret, scalar, type Value, type Values, value } from "../support/interpreter.js";
import { product, solve, times, transposed } from "../support/linear-algebra.js";
import { plainMlp } from "../support/plain-networks.js";
import { recordedCompute } from "../support/recorded-compute.js";
import { firstEngine, useCompute } from "../support/use-compute.js";

const compute = useCompute(2);

const shape: MlpShape = { inputSize: 2, hidden: [6, 5], outputSize: 3, activation: "tanh" };
const settings: RegressionSettings = { epochs: 1, batchSize: 7, learningRate: 1e-3, weightDecay: 0 };

function learner(seed: number, of = shape): Learner {
  const parameters = initialMlp(of, seeded(seed));
  return { parameters, adam: initialAdam(parameters.length) };
}

/** Random inputs, and targets that are a smooth function of them. */
function smoothData(samples: number, seed = 0): RegressionData {
  const rng = seeded(seed);
  const inputs = Float32Array.from({ length: 2 * samples }, () => rng.normal());
  const targets = Float32Array.from({ length: 3 * samples }, (_, i) => {
    const [x, y] = [inputs[2 * Math.floor(i / 3)], inputs[2 * Math.floor(i / 3) + 1]];
    return [Math.sin(x) + y, 0.5 * x * y, x - y][i % 3];
  });
  return { samples, inputs, targets, weights: Float32Array.of(1, 1, 1) };
}

const fitFrom = (on: Compute, data: RegressionData, using: RegressionSettings, seed = 0, start = learner(0)) =>
  fitRegression(firstEngine(on), regression("test", shape, using), start, data, using, seeded(seed));

/** Feeds of one gradient step on the whole of some data, from fresh moments. */
function oneStep({ samples, inputs, targets }: RegressionData, weights: readonly number[]): Values {
  const size = mlpLayout(shape).size;
  const { parameters } = learner(3);
  const tensors = {
    ...unflatten(mlpLayout(shape), "parameter", parameters),
    ...unflatten(mlpLayout(shape), "first", new Float32Array(size)),
    ...unflatten(mlpLayout(shape), "second", new Float32Array(size)),
  };
  return {
    ...valuesOf(tensors),
    inputs: value([samples, 2], inputs),
    targets: value([samples, 3], targets),
    weights: value([3], weights),
    order: value(
      [samples],
      Array.from({ length: samples }, (_, i) => i),
    ),
    rates: value([1], [0]),
    epsilons: value([1], [1e-8]),
    steps: scalar(1),
  };
}

describe("the loss and its gradient", () => {
  const data = smoothData(7);
  const weights = [1, 0.25, 4];
  const names = layoutInputs(mlpLayout(shape), "parameter").map(({ attributes }) => attributes.name!);
  /** With moments that start at 0, the first one is the gradient. */
  const gradientOf = (results: Values): Value[] => names.map((name) => results[name.replace("parameter", "newFirst")]);

  test("loss = mean over the batch of Σ weight · (f(x) − y)² / outputs", () => {
    const { losses } = interpret(regression("test", shape, settings).graph, oneStep(data, weights));
    const { parameters } = learner(3);
    let expected = 0;
    for (let i = 0; i < data.samples; i++) {
      const output = plainMlp(shape, parameters, data.inputs.subarray(2 * i, 2 * i + 2));
      output.forEach((y, j) => {
        expected += (weights[j] * (y - data.targets[3 * i + j]) ** 2) / 3 / data.samples;
      });
    }
    expect(losses.data[0]).toBeCloseTo(expected, 12);
  });

  test.each([
    ["tanh", 0],
    ["relu", 0],
    ["tanh", 0.1],
  ] as const)(
    "gradient of the whole loss (%s, weight decay %d) equals central differences in float64",
    (activation, weightDecay) => {
      const of = { ...shape, activation };
      const { graph } = regression("test", of, { ...settings, weightDecay });
      const feeds = oneStep(data, weights);
      const gradient = gradientOf(interpret(graph, feeds));
      const parameters = graph.inputs.filter(({ attributes }) => names.includes(attributes.name!));
      const differences = differenceGradient(
        [graph.outputs.losses],
        parameters,
        [value([1], [1])],
        feedsOf(graph.inputs, feeds),
      );
      const decayed = differences.map((g, i) =>
        value(
          g.shape,
          g.data.map((x, j) => x + weightDecay * feeds[names[i]].data[j]),
        ),
      );
      expect(relativeError(gradient, decayed)).toBeLessThan(1e-6);
    },
  );

  test("with a proximal step the loss has ‖φ − φ_k‖² / 2β on top, and the gradient (φ − φ_k) / β", () => {
    const beta = 0.4;
    const { graph } = regression("test", shape, { ...settings, proximalStep: beta });
    const [{ parameters }, { parameters: anchor }] = [learner(3), learner(4)];
    const feeds = { ...oneStep(data, weights), ...valuesOf(unflatten(mlpLayout(shape), "context", anchor)) };
    const [near, plain] = [
      interpret(graph, feeds),
      interpret(regression("test", shape, settings).graph, oneStep(data, weights)),
    ];
    const squares = parameters.reduce((sum, x, i) => sum + (x - anchor[i]) ** 2, 0);
    expect(near.losses.data[0]).toBeCloseTo(plain.losses.data[0] + squares / (2 * beta), 10);
    const differences = differenceGradient(
      [graph.outputs.losses],
      graph.inputs.filter(({ attributes }) => names.includes(attributes.name!)),
      [value([1], [1])],
      feedsOf(graph.inputs, feeds),
    );
    expect(relativeError(gradientOf(near), differences)).toBeLessThan(1e-6);
  });

  test("an engine computes the same to float32 accuracy", async () => {
    const { graph } = regression("test", shape, settings);
    const feeds = oneStep(data, weights);
    const results = valuesOf(await (await firstEngine(compute()).load(graph)).run(tensorsFor(graph, feeds)));
    expect(relativeError(gradientOf(results), gradientOf(interpret(graph, feeds)))).toBeLessThan(4e-6);
  });
});

test("a linear network near an anchor goes to the closed form (XᵀX · 2/N + 1/β) φ = Xᵀy · 2/N + φ_k/β", async () => {
  const line: MlpShape = { inputSize: 2, hidden: [], outputSize: 1, activation: "tanh" };
  const [samples, beta, rng] = [40, 0.7, seeded(5)];
  const inputs = Float32Array.from({ length: 2 * samples }, () => rng.normal());
  const targets = Float32Array.from(
    { length: samples },
    (_, i) => inputs[2 * i] - 2 * inputs[2 * i + 1] + rng.normal(),
  );
  const start = learner(6, line);
  const anchor = Float32Array.of(0.5, 0.5, 0.5);
  const X = Array.from({ length: samples }, (_, i) => Float64Array.of(inputs[2 * i], inputs[2 * i + 1], 1));
  const A = product(transposed(X), X).map((row, i) => row.map((x, j) => (2 * x) / samples + (i === j ? 1 / beta : 0)));
  const b = times(transposed(X), targets).map((x, i) => (2 * x) / samples + anchor[i] / beta);
  const how = { epochs: 1500, batchSize: samples, learningRate: 1e-2, weightDecay: 0, proximalStep: beta };
  const data = { samples, inputs, targets, weights: Float32Array.of(1), anchor };
  const fitted = await fitRegression(
    firstEngine(compute()),
    regression("line", line, how),
    start,
    data,
    how,
    seeded(0),
  );
  for (const [i, x] of solve(A, b).entries()) expect(fitted.learner.parameters[i]).toBeCloseTo(x, 3);
});

describe("minibatches", () => {
  /** The rows that each gradient step of a fit takes. */
  async function batchesOf(samples: number, using: RegressionSettings, seed = 0): Promise<number[][]> {
    const { compute: on, runs } = recordedCompute(compute());
    await fitFrom(on, smoothData(samples), using, seed);
    return runs.flatMap(({ inputs }) => {
      const [order, steps] = [inputs.order.data, inputs.steps.data[0]];
      return Array.from({ length: steps }, (_, i) =>
        Array.from(order.subarray(i * using.batchSize, (i + 1) * using.batchSize)),
      );
    });
  }
  const sorted = (rows: readonly number[]) => [...rows].sort((a, b) => a - b);
  const all = (samples: number) => Array.from({ length: samples }, (_, i) => i);

  test("each epoch takes every row once, in another order, the remainder too", async () => {
    const batches = await batchesOf(25, { ...settings, epochs: 3, batchSize: 10 });
    const rows = batches.flat();
    const epochs = [0, 1, 2].map((epoch) => rows.slice(25 * epoch, 25 * (epoch + 1)));
    for (const epoch of epochs) expect(sorted(epoch)).toEqual(all(25));
    expect(rows).toHaveLength(75);
    expect(epochs[0]).not.toEqual(epochs[1]);
    expect(batches.map((batch) => batch.length)).toEqual([10, 10, 10, 10, 10, 10, 10, 5]);
  });

  test("an order longer than a run of the graph goes on in the next run without a gap, and so do Adam's rates", async () => {
    const using = { ...settings, epochs: 100, batchSize: 5 }; // 700 draws, 140 steps: runs of 128 and 12
    const rows = (await batchesOf(7, using)).flat();
    expect(rows).toHaveLength(700);
    for (let epoch = 0; epoch < 100; epoch++) expect(sorted(rows.slice(7 * epoch, 7 * (epoch + 1)))).toEqual(all(7));
    const { compute: on, runs } = recordedCompute(compute());
    const start = { ...learner(0), adam: { ...learner(0).adam, steps: 30 } };
    await fitFrom(on, smoothData(7), using, 0, start);
    const whole = adamSchedule(start.adam, using.learningRate, 140);
    const fed = (name: "rates" | "epsilons") => runs.flatMap(({ inputs }) => Array.from(inputs[name].data));
    expect(fed("rates")).toEqual(Array.from(whole.rates));
    expect(fed("epsilons")).toEqual(Array.from(whole.epsilons));
  });

  test("more epochs are taken where those asked for are too few gradient steps", async () => {
    const batches = await batchesOf(6, { ...settings, epochs: 1, batchSize: 4, minSteps: 9 });
    expect(batches.map((batch) => batch.length)).toEqual(new Array(9).fill(4)); // 36 draws: 6 epochs of 6
    for (let epoch = 0; epoch < 6; epoch++)
      expect(sorted(batches.flat().slice(6 * epoch, 6 * (epoch + 1)))).toEqual(all(6));
  });

  test("fewer where they are too many", async () => {
    const batches = await batchesOf(20, { ...settings, epochs: 5, batchSize: 8, maxSteps: 3 });
    expect(batches.map((batch) => batch.length)).toEqual([8, 8, 8]);
    expect(sorted(batches.flat().slice(0, 20))).toEqual(all(20));
  });

  test.each([
    [{ epochs: 100, batchSize: 200 }, 2500, 1250],
    [{ epochs: 10, batchSize: 200 }, 5000, 250],
    [{ epochs: 10, batchSize: 200 }, 250, 13], // the remainder is a step of its own
    [{ epochs: 10, batchSize: 200, minSteps: 100 }, 250, 100],
    [{ epochs: 100, batchSize: 200, maxSteps: 100_000 }, 1_000_000, 100_000],
    [{ epochs: 1, batchSize: 200 }, 3, 1],
  ])("%o on %d samples is %d gradient steps", (bounds, samples, steps) => {
    expect(gradientSteps(samples, { ...settings, ...bounds })).toBe(steps);
  });

  test("the number of steps done is reported after each run of the graph", async () => {
    const told: number[] = [];
    const using = { ...settings, epochs: 300, batchSize: 5 };
    await fitRegression(
      firstEngine(compute()),
      regression("test", shape, using),
      learner(0),
      smoothData(5),
      using,
      seeded(0),
      (done) => told.push(done),
    );
    expect(told).toEqual([128, 256, 300]);
  });
});

describe("a fit", () => {
  test("learns a known function", async () => {
    const using = { ...settings, epochs: 60, batchSize: 20, learningRate: 1e-2 };
    const before = await fitFrom(compute(), smoothData(400), { ...using, epochs: 1, learningRate: 1e-9 });
    const { learner: fitted, loss, steps } = await fitFrom(compute(), smoothData(400), using);
    expect(steps).toBe(1200);
    expect(before.loss).toBeGreaterThan(0.5); // about the variance of the targets
    expect(loss).toBeLessThan(0.03); // measured: 0.008
    const held = smoothData(50, 9);
    const errors = Array.from(
      { length: 50 },
      (_, i) => plainMlp(shape, fitted.parameters, held.inputs.subarray(2 * i, 2 * i + 2))[2] - held.targets[3 * i + 2],
    );
    expect(Math.sqrt(errors.reduce((sum, e) => sum + e * e, 0) / 50)).toBeLessThan(0.2);
  });

  test("leaves an output of weight 0 alone", async () => {
    const start = learner(0);
    const { learner: fitted } = await fitFrom(
      compute(),
      { ...smoothData(50), weights: Float32Array.of(1, 0, 1) },
      { ...settings, epochs: 5 },
      0,
      start,
    );
    const last = (parameters: Float32Array) =>
      Array.from({ length: 6 }, (_, row) => parameters[parameters.length - 18 + 3 * row + 1]);
    expect(last(fitted.parameters)).toEqual(last(start.parameters)); // 5 weights and the bias of output 1
    expect(fitted.parameters.at(-1)).not.toBe(start.parameters.at(-1));
  });

  test("a step size that goes to nothing takes the minibatches' noise out of where a fit ends", async () => {
    // A constant fitted to noise: two fits that differ in the order of rows alone end where the last minibatches left them.
    const noise = seeded(1);
    const data = {
      ...smoothData(400),
      inputs: new Float32Array(800),
      targets: Float32Array.from({ length: 1200 }, () => noise.normal()),
    };
    const apart = async (finalLearningRate: number | null) => {
      const using = { ...settings, epochs: 10, batchSize: 20, learningRate: 0.03, finalLearningRate };
      const [a, b] = await Promise.all([0, 1].map((seed) => fitFrom(compute(), data, using, seed)));
      const outputs = [a, b].map(({ learner: { parameters } }) => plainMlp(shape, parameters, [0, 0]));
      return Math.hypot(...outputs[0].map((x, i) => x - outputs[1][i]));
    };
    expect(await apart(1e-5)).toBeLessThan(0.3 * (await apart(null)));
  });

  test("with weight decay ends with smaller weights", async () => {
    const size = async (weightDecay: number) => {
      const { learner: fitted } = await fitFrom(compute(), smoothData(50), { ...settings, epochs: 100, weightDecay });
      return fitted.parameters.reduce((sum, x) => sum + x * x, 0);
    };
    expect(await size(0.1)).toBeLessThan(0.7 * (await size(0)));
  });

  test("leaves its start as it was, and carries Adam's moments and count on", async () => {
    const start = learner(0);
    const copy = structuredClone(start);
    const first = await fitFrom(compute(), smoothData(21), settings, 0, start);
    expect(start).toEqual(copy);
    expect(first.learner.adam.steps).toBe(3);
    const second = await fitFrom(compute(), smoothData(21), settings, 1, first.learner);
    expect(second.learner.adam.steps).toBe(6);
    for (const forgotten of [{ steps: 0 }, { first: start.adam.first }, { second: start.adam.second }]) {
      const adam = { ...first.learner.adam, ...forgotten };
      const other = await fitFrom(compute(), smoothData(21), settings, 1, { ...first.learner, adam });
      expect(other.learner.parameters).not.toEqual(second.learner.parameters);
    }
  });

  test("with the same seed gives the same bits, on whichever engine; with another seed others", async () => {
    const on = (engine: number) => ({ ...compute(), engines: [compute().engines[engine]] });
    const using = { ...settings, epochs: 20 };
    const first = await fitFrom(on(0), smoothData(50), using);
    expect(await fitFrom(on(1), smoothData(50), using)).toEqual(first);
    expect((await fitFrom(on(0), smoothData(50), using, 1)).learner.parameters).not.toEqual(first.learner.parameters);
  });

  test("reports the mean minibatch loss of the last epoch alone", async () => {
    const using = { ...settings, epochs: 4, batchSize: 10, learningRate: 1e-2 };
    const { compute: on, runs } = recordedCompute(compute());
    const { loss, steps } = await fitFrom(on, smoothData(25), using);
    const program = await firstEngine(compute()).load(regression("test", shape, using).graph);
    const losses = Array.from((await program.run(runs[0].inputs)).losses.data);
    expect([runs.length, steps, losses.length]).toEqual([1, 10, 10]);
    expect(loss).toBeCloseTo((losses[7] + losses[8] + losses[9]) / 3, 12); // an epoch of 25 is 3 minibatches
  });
});
