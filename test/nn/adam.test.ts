import { describe, expect, test } from "vitest";
import type { Tensors } from "../../src/compute/engine.js";
import { graph } from "../../src/compute/graph.js";
import { input, loop, reshape, rows } from "../../src/compute/operators.js";
import { type AdamState, adamSchedule, adamStep, initialAdam } from "../../src/nn/adam.js";
import { seeded } from "../../src/random/rng.js";
import { valuesOf } from "../support/agreement.js";
import { interpret } from "../support/interpreter.js";
import { firstEngine, useCompute } from "../support/use-compute.js";

const SIZE = 4;
const RATE = 1e-2;

/** Adam over a list of gradients, one per round: [steps, SIZE]. */
const descent = (() => {
  const [parameter, first, second] = [input("parameter", [SIZE]), input("first", [SIZE]), input("second", [SIZE])];
  const [gradients, rates, epsilons] = [
    input("gradients", ["steps", SIZE]),
    input("rates", ["steps"]),
    input("epsilons", ["steps"]),
  ];
  const steps = input("steps", [], "int32");
  const { carried } = loop(steps, [parameter, first, second], (round, p, m, v) => {
    const at = (values: typeof rates) => reshape(rows(values, round, 1, "step"), []);
    const gradient = reshape(rows(gradients, round, 1, "step"), [SIZE]);
    const next = adamStep({ parameter: p, gradient, first: m, second: v }, at(rates), at(epsilons));
    return { next: [next.parameter, next.first, next.second] };
  });
  const [newParameter, newFirst, newSecond] = carried as [typeof first, typeof first, typeof first];
  return graph("descent", [parameter, first, second, gradients, rates, epsilons, steps], {
    newParameter,
    newFirst,
    newSecond,
  });
})();

/** Algorithm 1 of Kingma and Ba, in float64. */
function textbook(start: ArrayLike<number>, gradients: Float32Array): Float64Array {
  const [beta1, beta2, epsilon] = [0.9, 0.999, 1e-8];
  const parameter = Float64Array.from(start);
  const [m, v] = [new Float64Array(SIZE), new Float64Array(SIZE)];
  for (let t = 1; t <= gradients.length / SIZE; t++) {
    for (let i = 0; i < SIZE; i++) {
      const g = gradients[(t - 1) * SIZE + i];
      m[i] = beta1 * m[i] + (1 - beta1) * g;
      v[i] = beta2 * v[i] + (1 - beta2) * g * g;
      parameter[i] -= (RATE * (m[i] / (1 - beta1 ** t))) / (Math.sqrt(v[i] / (1 - beta2 ** t)) + epsilon);
    }
  }
  return parameter;
}

/** Gradients of very different sizes per entry, and none at all in the last. */
function someGradients(steps: number): Float32Array {
  const rng = seeded(0);
  const sizes = [1, 1e-6, 1e4, 0];
  return Float32Array.from({ length: steps * SIZE }, (_, i) => sizes[i % SIZE] * (rng.normal() + 0.3));
}

function feeds(parameter: Float32Array, state: AdamState, gradients: Float32Array): Tensors {
  const steps = gradients.length / SIZE;
  const { rates, epsilons } = adamSchedule(state, RATE, steps);
  return {
    parameter: { shape: [SIZE], data: parameter },
    first: { shape: [SIZE], data: state.first },
    second: { shape: [SIZE], data: state.second },
    gradients: { shape: [steps, SIZE], data: gradients },
    rates: { shape: [steps], data: rates },
    epsilons: { shape: [steps], data: epsilons },
    steps: { shape: [], data: Int32Array.of(steps) },
  };
}

describe("Adam with scaled moments takes the textbook's steps", () => {
  const start = Float32Array.of(1, -1, 0.5, 2);
  const compute = useCompute();

  test.each([1, 2, 10, 1000])("%d of them, in the reference interpreter", (steps) => {
    const gradients = someGradients(steps);
    const { newParameter } = interpret(descent, valuesOf(feeds(start, initialAdam(SIZE), gradients)));
    const expected = textbook(start, gradients);
    // Rates are rounded to float32 (relative 6e-8), and at most `steps` steps of RATE are taken.
    newParameter.data.forEach((x, i) => {
      expect(Math.abs(x - expected[i])).toBeLessThan(1e-7 * RATE * steps);
    });
  });

  test("and on an engine: after 1000 of them to float32 accuracy", async () => {
    const gradients = someGradients(1000);
    const program = await firstEngine(compute()).load(descent);
    const { newParameter } = await program.run(feeds(start, initialAdam(SIZE), gradients));
    const expected = textbook(start, gradients);
    // Each step rounds a parameter of up to 10 by up to 5e-7: a random walk of √1000 such.
    newParameter.data.forEach((x, i) => {
      expect(Math.abs(x - expected[i])).toBeLessThan(2e-5);
    });
  });

  test("and goes on from its state as if it had never stopped", () => {
    const gradients = someGradients(30);
    const cut = 11 * SIZE;
    const half = interpret(descent, valuesOf(feeds(start, initialAdam(SIZE), gradients.slice(0, cut))));
    const state = {
      first: Float32Array.from(half.newFirst.data),
      second: Float32Array.from(half.newSecond.data),
      steps: 11,
    };
    const rest = interpret(
      descent,
      valuesOf(feeds(Float32Array.from(half.newParameter.data), state, gradients.slice(cut))),
    );
    const expected = textbook(start, gradients);
    rest.newParameter.data.forEach((x, i) => {
      expect(x).toBeCloseTo(expected[i], 6);
    });
  });
});

test("step sizes go on a straight line to the last one, whatever steps came before", () => {
  const state = { ...initialAdam(SIZE), steps: 40 };
  const constant = adamSchedule(state, RATE, 5);
  const falling = adamSchedule(state, RATE, 5, RATE / 5);
  expect(Array.from(falling.rates, (rate, i) => rate / constant.rates[i])).toEqual(
    [1, 0.8, 0.6, 0.4, 0.2].map((share) => expect.closeTo(share, 6)), // float32
  );
  expect(falling.epsilons).toEqual(constant.epsilons);
  expect(adamSchedule(state, RATE, 1, 0).rates).toEqual(adamSchedule(state, RATE, 1).rates); // a single step is the first
});
