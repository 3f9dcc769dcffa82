import type { Engine } from "../compute/engine.js";
import { type Graph, graph } from "../compute/graph.js";
import { add, gatherRows, input, loop, mean, mul, reshape, rows, square, sub, sum } from "../compute/operators.js";
import { gradients } from "../compute/reverse-mode.js";
import { permutation, type Rng } from "../random/rng.js";
import { type AdamState, adamSchedule, adamStep } from "./adam.js";
import { flatten, layoutInputs, layoutOutputs, unflatten } from "./layout.js";
import { type MlpShape, mlp, mlpLayout } from "./mlp.js";

/** Parameters of a network and the state of its optimiser. */
export interface Learner {
  readonly parameters: Float32Array;
  readonly adam: AdamState;
}

/** What a network is fitted to: targets [samples, outputs] of inputs [samples, inputs], each output with a weight. */
export interface RegressionData {
  readonly samples: number;
  readonly inputs: Float32Array;
  readonly targets: Float32Array;
  /** Weight of each output's squared error, [outputs]. */
  readonly weights: Float32Array;
}

export interface RegressionSettings {
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  /** Where the step size goes to over a fit, on a straight line; absent or null, it stays. */
  readonly finalLearningRate?: number | null;
  readonly weightDecay: number;
  /** Bounds on the number of gradient steps; default none. */
  readonly minSteps?: number;
  readonly maxSteps?: number;
}

/** Least squares by minibatch Adam: one graph that runs many gradient steps as a loop. */
export interface Regression {
  readonly shape: MlpShape;
  readonly graph: Graph;
}

/** Gradient steps in one run: long enough that copying the state does not count, short enough to hear of progress. */
const STEPS_PER_RUN = 128;

/**
 * Graph of a loop over minibatches: loss = mean over the batch of Σ weight · (f(x) − y)² / outputs, gradients plus
 * `weightDecay` · parameter, and an Adam step. Inputs: parameters, moments, the data, and which rows each step takes.
 */
export function regression(name: string, shape: MlpShape, settings: RegressionSettings): Regression {
  const parameterLayout = mlpLayout(shape);
  const parameters = layoutInputs(parameterLayout, "parameter");
  const firsts = layoutInputs(parameterLayout, "first");
  const seconds = layoutInputs(parameterLayout, "second");
  const inputs = input("inputs", ["samples", shape.inputSize]);
  const targets = input("targets", ["samples", shape.outputSize]);
  const weights = input("weights", [shape.outputSize]);
  const order = input("order", ["draws"], "int32");
  const rates = input("rates", ["steps"]);
  const epsilons = input("epsilons", ["steps"]);
  const steps = input("steps", [], "int32");
  const n = parameters.length;
  const { carried, stacked } = loop(steps, [...parameters, ...firsts, ...seconds], (round, ...state) => {
    const present = state.slice(0, n);
    const batch = rows(order, round, settings.batchSize, "minibatch");
    const output = mlp(shape, present, gatherRows(inputs, batch));
    const errors = mul(square(sub(output, gatherRows(targets, batch))), weights);
    const loss = mul(mean(sum(errors, [1])), 1 / shape.outputSize);
    const at = (values: typeof rates) => reshape(rows(values, round, 1, "step"), []);
    const [rate, epsilon] = [at(rates), at(epsilons)];
    const updated = gradients([loss], present).map((gradient, i) => {
      const parameter = present[i]!;
      const decayed = settings.weightDecay === 0 ? gradient : add(gradient, mul(parameter, settings.weightDecay));
      return adamStep({ parameter, gradient: decayed, first: state[n + i]!, second: state[2 * n + i]! }, rate, epsilon);
    });
    const next = [...updated.map((u) => u.parameter), ...updated.map((u) => u.first), ...updated.map((u) => u.second)];
    return { next, stacked: [loss] };
  });
  return {
    shape,
    graph: graph(
      name,
      [...parameters, ...firsts, ...seconds, inputs, targets, weights, order, rates, epsilons, steps],
      {
        ...layoutOutputs(parameterLayout, "newParameter", carried.slice(0, n)),
        ...layoutOutputs(parameterLayout, "newFirst", carried.slice(n, 2 * n)),
        ...layoutOutputs(parameterLayout, "newSecond", carried.slice(2 * n)),
        losses: stacked[0]!,
      },
    ),
  };
}

/** How many gradient steps `epochs` passes take, within the bounds. */
export function gradientSteps(
  samples: number,
  { epochs, batchSize, minSteps = 1, maxSteps = Number.POSITIVE_INFINITY }: RegressionSettings,
): number {
  return Math.min(Math.max(Math.ceil((epochs * samples) / batchSize), minSteps), maxSteps);
}

/** How many rows those steps draw: whole epochs where no bound cuts or stretches them. */
export function drawCount(samples: number, settings: RegressionSettings): number {
  const total = gradientSteps(samples, settings);
  const exact = total === Math.ceil((settings.epochs * samples) / settings.batchSize);
  return exact ? settings.epochs * samples : total * settings.batchSize;
}

/** Random orders of 0 … samples − 1, one after the other without a gap, so that no remainder of an epoch is lost. */
function drawOrder(samples: number, draws: number, rng: Rng): Int32Array {
  const order = new Int32Array(draws);
  for (let start = 0; start < draws; start += samples) {
    const epoch = permutation(samples, rng);
    order.set(epoch.subarray(0, Math.min(samples, draws - start)), start);
  }
  return order;
}

/**
 * Fits from `start`, which stays as it is. Minibatches run through reshuffled epochs. Draws from rng.
 *
 * @param onSteps hears how many gradient steps are done
 * @returns the fitted learner, and the mean minibatch loss of the last epoch
 */
export async function fitRegression(
  engine: Engine,
  { shape, graph: fitGraph }: Regression,
  start: Learner,
  data: RegressionData,
  settings: RegressionSettings,
  rng: Rng,
  onSteps?: (done: number) => void,
): Promise<{ readonly learner: Learner; readonly loss: number; readonly steps: number }> {
  const { samples, inputs, targets, weights } = data;
  const total = gradientSteps(samples, settings);
  const order = drawOrder(samples, drawCount(samples, settings), rng);
  const { learningRate, finalLearningRate } = settings;
  const { rates, epsilons } = adamSchedule(start.adam, learningRate, total, finalLearningRate ?? learningRate);
  const parameterLayout = mlpLayout(shape);
  const program = await (await engine.load(fitGraph)).bind({
    inputs: { shape: [samples, shape.inputSize], data: inputs },
    targets: { shape: [samples, shape.outputSize], data: targets },
    weights: { shape: [shape.outputSize], data: weights },
  });
  let { parameters, adam } = start;
  const losses: number[] = [];
  try {
    for (let done = 0; done < total; done += STEPS_PER_RUN) {
      const steps = Math.min(STEPS_PER_RUN, total - done);
      const draws = order.subarray(done * settings.batchSize, (done + steps) * settings.batchSize);
      const results = await program.run({
        ...unflatten(parameterLayout, "parameter", parameters),
        ...unflatten(parameterLayout, "first", adam.first),
        ...unflatten(parameterLayout, "second", adam.second),
        order: { shape: [draws.length], data: draws },
        rates: { shape: [steps], data: rates.subarray(done, done + steps) },
        epsilons: { shape: [steps], data: epsilons.subarray(done, done + steps) },
        steps: { shape: [], data: Int32Array.of(steps) },
      });
      parameters = flatten(parameterLayout, "newParameter", results);
      adam = {
        first: flatten(parameterLayout, "newFirst", results),
        second: flatten(parameterLayout, "newSecond", results),
        steps: adam.steps + steps,
      };
      losses.push(...(results.losses!.data as Float32Array));
      onSteps?.(done + steps);
    }
  } finally {
    await program.release();
  }
  const epoch = Math.min(total, Math.ceil(samples / settings.batchSize));
  const loss = losses.slice(-epoch).reduce((a, b) => a + b, 0) / epoch;
  return { learner: { parameters, adam }, loss, steps: total };
}
