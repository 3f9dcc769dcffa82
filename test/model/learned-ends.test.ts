import { expect, test } from "vitest";
import { input } from "../../src/compute/operators.js";
import { initialEnsemble, type ModelData, type ModelShape, modelScaling } from "../../src/model/ensemble.js";
import { fitEnsemble } from "../../src/model/fit-ensemble.js";
import { gaussianData } from "../../src/model/fit-gaussian.js";
import { aliveBelow, endWeight } from "../../src/model/learned-ends.js";
import { rewardNodes, rewardTensors } from "../../src/model/learned-reward.js";
import { seeded } from "../../src/random/rng.js";
import { valuesOf } from "../support/agreement.js";
import { evaluate, feedsOf, value } from "../support/interpreter.js";
import { gliderData } from "../support/predict.js";
import { useCompute } from "../support/use-compute.js";

const compute = useCompute();
const space = { size: 3, names: ["x", "v", "g"], low: [-1e9, -1e9, -1e9], high: [1e9, 1e9, 1e9] };

/** A glider that falls where its position exceeds 1: one sample in six. */
function falling(size: number, seed = 0): ModelData & { readonly terminal: Uint8Array } {
  const data = gliderData(size, seed);
  return { ...data, terminal: Uint8Array.from({ length: size }, (_, i) => (data.next[3 * i] > 1 ? 1 : 0)) };
}

test("learned ends come to agree with known ones, on samples that were not seen", async () => {
  const shape: ModelShape = {
    observationSize: 3,
    actionSize: 1,
    hidden: [8],
    rewardHidden: [32, 32],
    learnsEnds: true,
  };
  const settings = {
    scale: "std",
    centerDelta: false,
    epochs: 60,
    batchSize: 50,
    learningRate: 3e-3,
    minGradientSteps: 1,
    maxGradientSteps: 100_000,
    loss: "normalized",
    bootstrap: false,
    warmStart: true,
  } as const;
  const { ensemble } = await fitEnsemble(
    compute(),
    initialEnsemble(shape, 1, seeded(0)),
    falling(600),
    space,
    settings,
    seeded(1),
  );
  const held = falling(200, 5);
  const nodes = rewardNodes(shape);
  const [s, a, next] = [input("s", ["rows", 3]), input("a", ["rows", 1]), input("after", ["rows", 3])];
  const feeds = {
    ...valuesOf(rewardTensors(ensemble, ensemble.members[0])),
    s: value([200, 3], held.observations),
    a: value([200, 1], held.actions),
    after: value([200, 3], held.next),
  };
  const [{ data: alive }] = evaluate([nodes.said(s, a, next).alive!], feedsOf([...nodes.inputs, s, a, next], feeds));
  const right = alive.filter((x, i) => x === 1 - held.terminal[i]).length;
  expect(held.terminal.reduce((total, x) => total + x, 0)).toBeGreaterThan(20);
  expect(right / 200).toBeGreaterThan(0.94);
});

test("an episode goes on where p̂ is below ½", () => {
  const p = input("p", [4, 1]);
  const [{ shape, data }] = evaluate([aliveBelow(p)], feedsOf([p], { p: value([4, 1], [0.2, 0.49, 0.51, 3]) }));
  expect([shape, [...data]]).toEqual([[4], [1, 1, 0, 0]]);
});

test("the weight of p̂ is 1/variance, at most 100, and 1 where nothing ever ended", () => {
  expect(endWeight(Uint8Array.of(1, 0, 0, 0))).toBe(16 / 3);
  expect(endWeight(new Uint8Array(1000).fill(1, 0, 1))).toBe(100);
  expect(endWeight(new Uint8Array(5))).toBe(1);
});

test("for a Gaussian ensemble, ends are a target after the reward", () => {
  const data = falling(30);
  const scaling = modelScaling(data, space, { scale: "std", centerDelta: false });
  const { targets, weights } = gaussianData(data, scaling, { learnsReward: true, learnsEnds: true });
  expect(Array.from({ length: 30 }, (_, i) => targets[5 * i + 4])).toEqual([...data.terminal]);
  expect(weights[4]).toBeCloseTo(endWeight(data.terminal), 5);
});
