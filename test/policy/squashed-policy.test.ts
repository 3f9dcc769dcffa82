import { describe, expect, test } from "vitest";
import type { Node } from "../../src/compute/node.js";
import { add, exp, input, mul, sum } from "../../src/compute/operators.js";
import { gradients } from "../../src/compute/reverse-mode.js";
import {
  type ActorShape,
  actingNet,
  actorLayout,
  initialActor,
  logLikelihood,
  randomNet,
} from "../../src/policy/squashed-policy.js";
import { seeded } from "../../src/random/rng.js";
import { valuesOf } from "../support/agreement.js";
import { differenceGradient, relativeError } from "../support/derivatives.js";
import { evaluate, feedsOf, scalar, value } from "../support/interpreter.js";
import { plainAct, plainHeads } from "../support/plain-actor-critic.js";
import { normals } from "../support/some-policy.js";

const [x, logStd, noise] = ["x", "logStd", "noise"].map((name) => input(name, ["rows", 2])) as [Node, Node, Node];
const single = ["x", "logStd", "noise"].map((name) => input(name, ["rows", 1])) as [Node, Node, Node];

describe("log π(u|s)", () => {
  test("is the normal density through the change of variables, also where tanh is 1 in float64", () => {
    const rows = [
      [0.3, -0.2, -1, 0.5, 1.2, -0.4],
      [0, 0, -5, 1, 0, 3],
      [25, -400, 0, -2, 0.1, 2],
    ];
    const at = (from: number) =>
      value(
        [rows.length, 2],
        rows.flatMap((row) => row.slice(from, from + 2)),
      );
    const [got] = evaluate(
      [logLikelihood(x, logStd, noise)],
      new Map([
        [x, at(0)],
        [logStd, at(2)],
        [noise, at(4)],
      ]),
    );
    expect(got.shape).toEqual([3]);
    rows.forEach(([x0, x1, l0, l1, z0, z1], i) => {
      const mean = [x0 - Math.exp(l0) * z0, x1 - Math.exp(l1) * z1];
      const { logLikelihood: expected } = plainAct({ mean, logStd: [l0, l1] }, [z0, z1]);
      expect(got.data[i] / expected).toBeCloseTo(1, 12);
    });
    // Where it can be worked out directly: N(x; μ, σ) / Π (1 − u²).
    const [x0, x1, l0, l1, z0, z1] = rows[0] as [number, number, number, number, number, number];
    const density =
      Math.exp(-0.5 * (z0 * z0 + z1 * z1) - l0 - l1) /
      (2 * Math.PI * (1 - Math.tanh(x0) ** 2) * (1 - Math.tanh(x1) ** 2));
    expect(Math.exp(got.data[0])).toBeCloseTo(density, 12);
  });

  test.each([
    [0.4, 0.2],
    [-1, 0.5],
    [0.1, 1],
    [2, 0.8],
  ])("integrates to 1 over the box, μ = %d and σ = %d", (mean, std) => {
    const cells = 20_000; // midpoints; the density is smooth and 0 at both ends
    const us = Array.from({ length: cells }, (_, i) => -1 + (2 * i + 1) / cells);
    const column = (of: (u: number) => number) => value([cells, 1], us.map(of));
    const [logs] = evaluate(
      [logLikelihood(...single)],
      new Map([
        [single[0], column(Math.atanh)],
        [single[1], column(() => Math.log(std))],
        [single[2], column((u) => (Math.atanh(u) - mean) / std)],
      ]),
    );
    const total = logs.data.reduce((sum, y) => sum + (Math.exp(y) * 2) / cells, 0);
    expect(total).toBeCloseTo(1, 5);
  });

  test("has the gradients of finite differences, to μ and log σ that the noise is held with", () => {
    const mean = input("mean", ["rows", 2]);
    const y = sum(logLikelihood(add(mean, mul(exp(logStd), noise)), logStd, noise));
    const at = new Map([
      [mean, value([3, 2], [0.5, -1, 3, 0.1, -6, 0.7])],
      [logStd, value([3, 2], [-1, 0.3, -4, -0.5, 0.9, -2])],
      [noise, value([3, 2], [0.2, -1.5, 2, 0.4, 1, -0.3])],
    ]);
    const got = evaluate(gradients([y], [mean, logStd]), at);
    expect(relativeError(got, differenceGradient([y], [mean, logStd], [scalar(1)], at))).toBeLessThan(1e-8);
  });
});

describe("π_θ", () => {
  const shape: ActorShape = { observationSize: 3, hidden: [5, 4], actionSize: 2 };
  const scaling = { shift: Float32Array.of(0.5, -1, 2), factor: Float32Array.of(2, 0.5, 1.5) };
  const noScaling = { shift: new Float32Array(3), factor: new Float32Array(3).fill(1) };
  const [s, z] = [input("s", ["rows", 3]), input("z", ["rows", 2])];
  const rows = 4;
  const states = Array.from(normals(3 * rows, 1), (v) => 2 * v);
  const draws = Array.from(normals(2 * rows, 2));

  /** u and the mean action of a policy at `states`. */
  function acted(parameters: Float32Array, inputs = scaling) {
    const net = actingNet({ shape, parameters, inputs });
    const nodes = net.nodes("p");
    const feeds = {
      ...valuesOf(net.tensors("p")),
      s: value([rows, 3], states),
      z: value([rows, 2], draws),
    };
    const [u, mean] = evaluate([nodes.act(s, z), nodes.mean(s)], feedsOf([...nodes.inputs, s, z], feeds));
    return { u: Array.from(u.data), mean: Array.from(mean.data) };
  }

  test("acts as loops over its weights do, on inputs shifted and scaled", () => {
    const parameters = normals(actorLayout(shape).size, 3).map((w) => 0.8 * w);
    const { u, mean } = acted(parameters);
    for (let i = 0; i < rows; i++) {
      const heads = plainHeads(shape, parameters, scaling, states.slice(3 * i, 3 * i + 3));
      const near = (expected: readonly number[]) => expected.map((e) => expect.closeTo(e, 12));
      expect(u.slice(2 * i, 2 * i + 2)).toEqual(near(plainAct(heads, draws.slice(2 * i, 2 * i + 2)).u));
      expect(mean.slice(2 * i, 2 * i + 2)).toEqual(near(heads.mean.map(Math.tanh)));
    }
    expect(acted(parameters, noScaling).u).not.toEqual(u);
  });

  test("σ stays within e⁻⁵ and e, however large the weights", () => {
    for (const size of [-1e4, 1e4]) {
      const parameters = new Float32Array(actorLayout(shape).size);
      parameters.fill(size, -2); // the biases of log σ
      const { logStd: l } = plainHeads(shape, parameters, scaling, [1, 2, 3]);
      expect(l).toEqual([size > 0 ? 1 : -5, size > 0 ? 1 : -5]);
      const { u } = acted(parameters);
      u.forEach((each, i) => {
        expect(each).toBeCloseTo(Math.tanh(Math.exp(l[0]) * draws[i]), 12);
      });
    }
  });

  test("begins with little noise, σ = e⁻², about the centre of the box in every state", () => {
    const parameters = initialActor(shape, seeded(5));
    const { mean } = acted(parameters);
    // The last layer is 0.01 / √4 of its inputs at most, of which there are four of ordinary size, and a bias.
    for (const u of mean) expect(Math.abs(u)).toBeLessThan(0.05);
    const { logStd: l } = plainHeads(shape, parameters, scaling, states.slice(0, 3));
    for (const each of l) expect(Math.abs(each + 2)).toBeLessThan(3 * 0.05);
    expect(initialActor(shape, seeded(5))).toEqual(parameters);
    expect(initialActor(shape, seeded(6))).not.toEqual(parameters);
  });
});

test("chance acts by its noise alone, spread nearly evenly over the box, whatever the state", () => {
  const net = randomNet({ observationSize: 3, hidden: [4], actionSize: 2 });
  const rows = 5000;
  const [s, z] = [input("s", ["rows", 3]), input("z", ["rows", 2])];
  const draws = normals(2 * rows, 1);
  const nodes = net.nodes("p");
  expect([nodes.inputs, net.tensors("p")]).toEqual([[], {}]);
  const [u, mean] = evaluate(
    [nodes.act(s, z), nodes.mean(s)],
    new Map([
      [s, value([rows, 3], normals(3 * rows, 2))],
      [z, value([rows, 2], draws)],
    ]),
  );
  expect(Array.from(u.data)).toEqual(Array.from(draws, Math.tanh));
  expect(mean.shape).toEqual([rows, 2]);
  expect(mean.data.every((x) => x === 0)).toBe(true);
  // Of an even spread, each fifth of the box would have 0.2: tanh of a standard normal has 0.16 to 0.28.
  for (let fifth = 0; fifth < 5; fifth++) {
    const share = u.data.filter((x) => Math.floor((x + 1) * 2.5) === fifth).length / u.data.length;
    expect(share).toBeGreaterThan(0.14);
    expect(share).toBeLessThan(0.3);
  }
});
