import { describe, expect, test } from "vitest";
import { worldPool } from "../../src/agents/world/pool.js";
import { oneStepError } from "../../src/experiments/one-step-error.js";
import { rolloutError } from "../../src/experiments/rollout-error.js";
import { type Trajectory, worldTrajectories } from "../../src/experiments/trajectories.js";
import { networkActor } from "../../src/mdp/actor.js";
import type { Ensemble } from "../../src/model/ensemble.js";
import { ensembleModel } from "../../src/model/ensemble-model.js";
import { actingNet } from "../../src/policy/gaussian-policy.js";
import { LINE, linearEnsemble, lineTask, PUSH } from "../support/line-task.js";
import { plainMean } from "../support/plain-networks.js";
import { somePolicy } from "../support/some-policy.js";
import { firstEngine, useCompute } from "../support/use-compute.js";

const compute = useCompute();
const task = lineTask({ isTerminal: () => false });
/** A gentle policy, whose actions stay inside of their box. */
const policy = (({ parameters, ...rest }) => ({ ...rest, parameters: parameters.map((x) => 0.4 * x) }))(
  somePolicy({ observationSize: 2, hidden: [4], actionSize: 1 }, 3),
);
const record = async (of = task): Promise<readonly Trajectory[]> => {
  const pool = worldPool(of);
  const acting = await networkActor(firstEngine(compute()), actingNet(policy), of);
  const episodes = await worldTrajectories(acting, pool, [1, 2, 3], 12);
  await acting.release();
  pool.close();
  return episodes;
};
/** A member that moves the point by `factor` times what the action does, and pulls it back by `pull` of its place. */
const member = (factor: number, pull = 0) => [Float64Array.of(-pull, 0, factor * PUSH), LINE[1]];
/** Both entries in units of 1, so that errors are in metres. */
const inMetres = (model: Ensemble): Ensemble => ({
  ...model,
  scaling: { ...model.scaling, inputFactor: model.scaling.inputFactor.slice().fill(1) },
});
const look = async (model: Ensemble, episodes: readonly Trajectory[], of = task) =>
  rolloutError({
    compute: compute(),
    task: of,
    policy: actingNet(policy),
    model: ensembleModel(inMetres(model)),
    episodes,
  });

describe("error over look-ahead (App. B.3)", () => {
  test("is none, open or closed loop, where the model is the world", async () => {
    const { open, closed, alive } = await look(linearEnsemble([member(1), member(1)]), await record());
    expect([...alive]).toEqual(Array(13).fill(3));
    for (const { error, disagreement } of [open, closed]) {
      expect(Math.max(...error)).toBeLessThan(1e-5); // float32 in M, float64 in W
      expect(Math.max(...disagreement)).toBeLessThan(1e-6);
    }
  });

  test("in open loop adds up what each of the world's actions is mistaken by", async () => {
    const episodes = await record();
    const { open } = await look(linearEnsemble([member(1.5)]), episodes);
    for (const t of [0, 1, 5, 12]) {
      const distances = episodes.map(({ actions }) =>
        Math.abs(actions.subarray(0, t).reduce((sum, a) => sum + 0.5 * PUSH * a, 0)),
      );
      const expected = distances.reduce((sum, x) => sum + x, 0) / 3;
      expect(open.byDimension[0][t]).toBeCloseTo(expected, 5);
      expect(open.error[t]).toBeCloseTo(expected / Math.SQRT2, 5); // root mean square over two entries, one of them right
    }
  });

  test("in closed loop lets the policy answer to the states of the model", async () => {
    const episodes = await record();
    const { open, closed } = await look(linearEnsemble([member(1, 0.3)]), episodes);
    const distances = episodes.map(({ states }) => {
      let [x, goal] = [states[0], states[1]];
      return Array.from({ length: 12 }, (_, t) => {
        const u = plainMean(policy, [x, goal])[0];
        x += -0.3 * x + PUSH * (1 + 2 * Math.min(Math.max(u, -1), 1));
        return Math.abs(x - states[2 * (t + 1)]);
      });
    });
    for (const t of [1, 4, 12]) {
      const expected = distances.reduce((sum, distance) => sum + distance[t - 1], 0) / 3;
      expect(closed.byDimension[0][t]).toBeCloseTo(expected, 5);
    }
    expect(closed.error[1]).toBeCloseTo(open.error[1], 6); // the first action is the same
    expect(Math.abs(closed.error[12] - open.error[12])).toBeGreaterThan(1e-3);
  });

  test("members apart by 2d disagree by d", async () => {
    const episodes = await record();
    const { open } = await look(linearEnsemble([member(0.5), member(1.5)]), episodes);
    const push = episodes.reduce((sum, { actions }) => sum + Math.abs(0.5 * PUSH * actions[0]), 0) / 3;
    expect(open.disagreement[1]).toBeCloseTo(push / Math.SQRT2, 5);
  });

  test("is over the episodes that still go on, and follows the model through states that end them", async () => {
    const ending = lineTask({ isTerminal: (next) => next[0] > 1 });
    const episodes = await record(ending);
    const lengths = episodes.map(({ length }) => length);
    expect(new Set(lengths).size).toBeGreaterThan(1);
    const { alive, open } = await look(linearEnsemble([member(3)]), episodes, ending);
    expect([...alive]).toEqual(
      Array.from({ length: Math.max(...lengths) + 1 }, (_, t) => lengths.filter((length) => length >= t).length),
    );
    expect(open.error.every(Number.isFinite)).toBe(true);
  });
});

describe("error of one step", () => {
  test("is a share of the change's variance, and the entry that never changes has none", async () => {
    const episodes = await record();
    const model = linearEnsemble([member(1.5), member(0.5)]);
    model.scaling.deltaScale.set([1, 0]);
    const found = await oneStepError(compute(), task, ensembleModel(model), episodes, 1000);
    const actions = episodes.flatMap(({ actions }) => [...actions]);
    const expected = actions.reduce((sum, a) => sum + (0.5 * PUSH * a) ** 2, 0) / actions.length;
    expect(found.samples).toBe(36);
    expect(found.byDimension[0]).toBeCloseTo(expected, 6);
    expect(found.byDimension[1]).toBeNaN();
    // The members err to both sides by the same: their mean is right, and they disagree by what each errs.
    expect(Math.max(...found.error)).toBeLessThan(1e-5);
    expect(found.disagreement[0]).toBeCloseTo(Math.abs(0.5 * PUSH * actions[0]), 5);
    expect(found.predicted[0]).toBeCloseTo(PUSH * actions[0], 5);
  });

  test("looks at no more steps than it was asked to, spread over all episodes", async () => {
    const found = await oneStepError(compute(), task, ensembleModel(linearEnsemble([member(1)])), await record(), 10);
    expect(found.samples).toBe(9);
  });
});
