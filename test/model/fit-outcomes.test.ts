import { describe, expect, test } from "vitest";
import { graph } from "../../src/compute/graph.js";
import { input } from "../../src/compute/operators.js";
import { gradients } from "../../src/compute/reverse-mode.js";
import { fitOutcomes, type OutcomeData, outcomeLoss } from "../../src/model/fit-outcomes.js";
import { initialOutcomes, outcomeLayout, outcomeNetwork } from "../../src/model/outcome-ensemble.js";
import { outcomeModel } from "../../src/model/outcome-model.js";
import { layoutInputs, unflatten } from "../../src/nn/layout.js";
import { mlpLayout } from "../../src/nn/mlp.js";
import { seeded } from "../../src/random/rng.js";
import { valuesOf } from "../support/agreement.js";
import { differences, relativeDistance } from "../support/differences.js";
import { interpret } from "../support/interpreter.js";
import { plainMlp } from "../support/plain-networks.js";
import { normals } from "../support/some-policy.js";
import { firstEngine, useCompute } from "../support/use-compute.js";

const compute = useCompute();
const shape = { observationSize: 2, actionSize: 1, hidden: [6], outcomeHidden: [5] };
const [n, m, rows] = [2, 1, 5];

describe("the loss of a member", () => {
  const theta = normals(outcomeLayout(shape).size, 1).map((w) => 0.7 * w);
  const inputs = normals(rows * (2 * n + m), 2);
  const ends = [0, 1, 0, 0, 1];
  const targets = normals(rows * (n + 2), 3).map((x, i) => (i % (n + 2) === n + 1 ? ends[Math.floor(i / (n + 2))] : x));
  const weights = [1, 0, 1, 1];

  /** Written row by row, with the likelihood of the end as it is. */
  function byHand(all: ArrayLike<number>): number {
    const sizes = (["dynamics", "reward", "end"] as const).map((part) => mlpLayout(outcomeNetwork(shape, part)).size);
    const part = (i: number) => {
      const start = sizes.slice(0, i).reduce((a, b) => a + b, 0);
      return Array.from(all).slice(start, start + sizes[i]);
    };
    let total = 0;
    for (let row = 0; row < rows; row++) {
      const x = Array.from(inputs.slice(row * 5, (row + 1) * 5));
      const y = targets.slice(row * 4, (row + 1) * 4);
      const change = plainMlp(outcomeNetwork(shape, "dynamics"), part(0), x.slice(0, 3));
      const [r] = plainMlp(outcomeNetwork(shape, "reward"), part(1), x);
      const p = 1 / (1 + Math.exp(-plainMlp(outcomeNetwork(shape, "end"), part(2), x)[0]));
      total += 0.5 * (change[0] - y[0]) ** 2 + 0.5 * (r - y[2]) ** 2 - Math.log(ends[row] === 1 ? p : 1 - p);
    }
    return total / rows;
  }

  test("is ½ squared errors and the cross-entropy of the end; its gradient is that of differences", () => {
    const parameters = layoutInputs(outcomeLayout(shape), "p");
    const [x, y, w] = [input("x", [rows, 5]), input("y", [rows, 4]), input("w", [4])];
    const loss = outcomeLoss(shape, parameters, x, y, w);
    const own = Object.fromEntries(gradients([loss], parameters).map((gradient, i) => [`g${i}`, gradient]));
    const results = interpret(
      graph("loss", [...parameters, x, y, w], { loss, ...own }),
      valuesOf({
        ...unflatten(outcomeLayout(shape), "p", theta),
        x: { shape: [rows, 5], data: inputs },
        y: { shape: [rows, 4], data: targets },
        w: { shape: [4], data: Float32Array.from(weights) },
      }),
    );
    expect(results.loss.data[0]).toBeCloseTo(byHand(theta), 8);
    const gradient = Float64Array.from(parameters.flatMap((_, i) => Array.from(results[`g${i}`].data)));
    expect(relativeDistance(gradient, differences(byHand, Float64Array.from(theta)))).toBeLessThan(1e-6);
  });
});

/** A line with a wall: x′ = x + a, reward x − a, terminal beyond 1. */
function lineData(size: number): OutcomeData {
  const rng = seeded(5);
  const data = {
    size,
    observations: new Float32Array(2 * size),
    actions: new Float32Array(size),
    next: new Float32Array(2 * size),
    rewards: new Float32Array(size),
    terminal: new Uint8Array(size),
  };
  for (let i = 0; i < size; i++) {
    const [x, a] = [2 * rng.uniform() - 1, 2 * rng.uniform() - 1];
    data.observations.set([x, 0.25], 2 * i);
    data.actions[i] = a;
    data.next.set([x + a, 0.25], 2 * i);
    data.rewards[i] = x - a;
    data.terminal[i] = x + a > 1 ? 1 : 0;
  }
  return data;
}
const space = { size: 2, low: [-10, -10], high: [10, 10], names: ["x", "goal"] } as never;

test.each([true, false])(
  "learns steps, rewards and ends of a line, standardised %s",
  { timeout: 60_000 },
  async (standardized) => {
    const data = lineData(400);
    const settings = { batchSize: 64, learningRate: 3e-3, weightDecay: 0, standardized };
    const start = initialOutcomes({ ...shape, hidden: [24], outcomeHidden: [24] }, 2, seeded(1));
    const { ensemble } = await fitOutcomes(compute(), start, data, space, 1500, settings, seeded(2));
    const model = outcomeModel(ensemble);
    const [dynamics, outcomes] = [model.together.nodes("model"), model.outcomes!.nodes("outcomes")];
    const cases = [
      [0.2, 0.3],
      [0.8, 0.6],
      [-0.5, 0.5],
    ];
    const [s, a] = [input("s", [2, 3, 2]), input("a", [2, 3, 1])];
    const { next, reward } = dynamics.step(s, a, undefined);
    const program = await firstEngine(compute()).load(
      graph("outcomes", [...dynamics.inputs, ...outcomes.inputs, s, a], {
        next,
        reward: reward!,
        rewards: outcomes.rewards(s, a, next),
        goesOn: outcomes.goesOn(s, a, next),
      }),
    );
    const both = <T>(x: readonly T[]) => [...x, ...x];
    const results = await program.run({
      ...model.together.tensors("model"),
      ...model.outcomes!.tensors("outcomes"),
      s: { shape: [2, 3, 2], data: Float32Array.from(both(cases).flatMap(([x]) => [x, 0.25])) },
      a: { shape: [2, 3, 1], data: Float32Array.from(both(cases).map(([, push]) => push)) },
    });
    both(cases).forEach(([x, push], i) => {
      expect(Math.abs(results.next.data[2 * i] - x - push)).toBeLessThan(0.1);
      expect(results.next.data[2 * i + 1]).toBe(0.25); // what never changes stays
      expect(Math.abs(results.reward.data[i] - (x - push))).toBeLessThan(0.1);
      expect(results.goesOn.data[i] > 0.5).toBe(x + push <= 1);
    });
    expect(results.rewards.shape).toEqual([2, 2, 3]);
    // Each reward network looks at each member's step; at its own member's it says what the member says.
    for (const member of [0, 1])
      for (let row = 0; row < 3; row++)
        expect(results.rewards.data[(member * 2 + member) * 3 + row]).toBeCloseTo(
          results.reward.data[member * 3 + row],
          5,
        );
  },
);

test("a fit is a function of its stream, whatever the number of engines", async () => {
  const settings = { batchSize: 16, learningRate: 1e-3, weightDecay: 1e-4, standardized: true };
  const fitted = (seed: number) =>
    fitOutcomes(compute(), initialOutcomes(shape, 2, seeded(1)), lineData(50), space, 5, settings, seeded(seed));
  expect(await fitted(3)).toEqual(await fitted(3));
  expect((await fitted(4)).ensemble.members).not.toEqual((await fitted(3)).ensemble.members);
});
