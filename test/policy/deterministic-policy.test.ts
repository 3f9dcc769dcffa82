import { expect, test } from "vitest";
import { graph } from "../../src/compute/graph.js";
import { input } from "../../src/compute/operators.js";
import { deterministicLayout, deterministicNet, rareNoise } from "../../src/policy/deterministic-policy.js";
import { valuesOf } from "../support/agreement.js";
import { interpret } from "../support/interpreter.js";
import { normals } from "../support/some-policy.js";

test.each([0.05, 0.3, 1])("noise comes with chance %d and has variance 1 where it comes", (chance) => {
  const { threshold, factor } = rareNoise(chance);
  const draws = Array.from(normals(200_000, 1), (z) => Math.sign(z) * Math.max(0, Math.abs(z) - threshold) * factor);
  const noisy = draws.filter((x) => x !== 0);
  const share = noisy.length / draws.length;
  expect(Math.abs(share - chance)).toBeLessThan(5 * Math.sqrt((chance * (1 - chance) + 1e-12) / draws.length) + 1e-9);
  const variance = noisy.reduce((sum, x) => sum + x * x, 0) / noisy.length;
  expect(Math.abs(variance - 1)).toBeLessThan(5 * Math.sqrt(6 / noisy.length)); // kurtosis is at most 6
});

test("an action is tanh of the network, but for entries whose noise is beyond the threshold", () => {
  const shape = { observationSize: 2, hidden: [4], actionSize: 2, exploreChance: 0.05, exploreStd: 0.5 };
  const net = deterministicNet(shape, normals(deterministicLayout(shape).size, 2));
  const nodes = net.nodes("policy");
  const [s, z] = [input("s", ["rows", 2]), input("z", ["rows", 2])];
  const g = graph("act", [...nodes.inputs, s, z], { actions: nodes.act(s, z), mean: nodes.mean(s) });
  const noise = [1.9, -2.5, 0, 3];
  const results = interpret(
    g,
    valuesOf({
      ...net.tensors("policy"),
      s: { shape: [2, 2], data: normals(4, 3) },
      z: { shape: [2, 2], data: Float32Array.from(noise) },
    }),
  );
  const { threshold, factor } = rareNoise(0.05);
  noise.forEach((own, i) => {
    const x = Math.atanh(results.mean.data[i]) + 0.5 * factor * Math.sign(own) * Math.max(0, Math.abs(own) - threshold);
    expect(results.actions.data[i]).toBeCloseTo(Math.tanh(x), 6);
  });
  expect(results.actions.data[0]).toBe(results.mean.data[0]);
  expect(results.actions.data[1]).not.toBe(results.mean.data[1]);
});
