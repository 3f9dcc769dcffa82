import { expect, test } from "vitest";
import { graph } from "../../src/compute/graph.js";
import { constant, input } from "../../src/compute/operators.js";
import { candidateTargets, targetWeights, type Weighting, weightedTarget } from "../../src/steve/targets.js";
import { interpret } from "../support/interpreter.js";
import { normals } from "../support/some-policy.js";

const [rewardNets, members, critics, rows, discount] = [3, 2, 4, 2, 0.9];
const node = (shape: readonly number[], data: ArrayLike<number>) => constant(Array.from(data), shape);
const numbers = (shape: readonly number[], seed: number) =>
  Float64Array.from(
    normals(
      shape.reduce((a, b) => a * b, 1),
      seed,
    ),
  );

const real = { rewards: numbers([rows], 1), goesOn: Float64Array.of(1, 0.5), values: numbers([critics, rows], 2) };
const imagined = [0, 1].map((j) => ({
  rewards: numbers([rewardNets, members, rows], 10 + j),
  goesOn: numbers([members, rows], 20 + j).map((x) => 1 / (1 + Math.exp(-x))),
  values: numbers([critics, members, rows], 30 + j),
}));

/** All estimates of T_h of a row, one for each reward network, member and critic, written from the definition. */
function estimates(h: number, row: number): number[] {
  const all: number[] = [];
  for (let i = 0; i < rewardNets; i++)
    for (let e = 0; e < members; e++)
      for (let q = 0; q < critics; q++) {
        let [total, reached] = [real.rewards[row], real.goesOn[row]];
        for (let j = 1; j <= h; j++) {
          const step = imagined[j - 1];
          total += discount ** j * reached * step.rewards[(i * members + e) * rows + row];
          reached *= step.goesOn[e * rows + row];
        }
        const value = h === 0 ? real.values[q * rows + row] : imagined[h - 1].values[(q * members + e) * rows + row];
        all.push(total + discount ** (h + 1) * reached * value);
      }
  return all;
}
const mean = (x: readonly number[]) => x.reduce((a, b) => a + b, 0) / x.length;
const variance = (x: readonly number[]) => mean(x.map((y) => (y - mean(x)) ** 2));

function run(weighting: Weighting) {
  const candidates = candidateTargets(
    {
      rewards: node([rows], real.rewards),
      goesOn: node([rows], real.goesOn),
      values: node([critics, rows], real.values),
    },
    imagined.map(({ rewards, goesOn, values }) => ({
      rewards: node([rewardNets, members, rows], rewards),
      goesOn: node([members, rows], goesOn),
      values: node([critics, members, rows], values),
    })),
    discount,
  );
  const weights = targetWeights(candidates.variances, weighting);
  const g = graph("targets", [], { ...candidates, weights, y: weightedTarget(candidates, weights) });
  return interpret(g, {});
}

test("mean and variance of each horizon are those of the 24 estimates, one for each reward network, member and critic", () => {
  const { means, variances } = run("variance");
  for (let h = 0; h <= 2; h++)
    for (let row = 0; row < rows; row++) {
      const all = estimates(h, row);
      expect(means.data[h * rows + row]).toBeCloseTo(mean(all), 6);
      expect(variances.data[h * rows + row]).toBeCloseTo(variance(all), 6);
    }
});

test("weights are the inverse variances over their sum, and the target is what they make of the means", () => {
  const { weights, y } = run("variance");
  for (let row = 0; row < rows; row++) {
    const inverse = [0, 1, 2].map((h) => 1 / (variance(estimates(h, row)) + 1e-8));
    const expected = inverse.map((w) => w / inverse.reduce((a, b) => a + b, 0));
    expected.forEach((w, h) => {
      expect(weights.data[h * rows + row]).toBeCloseTo(w, 6);
    });
    expect(y.data[row]).toBeCloseTo(
      expected.reduce((total, w, h) => total + w * mean(estimates(h, row)), 0),
      6,
    );
  }
});

test("of a hand-made ensemble: variances 1, 3 and 0.25 weigh 3 : 1 : 12", () => {
  const variances = input("variances", [3, 1]);
  const g = graph("weights", [variances], { weights: targetWeights(variances, "variance") });
  const { weights } = interpret(g, { variances: { shape: [3, 1], data: Float64Array.of(1, 3, 0.25) } });
  expect(Array.from(weights.data)).toEqual([3 / 16, 1 / 16, 12 / 16].map((w) => expect.closeTo(w, 7)));
});

test("MVE takes the longest target alone", () => {
  const { weights, y, means } = run("last");
  expect(Array.from(weights.data)).toEqual([0, 0, 0, 0, 1, 1]);
  expect(Array.from(y.data)).toEqual(Array.from(means.data.slice(4)));
});

test("members that agree on everything share the weight evenly: no variance is divided by", () => {
  const variances = input("variances", [3, 1]);
  const g = graph("sure", [variances], { weights: targetWeights(variances, "variance") });
  const { weights } = interpret(g, { variances: { shape: [3, 1], data: new Float64Array(3) } });
  expect(Array.from(weights.data)).toEqual(new Array(3).fill(expect.closeTo(1 / 3, 12)));
});
