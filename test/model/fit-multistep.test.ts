import { describe, expect, test } from "vitest";
import { graph } from "../../src/compute/graph.js";
import { input } from "../../src/compute/operators.js";
import { gradients } from "../../src/compute/reverse-mode.js";
import { dynamicsNetwork, initialEnsemble } from "../../src/model/ensemble.js";
import { fitMultistep, multistepLoss, multistepProblem, multistepScaling } from "../../src/model/fit-multistep.js";
import { layoutInputs, unflatten } from "../../src/nn/layout.js";
import { mlpLayout } from "../../src/nn/mlp.js";
import { seeded } from "../../src/random/rng.js";
import { valuesOf } from "../support/agreement.js";
import { differences, relativeDistance } from "../support/differences.js";
import { interpret } from "../support/interpreter.js";
import { plainMlp } from "../support/plain-networks.js";
import { normals } from "../support/some-policy.js";
import { useCompute } from "../support/use-compute.js";

const compute = useCompute();
const shape = { observationSize: 2, actionSize: 1, hidden: [6], rewardHidden: null };
const [n, m] = [2, 1];
const space = { size: 2, low: [-50, -50], high: [50, 50], names: ["x", "goal"] } as never;
const box = { centre: Float32Array.of(1), halfWidth: Float32Array.of(2) };

/** x′ = x + a/2 − 0.1 x², the goal stays; two episodes of four steps. */
function twoEpisodes() {
  const actions = normals(8, 3);
  const data = {
    size: 8,
    observations: new Float32Array(16),
    actions,
    next: new Float32Array(16),
    rewards: new Float32Array(8),
    episode: Int32Array.of(0, 0, 0, 0, 1, 1, 1, 1),
  };
  let x = 0;
  for (let i = 0; i < 8; i++) {
    if (i === 4) x = 2;
    const to = x + actions[i] / 2 - 0.1 * x * x;
    data.observations.set([x, 0.5], 2 * i);
    data.next.set([to, 0.5], 2 * i);
    x = Math.fround(to);
  }
  return data;
}
const data = twoEpisodes();
const scaling = multistepScaling(data, space, box);

/** The loss of all windows in units of the world, step by step. */
function byHand(theta: ArrayLike<number>, horizon: number, loss: "norm" | "squared"): number {
  const { inputShift, inputFactor, deltaShift, deltaScale } = scaling;
  const windows = data.size - horizon + 1;
  let total = 0;
  for (let i = 0; i < windows; i++) {
    let s: number[] = [];
    for (let h = 0; h < horizon; h++) {
      const row = i + h;
      const real = Array.from(data.observations.slice(row * n, (row + 1) * n));
      if (h === 0 || data.episode[row] !== data.episode[row - 1]) s = real;
      const a = data.actions[row];
      const x = [...s, a].map((value, j) => (value - inputShift[j]) * inputFactor[j]);
      const output = plainMlp(dynamicsNetwork(shape), theta, x);
      const change = Array.from(output, (y, j) => y * deltaScale[j] + deltaShift[j]);
      const wanted = real.map((value, j) => data.next[row * n + j] - value);
      const squares = change.map((y, j) => (deltaScale[j] === 0 ? 0 : ((y - wanted[j]) / deltaScale[j]) ** 2));
      const mean = squares.reduce((sum, y) => sum + y, 0) / n;
      total += loss === "norm" ? Math.sqrt(mean) : mean;
      s = s.map((value, j) => value + (deltaScale[j] === 0 ? 0 : change[j]));
    }
  }
  return total / windows / horizon;
}

describe.each([
  [1, "norm"],
  [2, "norm"],
  [3, "squared"],
] as const)("the loss over %d steps, %s,", (horizon, loss) => {
  const theta = normals(mlpLayout(dynamicsNetwork(shape)).size, 1).map((w) => 0.5 * w);
  const problem = multistepProblem(data, scaling, horizon);
  const parameters = layoutInputs(mlpLayout(dynamicsNetwork(shape)), "p");
  const { samples } = problem;
  const [x, y] = [input("x", [samples, horizon * (n + m + 1)]), input("y", [samples, horizon * n])];
  const w = input("w", [horizon * n]);
  const context = ["scale", "shift", "low", "high"].map((name) => input(name, [n]));
  const value = multistepLoss(shape, { horizon, loss }, parameters, x, y, w, context);
  const own = Object.fromEntries(gradients([value], parameters).map((gradient, i) => [`g${i}`, gradient]));
  const results = interpret(
    graph("loss", [...parameters, x, y, w, ...context], { value, ...own }),
    valuesOf({
      ...unflatten(mlpLayout(dynamicsNetwork(shape)), "p", theta),
      x: { shape: [samples, horizon * (n + m + 1)], data: problem.inputs },
      y: { shape: [samples, horizon * n], data: problem.targets },
      w: { shape: [horizon * n], data: problem.weights },
      ...Object.fromEntries(
        context.map((_, i) => [
          ["scale", "shift", "low", "high"][i],
          { shape: [n], data: problem.context.slice(i * n, (i + 1) * n) },
        ]),
      ),
    }),
  );

  test("goes on from its own prediction, and begins again with an episode", () => {
    expect(results.value.data[0]).toBeCloseTo(byHand(theta, horizon, loss), 5);
  });

  test("has the gradient of differences, through all steps", () => {
    const gradient = Float64Array.from(parameters.flatMap((_, i) => Array.from(results[`g${i}`].data)));
    const expected = differences((all) => byHand(all, horizon, loss), Float64Array.from(theta));
    expect(relativeDistance(gradient, expected)).toBeLessThan(1e-4); // the table of windows is float32
  });
});

test("a fit comes from weights that are nearly 0, and predicts steps ahead", { timeout: 60_000 }, async () => {
  const start = initialEnsemble(shape, 1, seeded(1));
  const members = start.members.map(({ dynamics }) => ({
    dynamics: { ...dynamics, parameters: dynamics.parameters.map((weight) => 1e-4 * weight) },
    reward: null,
  }));
  const settings = {
    horizon: 2,
    loss: "norm",
    batchSize: 8,
    learningRate: 3e-3,
    weightDecay: 1e-5,
    clipNorm: 2,
  } as const;
  const before = byHand(members[0].dynamics.parameters, 2, "norm");
  const { ensemble } = await fitMultistep(compute(), { ...start, members }, data, scaling, 1000, settings, seeded(2));
  const after = byHand(ensemble.members[0].dynamics.parameters, 2, "norm");
  expect(before).toBeGreaterThan(0.4);
  expect(after).toBeLessThan(before / 10);
});
