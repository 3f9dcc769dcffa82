import { describe, expect, test } from "vitest";
import { DivergenceError } from "../../src/errors/errors.js";
import { modelLoss } from "../../src/mdp/one-step.js";
import { type Ensemble, initialEnsemble, type ModelData, type ModelShape } from "../../src/model/ensemble.js";
import { ensembleModel } from "../../src/model/ensemble-model.js";
import { type FitSettings, fitEnsemble } from "../../src/model/fit-ensemble.js";
import { seeded } from "../../src/random/rng.js";
import { gliderData, predict } from "../support/predict.js";
import { recordedCompute } from "../support/recorded-compute.js";
import { only, useCompute } from "../support/use-compute.js";

const compute = useCompute(2);
const shape: ModelShape = { observationSize: 3, actionSize: 1, hidden: [24, 24], rewardHidden: null };
const space = { size: 3, names: ["x", "v", "g"], low: [-1e9, -1e9, -1e9], high: [1e9, 1e9, 1e9] };
const settings: FitSettings = {
  epochs: 5,
  batchSize: 40,
  learningRate: 1e-3,
  minGradientSteps: 1,
  maxGradientSteps: 100_000,
  loss: "raw",
  centerDelta: false,
  scale: "std",
  bootstrap: false,
  warmStart: true,
};
const start = (members: number) => initialEnsemble(shape, members, seeded(0));
const fitFrom = (ensemble: Ensemble, data: ModelData, using: Partial<FitSettings> = {}, on = compute(), seed = 1) =>
  fitEnsemble(on, ensemble, data, space, { ...settings, ...using }, seeded(seed));

describe("a fit of the ensemble", () => {
  test("learns the dynamics: the loss on fresh samples falls far below that of no model", async () => {
    const { ensemble, steps } = await fitFrom(start(2), gliderData(800), {
      epochs: 60,
      loss: "normalized",
      learningRate: 3e-3,
    });
    const units = ensemble.scaling.deltaScale.map((s) => (s === 0 ? 0 : 1 / s));
    const [x, v, goal] = await modelLoss(compute(), ensembleModel(ensemble), gliderData(200, 7), units);
    expect(steps).toBe(1200);
    expect(x).toBeLessThan(0.02); // no model: 1 and more; measured 0.001
    expect(v).toBeLessThan(0.02);
    expect(goal).toBe(0);
    const held = gliderData(50, 8);
    const predicted = predict(ensemble, 0, held.observations, held.actions);
    for (let i = 0; i < 50; i++) expect(predicted[3 * i + 2]).toBe(held.next[3 * i + 2]); // the goal stays
  });

  test.each(["raw", "normalized"] as const)(
    "minimises ℓ(M, D) itself, in %s units: the regression's loss is the model's",
    async (loss) => {
      const data = gliderData(80);
      for (const centerDelta of [false, true]) {
        // One step on the whole of the data: its loss is that of the weights before it, in the new scaling.
        const fitted = await fitFrom(start(3), data, { loss, centerDelta, epochs: 1, batchSize: 80 });
        const before = { ...start(3), scaling: fitted.ensemble.scaling };
        const units = before.scaling.deltaScale.map((s) => (loss === "raw" ? 1 : s === 0 ? 0 : 1 / s));
        const direct = await modelLoss(compute(), ensembleModel(before), data, units);
        expect(fitted.loss).toBeCloseTo((direct[0] + direct[1] + direct[2]) / 3, 5);
      }
    },
  );

  test("weighs entries by σ_Δ² for the paper's raw loss, by 1 for the normalised one, and not at all where nothing changes", async () => {
    const weights = async (loss: "raw" | "normalized") => {
      const { compute: on, runs } = recordedCompute(compute());
      const { ensemble } = await fitFrom(start(1), gliderData(40), { loss, epochs: 1 }, on);
      return { weights: Array.from(runs[0].inputs.weights.data), scale: ensemble.scaling.deltaScale };
    };
    const raw = await weights("raw");
    expect(raw.weights).toEqual([expect.closeTo(raw.scale[0] ** 2, 6), expect.closeTo(raw.scale[1] ** 2, 6), 0]);
    expect((await weights("normalized")).weights).toEqual([1, 1, 0]);
  });

  test("leaves the ensemble that it starts from as it was", async () => {
    const before = start(2);
    const copy = structuredClone(before);
    const { ensemble } = await fitFrom(before, gliderData(80));
    expect(before).toEqual(copy);
    expect(ensemble.members[0].dynamics.parameters).not.toEqual(before.members[0].dynamics.parameters);
  });
});

describe("members", () => {
  test("learn without each other: member 0 is the same with or without a member 1, whatever that one is", async () => {
    const data = gliderData(120);
    const [alone, two] = [start(1), start(2)];
    const other = {
      ...two,
      members: [
        two.members[0],
        {
          dynamics: { ...two.members[1].dynamics, parameters: two.members[1].dynamics.parameters.map((x) => 3 * x) },
          reward: null,
        },
      ],
    };
    const member = (await fitFrom(alone, data)).ensemble.members[0];
    expect((await fitFrom(two, data)).ensemble.members[0]).toEqual(member);
    expect((await fitFrom(other, data)).ensemble.members[0]).toEqual(member);
  });

  test("see the data in orders of their own: equal members part", async () => {
    const one = start(1).members[0];
    const { ensemble } = await fitFrom({ ...start(2), members: [one, one] }, gliderData(120));
    expect(ensemble.members[0].dynamics.parameters).not.toEqual(ensemble.members[1].dynamics.parameters);
  });

  test("are the same, bit for bit, on one engine and on two, and with the same seed; with another seed others", async () => {
    const data = gliderData(100);
    const first = await fitFrom(start(3), data, {}, only(compute(), 1));
    expect(await fitFrom(start(3), data)).toEqual(first);
    expect((await fitFrom(start(3), data, {}, compute(), 2)).ensemble.members[0]).not.toEqual(
      first.ensemble.members[0],
    );
  });

  test("with bootstrap learn from rows drawn with replacement, each from a draw of its own", async () => {
    const data = gliderData(200);
    const rowsOf = async (bootstrap: boolean) => {
      const { compute: on, runs } = recordedCompute(only(compute(), 1));
      await fitFrom(start(2), data, { bootstrap, epochs: 1 }, on);
      return runs.map(({ inputs: { inputs, targets } }) => {
        const row = (i: number) =>
          [...inputs.data.subarray(4 * i, 4 * i + 4), ...targets.data.subarray(3 * i, 3 * i + 3)].join();
        return Array.from({ length: 200 }, (_, i) => row(i));
      });
    };
    const [plain, again] = await rowsOf(false);
    expect(again).toEqual(plain); // without bootstrap all members see the buffer itself
    const resamples = await rowsOf(true);
    for (const rows of resamples) {
      for (const row of rows) expect(plain).toContain(row); // inputs and targets stay together
      // 1 − 1/e = 63 % of the rows are different ones; ±3 % is the standard deviation.
      expect(new Set(rows).size / 200).toBeGreaterThan(0.53);
      expect(new Set(rows).size / 200).toBeLessThan(0.73);
    }
    expect(resamples[0]).not.toEqual(resamples[1]);
  });
});

describe("between fits", () => {
  test("a warm start keeps weights and Adam's moments; a cold one begins anew with each fit's stream", async () => {
    const data = gliderData(80);
    const once = await fitFrom(start(1), data);
    const warm = await fitFrom(once.ensemble, data);
    expect(warm.ensemble.members[0].dynamics.adam.steps).toBe(2 * once.ensemble.members[0].dynamics.adam.steps);
    const cold = await fitFrom(once.ensemble, data, { warmStart: false });
    expect(cold.ensemble.members[0].dynamics.adam.steps).toBe(once.ensemble.members[0].dynamics.adam.steps);
    expect(await fitFrom(start(1), data, { warmStart: false })).toEqual(cold); // what came before does not matter
    expect((await fitFrom(start(1), data, { warmStart: false }, compute(), 2)).ensemble.members[0]).not.toEqual(
      cold.ensemble.members[0],
    );
  });

  test.each([
    [{ epochs: 1, batchSize: 40, minGradientSteps: 17 }, 17],
    [{ epochs: 50, batchSize: 40, maxGradientSteps: 9 }, 9],
    [{ epochs: 3, batchSize: 33 }, 8],
  ])("%o of 80 samples are %d gradient steps", async (bounds, expected) => {
    const { steps, ensemble } = await fitFrom(start(2), gliderData(80), bounds);
    expect([steps, ...ensemble.members.map(({ dynamics }) => dynamics.adam.steps)]).toEqual([
      expected,
      expected,
      expected,
    ]);
  });

  test("progress is reported as gradient steps of all members", async () => {
    const told: (readonly [number, number])[] = [];
    await fitEnsemble(
      compute(),
      start(3),
      gliderData(40),
      space,
      { ...settings, epochs: 150 },
      seeded(0),
      (done, total) => told.push([done, total]),
    );
    expect(told.map(([, total]) => total)).toEqual(new Array(6).fill(450)); // two runs of each member
    const done = told.map(([steps]) => steps);
    expect(done).toEqual([...done].sort((a, b) => a - b));
    expect(done.at(-1)).toBe(450);
  });
});

describe("a fit that diverges names the player and the member", () => {
  const broken = (entry: "observations" | "next" | "actions", x: number): ModelData => {
    const data = gliderData(40);
    data[entry][0] = x;
    return data;
  };

  test.each([
    ["a state that is not a number", broken("observations", Number.NaN)],
    ["a next state that is not a number", broken("next", Number.NaN)],
    ["an action that is not a number", broken("actions", Number.NaN)],
    ["a next state that is infinite", broken("next", Number.POSITIVE_INFINITY)],
  ])("on %s", async (_, data) => {
    const fitting = fitFrom(start(2), data);
    await expect(fitting).rejects.toThrow(DivergenceError);
    await expect(fitting).rejects.toThrow(/^model player, member \d:/);
  });

  test("on a step size that is far too large", async () => {
    const fitting = fitFrom(start(1), gliderData(40), { learningRate: 1e30 });
    await expect(fitting).rejects.toThrow(DivergenceError);
    await expect(fitting).rejects.toThrow(/model player, member 0: the fit's loss is .* Lower model\.learningRate/);
  });

  test("on a learned reward that is not a number", async () => {
    const data = gliderData(40);
    data.rewards[3] = Number.NaN;
    const fitting = fitFrom(initialEnsemble({ ...shape, rewardHidden: [8] }, 1, seeded(0)), data);
    await expect(fitting).rejects.toThrow(DivergenceError);
  });
});
