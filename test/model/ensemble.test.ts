import { describe, expect, test } from "vitest";
import type { Space } from "../../src/mdp/task.js";
import {
  deltas,
  type Ensemble,
  initialEnsemble,
  type ModelData,
  type ModelShape,
  modelScaling,
  stateActions,
} from "../../src/model/ensemble.js";
import { seeded } from "../../src/random/rng.js";
import { plainMlp } from "../support/plain-networks.js";
import { gliderData, predict } from "../support/predict.js";
import { normals } from "../support/some-policy.js";

const unlimited = (n: number): Space => ({
  size: n,
  names: Array.from({ length: n }, (_, i) => `s${i}`),
  low: new Array(n).fill(Number.NEGATIVE_INFINITY),
  high: new Array(n).fill(Number.POSITIVE_INFINITY),
});
const shape: ModelShape = { observationSize: 3, actionSize: 1, hidden: [6, 5], rewardHidden: null };
const PAPER = { scale: "std", centerDelta: false } as const;

/** Four samples worked out by hand: entry 0 moves, entry 1 moves by a constant, entry 2 stands still. */
const hand: ModelData = {
  size: 4,
  observations: Float32Array.of(0, 0, 7, 2, 1, 7, 4, 2, 7, 6, 3, 7),
  actions: Float32Array.of(1, 1, 3, 3),
  next: Float32Array.of(1, 1, 7, 3, 2, 7, 5, 3, 7, 11, 4, 7),
  rewards: Float32Array.of(1, 2, 3, 6),
};

describe("the scaling of a data set", () => {
  test("centres and scales s and a by mean and standard deviation (App. B, model details)", () => {
    const { inputShift, inputFactor } = modelScaling(hand, unlimited(3), PAPER);
    expect(Array.from(inputShift)).toEqual([3, 1.5, 7, 2]);
    expect(Array.from(inputFactor)).toEqual(
      [1 / Math.sqrt(5), 1 / Math.sqrt(1.25), 0, 1].map((x) => expect.closeTo(x, 6)),
    );
  });

  test("scales Δ by its standard deviation without centring it, and holds what never changes at 0", () => {
    const { deltaShift, deltaScale } = modelScaling(hand, unlimited(3), PAPER);
    expect(Array.from(deltaScale)).toEqual([Math.fround(Math.sqrt(3)), 0, 0]); // Δ of entry 0 is 1, 1, 1, 5
    expect(Array.from(deltaShift)).toEqual([0, 0, 0]);
  });

  test("centres Δ where asked, but not what never varies", () => {
    const { deltaShift } = modelScaling(hand, unlimited(3), { ...PAPER, centerDelta: true });
    expect(Array.from(deltaShift)).toEqual([2, 0, 0]);
  });

  test("uses the mean absolute deviation where asked", () => {
    const { inputFactor, deltaScale, rewardScale } = modelScaling(hand, unlimited(3), {
      ...PAPER,
      scale: "mean-absolute",
    });
    expect(Array.from(inputFactor)).toEqual([1 / 2, 1, 0, 1]);
    expect(Array.from(deltaScale)).toEqual([1.5, 0, 0]);
    expect(rewardScale).toBe(1.5);
  });

  test("centres and scales rewards", () => {
    const { rewardShift, rewardScale } = modelScaling(hand, unlimited(3), PAPER);
    expect([rewardShift, rewardScale]).toEqual([3, Math.sqrt(3.5)]);
    expect(modelScaling({ ...hand, rewards: new Float32Array(4).fill(2) }, unlimited(3), PAPER)).toMatchObject({
      rewardShift: 2,
      rewardScale: 0,
    });
  });

  test("bounds predictions by the task's own bounds, and by 100 σ around the data, or as many as asked for", () => {
    const space = {
      ...unlimited(3),
      low: [-1, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY],
      high: [1e9, 50, Number.POSITIVE_INFINITY],
    };
    const { low, high } = modelScaling(hand, space, PAPER);
    const [a, b] = [100 * Math.sqrt(5), 100 * Math.sqrt(1.25)];
    expect(Array.from(low)).toEqual([-1, expect.closeTo(1.5 - b, 4), Number.NEGATIVE_INFINITY]);
    const near = modelScaling(hand, space, { ...PAPER, reach: 8 }).low;
    expect(near[1]).toBeCloseTo(1.5 - 0.08 * b, 4);
    expect(Array.from(high)).toEqual([expect.closeTo(3 + a, 4), 50, Number.POSITIVE_INFINITY]);
  });

  test("takes (s, a) and Δ row by row", () => {
    expect(Array.from(stateActions(hand))).toEqual([0, 0, 7, 1, 2, 1, 7, 1, 4, 2, 7, 3, 6, 3, 7, 3]);
    expect(Array.from(deltas(hand))).toEqual([1, 1, 0, 1, 1, 0, 1, 1, 0, 5, 1, 0]);
  });
});

describe("a member predicts", () => {
  const fresh = initialEnsemble(shape, 2, seeded(0));
  const data = gliderData(50);
  const scaled = (centerDelta: boolean): Ensemble => ({
    ...fresh,
    scaling: modelScaling(data, unlimited(3), { ...PAPER, centerDelta }),
  });

  test.each([false, true])(
    "s + σ_Δ · MLP((s − μ_s)/σ_s, (a − μ_a)/σ_a), with the mean of Δ where it is centred (%s)",
    (centerDelta) => {
      const ensemble = scaled(centerDelta);
      const { inputShift, inputFactor, deltaShift, deltaScale } = ensemble.scaling;
      const [observations, actions] = [normals(3 * 5, 1), normals(5, 2)];
      for (const member of [0, 1]) {
        const predicted = predict(ensemble, member, observations, actions);
        for (let i = 0; i < 5; i++) {
          const x = [...observations.subarray(3 * i, 3 * i + 3), actions[i]].map(
            (entry, j) => (entry - inputShift[j]) * inputFactor[j],
          );
          const network = { inputSize: 4, hidden: shape.hidden, outputSize: 3, activation: "relu" as const };
          const output = plainMlp(network, ensemble.members[member].dynamics.parameters, x);
          output.forEach((y, j) => {
            expect(predicted[3 * i + j]).toBeCloseTo(observations[3 * i + j] + deltaScale[j] * y + deltaShift[j], 10);
          });
        }
      }
    },
  );

  test("what never changed in the data as unchanged, exactly, wherever it starts", () => {
    const far = normals(3 * 20, 3).map((x) => 10 * x);
    const predicted = predict(scaled(true), 0, far, normals(20, 4));
    for (let i = 0; i < 20; i++) {
      expect(predicted[3 * i + 2]).toBe(far[3 * i + 2]);
      expect(predicted[3 * i]).not.toBe(far[3 * i]);
    }
  });

  test("without regard to an input that never varied", () => {
    const constant = { ...data, actions: new Float32Array(50).fill(0.5) };
    const ensemble = { ...fresh, scaling: modelScaling(constant, unlimited(3), PAPER) };
    const observations = normals(3, 5);
    expect(predict(ensemble, 0, observations, [-4])).toEqual(predict(ensemble, 0, observations, [9]));
  });

  test("nothing beyond its bounds", () => {
    const ensemble = scaled(false);
    const [low, high] = [Float32Array.of(-0.1, -1e9, -1e9), Float32Array.of(0.1, 1e9, 1e9)];
    const predicted = predict(
      { ...ensemble, scaling: { ...ensemble.scaling, low, high } },
      0,
      [5, 5, 5, -5, 5, 5],
      [0, 0],
    );
    expect([predicted[0], predicted[3]]).toEqual([Math.fround(0.1), Math.fround(-0.1)]);
  });
});

describe("M_0", () => {
  test("predicts no change, and has members of its own weights", () => {
    const ensemble = initialEnsemble(shape, 3, seeded(0));
    const s = normals(3 * 4, 6);
    for (const member of [0, 1, 2]) expect(predict(ensemble, member, s, normals(4, 7))).toEqual(Float64Array.from(s));
    const weights = ensemble.members.map(({ dynamics }) => dynamics.parameters);
    expect(weights[0]).not.toEqual(weights[1]);
    expect(weights[1]).not.toEqual(weights[2]);
  });

  test("has the same first members in a larger ensemble", () => {
    expect(initialEnsemble(shape, 4, seeded(0)).members.slice(0, 2)).toEqual(
      initialEnsemble(shape, 2, seeded(0)).members,
    );
  });

  test("has a reward network exactly where the reward is learned", () => {
    expect(initialEnsemble(shape, 1, seeded(0)).members[0].reward).toBeNull();
    const learned = initialEnsemble({ ...shape, rewardHidden: [8] }, 1, seeded(0)).members[0];
    expect(learned.reward!.parameters).toHaveLength((2 * 3 + 1 + 1) * 8 + 8 + 1); // of (s, a, s′)
    expect(learned.dynamics).toEqual(initialEnsemble(shape, 1, seeded(0)).members[0].dynamics);
  });
});
