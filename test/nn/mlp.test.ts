import { describe, expect, test } from "vitest";
import { input } from "../../src/compute/operators.js";
import { layoutInputs, unflatten } from "../../src/nn/layout.js";
import { initialMlp, type MlpShape, mlp, mlpLayout } from "../../src/nn/mlp.js";
import { seeded } from "../../src/random/rng.js";
import { evaluate, feedsOf, value } from "../support/interpreter.js";
import { plainMlp } from "../support/plain-networks.js";

const shapeWith = (activation: MlpShape["activation"]): MlpShape => ({
  inputSize: 3,
  hidden: [5, 4],
  outputSize: 2,
  activation,
});

describe.each(["relu", "tanh"] as const)("an MLP with %s", (activation) => {
  test("computes what loops over its weights compute", () => {
    const shape = shapeWith(activation);
    const parameters = initialMlp(shape, seeded(1));
    const nodes = layoutInputs(mlpLayout(shape), "p");
    const x = input("x", ["batch", 3]);
    const rows = [
      [1, -2, 0.5],
      [-0.3, 0.7, 4],
    ];
    const fed = Object.entries(unflatten(mlpLayout(shape), "p", parameters)).map(
      ([name, t]) => [name, value(t.shape, t.data)] as const,
    );
    const [y] = evaluate(
      [mlp(shape, nodes, x)],
      feedsOf([...nodes, x], { ...Object.fromEntries(fed), x: value([2, 3], rows.flat()) }),
    );
    const expected = rows.flatMap((row) => [...plainMlp(shape, parameters, row)]);
    expect(Array.from(y.data)).toEqual(expected.map((entry) => expect.closeTo(entry, 12)));
  });
});

describe("initial weights", () => {
  const shape: MlpShape = { inputSize: 4, hidden: [100, 25], outputSize: 200, activation: "relu" };
  // Parameters lie layer by layer: weights, then biases.
  const ends = [5 * 100, 5 * 100 + 101 * 25, 5 * 100 + 101 * 25 + 26 * 200];
  const layers = (parameters: Float32Array) =>
    ends.map((end, i) => parameters.subarray(i === 0 ? 0 : ends[i - 1], end));
  const largest = (x: Float32Array) => x.reduce((most, entry) => Math.max(most, Math.abs(entry)), 0);

  test("are uniform in ±1/√(inputs of the layer), biases too", () => {
    layers(initialMlp(shape, seeded(0))).forEach((layer, i) => {
      const bound = [1 / 2, 1 / 10, 1 / 5][i];
      expect(largest(layer)).toBeLessThanOrEqual(bound);
      // Of n uniform numbers the largest is below 0.95 of the bound with probability 0.95ⁿ < 1e-11 for n ≥ 500,
      // and their variance is bound²/3 within 5 of its standard deviations √(4/45 n) · bound².
      expect(largest(layer)).toBeGreaterThan(0.95 * bound);
      const variance = layer.reduce((sum, x) => sum + x * x, 0) / layer.length;
      const mean = layer.reduce((sum, x) => sum + x, 0) / layer.length;
      expect(Math.abs(mean / bound)).toBeLessThan(5 / Math.sqrt(3 * layer.length));
      expect(Math.abs(variance / bound ** 2 - 1 / 3)).toBeLessThan(5 * Math.sqrt(4 / 45 / layer.length));
    });
  });

  test("take the factor on the last layer alone", () => {
    const [plain, small] = [layers(initialMlp(shape, seeded(2))), layers(initialMlp(shape, seeded(2), 0.01))];
    expect(small.slice(0, 2)).toEqual(plain.slice(0, 2));
    small[2].forEach((x, i) => {
      expect(x).toBeCloseTo(0.01 * plain[2][i], 8);
    });
  });

  test("are a function of the stream alone", () => {
    expect(initialMlp(shape, seeded(3))).toEqual(initialMlp(shape, seeded(3)));
    expect(initialMlp(shape, seeded(3))).not.toEqual(initialMlp(shape, seeded(4)));
  });
});
