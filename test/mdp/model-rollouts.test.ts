import { describe, expect, test } from "vitest";
import { add } from "../../src/compute/operators.js";
import { modelEpisodes } from "../../src/mdp/model-episodes.js";
import { modelRollouts } from "../../src/mdp/model-rollouts.js";
import { modelLoss, oneStepErrors, predictor } from "../../src/mdp/one-step.js";
import type { Model } from "../../src/mdp/parametric.js";
import { ensembleModel } from "../../src/model/ensemble-model.js";
import { actingNet } from "../../src/policy/gaussian-policy.js";
import { seeded } from "../../src/random/rng.js";
import { LINE, linearEnsemble, lineTask } from "../support/line-task.js";
import { recordedRng } from "../support/recorded-rng.js";
import { normals, somePolicy } from "../support/some-policy.js";
import { firstEngine, only, useCompute } from "../support/use-compute.js";

const compute = useCompute(2);
const task = lineTask({ isTerminal: () => false });
const policy = actingNet(somePolicy({ observationSize: 2, hidden: [4], actionSize: 1 }, 3));
const certain = ensembleModel(linearEnsemble([LINE, LINE.map((row) => row.map((x) => 1.5 * x))]));
/** The same members, whose steps scatter by a standard normal number in each entry. */
const uncertain: Model = {
  ...certain,
  members: certain.members.map((member) => ({
    ...member,
    key: ["uncertain", member.key],
    noiseSize: 2,
    nodes(prefix) {
      const { step, ...nodes } = member.nodes(prefix);
      return { ...nodes, step: (s, a, noise) => ({ next: add(step(s, a, undefined).next, noise!) }) };
    },
  })),
};
const starts = normals(2 * 4, 1);
const rollouts = (model: Model, rng = seeded(5), on = compute(), rolloutHorizon = 5) =>
  modelRollouts(on, { task, policy, model, rolloutHorizon, terminalMargin: 0 }, starts, rng);

describe("rollouts in M", () => {
  test("are one part per member, every start once in each, for H steps or the task's horizon", async () => {
    const parts = await rollouts(certain);
    expect(parts.map(({ count, size }) => [count, size])).toEqual([
      [4, 20],
      [4, 20],
    ]);
    for (const { observations } of parts) expect(observations.slice(0, 8)).toEqual(starts);
    const [long] = await rollouts(certain, seeded(5), compute(), 99);
    expect(Array.from(long.lengths)).toEqual([12, 12, 12, 12]);
  });

  test("follow from their stream, on one engine and on two; members draw from streams of their own", async () => {
    for (const model of [certain, uncertain]) {
      const once = await rollouts(model);
      expect(await rollouts(model, seeded(5), only(compute(), 1))).toEqual(once);
      expect((await rollouts(model, seeded(6)))[0].actions).not.toEqual(once[0].actions);
    }
    for (const [model, names] of [
      [certain, ["noise/0", "noise/1"]],
      [uncertain, ["chance/0", "chance/1", "noise/0", "noise/1"]],
    ] as const) {
      const { rng, record } = recordedRng(0);
      await rollouts(model, rng);
      expect([...record.drawn].sort()).toEqual(names);
    }
  });
});

describe("a member with noise of its own", () => {
  const stepOf = async (model: Model, chance?: (rows: number) => Float32Array) => {
    const imagined = await modelEpisodes(firstEngine(compute()), task, policy, model, 1);
    const { next } = await imagined.begin(starts, chance).step(normals(4, 2));
    await imagined.release();
    return Array.from(next);
  };

  test("steps to its mean plus that noise; without any, to its mean", async () => {
    const mean = await stepOf(certain);
    expect(await stepOf(uncertain)).toEqual(mean.map((x) => expect.closeTo(x, 6)));
    const asked: number[] = [];
    const draws = normals(8, 3);
    const drawn = await stepOf(uncertain, (rows) => {
      asked.push(rows);
      return draws;
    });
    expect(asked).toEqual([4]);
    expect(drawn).toEqual(mean.map((x, i) => expect.closeTo(x + draws[i], 6)));
  });

  test("predicts one step, and is judged, by its mean", async () => {
    const actions = normals(4, 4);
    const [plain, noisy] = await Promise.all(
      [certain, uncertain].map((model) => predictor(firstEngine(compute()), model.members[0], 2, 1)),
    );
    expect(await noisy.next(starts, actions)).toEqual(await plain.next(starts, actions));
    await Promise.all([plain.release(), noisy.release()]);
    const data = { size: 4, observations: starts, actions, next: normals(8, 5) };
    const units = Float32Array.of(1, 2);
    expect(await modelLoss(compute(), uncertain, data, units)).toEqual(
      await modelLoss(compute(), certain, data, units),
    );
    expect(await oneStepErrors(compute(), uncertain, data)).toEqual(await oneStepErrors(compute(), certain, data));
  });
});
