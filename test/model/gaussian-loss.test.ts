import { describe, expect, test } from "vitest";
import { input } from "../../src/compute/operators.js";
import { gradients } from "../../src/compute/reverse-mode.js";
import { gaussianLoss, type LossSettings } from "../../src/model/gaussian-loss.js";
import { type GaussianShape, gaussianLayout, predicted } from "../../src/model/gaussian-network.js";
import { layoutInputs } from "../../src/nn/layout.js";
import { seeded } from "../../src/random/rng.js";
import { differenceGradient, relativeError } from "../support/derivatives.js";
import { evaluate, value } from "../support/interpreter.js";

const ROWS = 3;
const shape: GaussianShape = {
  observationSize: 2,
  actionSize: 1,
  hidden: [4, 3],
  activation: "silu",
  layerNorm: true,
  learnsReward: true,
  noise: "constant",
  minLogStd: -4.6,
  maxLogStd: 1,
};
const [mean, logStd] = [input("mean", [ROWS, 2]), input("logStd", [ROWS, 2])];
const [targets, weights] = [input("targets", [ROWS, 2]), input("weights", [2])];
const numbers = {
  mean: [0.5, -1, 2, 0, 0.1, 3],
  logStd: [0.3, -1, -2, 0, 0.5, -0.2],
  targets: [1, 1, 2.2, -4, 0, 3],
  weights: [1, 0.5],
};

/** The loss of those numbers, and its gradient for each of the nodes. */
function lossOf(settings: LossSettings, noisy: boolean) {
  const loss = gaussianLoss(noisy ? { mean, logStd } : { mean }, targets, weights, settings);
  const at = new Map([
    [mean, value([ROWS, 2], numbers.mean)],
    [logStd, value([ROWS, 2], numbers.logStd)],
    [targets, value([ROWS, 2], numbers.targets)],
    [weights, value([2], numbers.weights)],
  ]);
  const [result, ofMean] = evaluate([loss, ...gradients([loss], [mean])], at);
  return { value: result.data[0], ofMean: ofMean.data };
}

/** Mean over rows and entries of weight · f(error, log σ). */
const expected = (f: (error: number, log: number) => number) =>
  numbers.mean.reduce((sum, x, i) => sum + numbers.weights[i % 2] * f(numbers.targets[i] - x, numbers.logStd[i]), 0) /
  (ROWS * 2);
const huber = (e: number, d: number) => (Math.abs(e) <= d ? 0.5 * e * e : d * (Math.abs(e) - 0.5 * d));
const likelihood = (e: number, log: number) => (0.5 * e * e) / Math.exp(2 * log) + log;

describe("the loss of a prediction", () => {
  test.each([
    ["gaussian", true, likelihood],
    ["squared", false, (e: number) => 0.5 * e * e],
    ["huber", false, (e: number) => huber(e, 0.7)],
    ["squared", true, (e: number, log: number) => 0.5 * e * e + likelihood(e, log)],
    ["huber", true, (e: number, log: number) => huber(e, 0.7) + likelihood(e, log)],
  ] as const)("%s, with noise: %s, as it is written", (loss, noisy, formula) => {
    expect(lossOf({ loss, huberThreshold: 0.7 }, noisy).value).toBeCloseTo(expected(formula), 12);
  });

  test("the mean of a squared or robust loss does not feel σ", () => {
    for (const loss of ["squared", "huber"] as const) {
      const settings = { loss, huberThreshold: 0.7 };
      expect(lossOf(settings, true).ofMean).toEqual(lossOf(settings, false).ofMean);
    }
  });

  test.each(["none", "constant", "input"] as const)(
    "its gradient with noise %s equals central differences",
    (noise) => {
      for (const layerNorm of [true, false]) {
        const of = { ...shape, noise, layerNorm };
        const rng = seeded(4);
        const parameters = layoutInputs(gaussianLayout(of), "p");
        const [x, y, w] = [input("x", [ROWS, 3]), input("y", [ROWS, 3]), input("w", [3])];
        const at = new Map(
          [...parameters, x, y].map((node) => {
            const length = (node.shape as readonly number[]).reduce((a, b) => a * b, 1);
            const small = node.attributes.name === "p.logStd" ? 0.1 : 1;
            return [
              node,
              value(
                node.shape as number[],
                Float64Array.from({ length }, () => small * rng.normal()),
              ),
            ];
          }),
        ).set(w, value([3], [1, 0, 1]));
        const loss = gaussianLoss(predicted(of, parameters, x), y, w, {
          loss: noise === "none" ? "huber" : "gaussian",
          huberThreshold: 0.7,
        });
        const differences = differenceGradient([loss], parameters, [value([], [1])], at);
        expect(relativeError(evaluate(gradients([loss], parameters), at), differences)).toBeLessThan(1e-6);
      }
    },
  );

  test("log σ stays within its bounds, and its derivative never ends there", () => {
    const parameters = layoutInputs(gaussianLayout(shape), "p");
    const x = input("x", [1, 3]);
    for (const raw of [-30, 0, 30]) {
      const at = new Map(
        parameters.map((node) => {
          const length = (node.shape as readonly number[]).reduce((a, b) => a * b, 1);
          return [node, value(node.shape as number[], new Float64Array(length).fill(raw / 10))];
        }),
      ).set(x, value([1, 3], [0, 0, 0]));
      const log = predicted(shape, parameters, x).logStd!;
      const own = parameters[parameters.length - 1];
      const [logs, slope] = evaluate([log, ...gradients([log], [own], [log])], at);
      for (const each of logs.data) {
        expect(each).toBeGreaterThan(shape.minLogStd);
        expect(each).toBeLessThan(shape.maxLogStd + 4e-3); // the floor lifts the ceiling by softplus(floor − ceiling)
      }
      for (const each of slope.data) expect(each).not.toBe(0);
    }
  });
});
