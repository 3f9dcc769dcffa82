import { expect, test } from "vitest";
import { ConfigError, ShapeError } from "../../src/errors/errors.js";
import { klDivergence, totalVariation } from "../../src/theory/distributions.js";
import { expectedReturn } from "../../src/theory/expected-return.js";
import { checkModelOf, type FiniteMdpSpec, finiteMdp, tabularPolicy } from "../../src/theory/finite-mdp.js";

const spec: FiniteMdpSpec = {
  transitions: [
    [
      [1, 0],
      [0.5, 0.5],
    ],
    [
      [0, 1],
      [0.2, 0.8],
    ],
  ],
  rewards: [1, -2],
  discount: 0.9,
  initial: [1, 0],
};

test.each<[string, Partial<FiniteMdpSpec>, typeof ConfigError | typeof ShapeError, string]>([
  [
    "probabilities that do not sum to one",
    { transitions: [spec.transitions[0], [[0, 1], [0.2, 0.7]]] }, // biome-ignore format: a table
    ConfigError,
    "finiteMdp.transitions[1][1]: probabilities sum to 0.8999999999999999",
  ],
  ["a reward outside the bound", { maxReward: 1.5 }, ConfigError, "finiteMdp.rewards[1]: -2 is outside ±R_max = ±1.5"],
  ["a reward that is no number", { rewards: [1, Number.NaN], maxReward: 2 }, ConfigError, "finiteMdp.rewards[1]: NaN"],
  [
    "a reward that is no number, without a bound",
    { rewards: [1, Number.NaN] },
    ConfigError,
    "finiteMdp.rewards[1]: NaN",
  ],
  ["γ = 1", { discount: 1 }, ConfigError, "finiteMdp.discount: γ must be in [0, 1), got 1"],
  ["γ < 0", { discount: -0.1 }, ConfigError, "got -0.1"],
  ["γ = NaN", { discount: Number.NaN }, ConfigError, "got NaN"],
  ["a start distribution of another size", { initial: [1] }, ShapeError, "finiteMdp.initial: has 1 entries"],
  ["a state without all actions", { transitions: [[[1, 0]], spec.transitions[1]] }, ShapeError, "transitions[1]"],
  ["no states", { transitions: [] }, ShapeError, "is empty"],
])("%s is refused, with where and what", (_, change, error, message) => {
  expect(() => finiteMdp({ ...spec, ...change })).toThrow(error);
  expect(() => finiteMdp({ ...spec, ...change })).toThrow(message);
});

test("R_max is the largest |R| unless it is given", () => {
  expect(finiteMdp(spec).maxReward).toBe(2);
  expect(finiteMdp({ ...spec, maxReward: 5 }).maxReward).toBe(5);
});

test("a policy that is none is refused, with the state", () => {
  expect(() => tabularPolicy(finiteMdp(spec), [[1, 0], [0.5, 0.4]])).toThrow("tabularPolicy[1]: probabilities sum to 0.9"); // biome-ignore format: one case
  expect(() => tabularPolicy(finiteMdp(spec), [[1, 0]])).toThrow(ShapeError);
});

test("a model differs from its world in transitions alone", () => {
  const world = finiteMdp(spec);
  expect(() => checkModelOf("Lemma 1", world, finiteMdp({ ...spec, discount: 0.8 }))).toThrow(
    "Lemma 1: world and model differ in discount",
  );
  expect(() => checkModelOf("Lemma 1", world, finiteMdp({ ...spec, rewards: [1, 2] }))).toThrow("differ in rewards");
});

test("a policy for another MDP, and distances of distributions over other outcomes, are refused", () => {
  const mdp = finiteMdp(spec);
  const row = Float64Array.of(0.5, 0.5);
  expect(() => expectedReturn([row], mdp)).toThrow("policy: has 1 states, where 2 belong");
  expect(() => expectedReturn([row, Float64Array.of(1)], mdp)).toThrow("policy[1]: has 1 actions, where 2 belong");
  for (const distance of [totalVariation, klDivergence]) {
    expect(() => distance(row, Float64Array.of(1))).toThrow(ShapeError);
    expect(() => distance(Float64Array.of(1), row)).toThrow("have 1 and 2 entries");
  }
});
