import { describe, expect, test } from "vitest";
import { DivergenceError, WorldError } from "../../src/errors/errors.js";
import { networkActor } from "../../src/mdp/actor.js";
import { modelEpisodes } from "../../src/mdp/model-episodes.js";
import { rollOut, TERMINAL } from "../../src/mdp/rollouts.js";
import type { Task } from "../../src/mdp/task.js";
import { worldEpisodes } from "../../src/mdp/world-episodes.js";
import { type Ensemble, initialEnsemble } from "../../src/model/ensemble.js";
import { ensembleModel } from "../../src/model/ensemble-model.js";
import { actingNet, type GaussianPolicy, initialPolicy } from "../../src/policy/gaussian-policy.js";
import { seeded } from "../../src/random/rng.js";
import { LINE, linearEnsemble, lineTask, PUSH } from "../support/line-task.js";
import { predictReward } from "../support/predict.js";
import { normals, somePolicy } from "../support/some-policy.js";
import { firstEngine, useCompute } from "../support/use-compute.js";

const compute = useCompute();
const shape = { observationSize: 2, hidden: [4], actionSize: 1 };
const policy = somePolicy(shape, 3);
const starts = normals(2 * 8, 1).map((x) => 0.5 * x);

/** Noise that is the same for the same trajectory in the same step, however many are still going. */
function sharedNoise(): (going: readonly number[]) => Float32Array {
  let t = 0;
  return (going) => {
    t++;
    return Float32Array.from(going, (i) => normals(1, 100 * t + i)[0]);
  };
}

async function imagine(
  ensemble: Ensemble,
  task: Task = lineTask(),
  from = starts,
  member = 0,
  of: GaussianPolicy = policy,
) {
  const imagined = await modelEpisodes(firstEngine(compute()), task, actingNet(of), ensembleModel(ensemble), member);
  try {
    return await rollOut(imagined.begin(from), task.horizon, sharedNoise());
  } finally {
    await imagined.release();
  }
}

describe("imagined episodes", () => {
  test("in a model that knows the world's dynamics are the world's: J(π, M) = J(π, W)", async () => {
    const task = lineTask();
    const worlds = await Promise.all(Array.from({ length: 8 }, () => task.createWorld()));
    const acting = await networkActor(firstEngine(compute()), actingNet(policy), task);
    const world = await rollOut(
      worldEpisodes(
        task,
        worlds,
        worlds.map((_, seed) => ({ seed })),
        acting,
      ),
      task.horizon,
      sharedNoise(),
    );
    const from = world.observations.slice(0, 16);
    const model = await imagine(linearEnsemble([LINE]), task, from);
    expect(Array.from(world.outcomes)).toContain(TERMINAL);
    expect(model.lengths).toEqual(world.lengths);
    expect(model.outcomes).toEqual(world.outcomes);
    // Float32 states, twelve steps: 1e-6 a step.
    expect(Array.from(model.returns)).toEqual(Array.from(world.returns, (x) => expect.closeTo(x, 4)));
    expect(Array.from(model.actions)).toEqual(Array.from(world.actions, (x) => expect.closeTo(x, 4)));
  });

  test("obey the task's own reward and termination, on executed actions", async () => {
    const asked: number[][] = [];
    const task: Task = {
      ...lineTask(),
      reward: (s, a, after) => {
        asked.push([...Array.from(s), a[0], ...Array.from(after)]);
        return 100 * s[0] + a[0];
      },
      isTerminal: (after) => after[0] > 0.5,
    };
    const { observations, rewards, actions, outcomes, lastObservations, trajectory } = await imagine(
      linearEnsemble([LINE]),
      task,
    );
    asked.forEach(([x, goal, a, after, goalAfter], row) => {
      expect([x, goal]).toEqual([observations[2 * row], observations[2 * row + 1]]);
      expect(a).toBeCloseTo(1 + 2 * Math.min(Math.max(actions[row], -1), 1), 5);
      expect(after).toBeCloseTo(x + PUSH * a, 5);
      expect(goalAfter).toBe(goal);
      expect(rewards[row]).toBe(100 * x + a);
    });
    expect(asked).toHaveLength(trajectory.length);
    expect(Array.from(outcomes)).toContain(TERMINAL);
    outcomes.forEach((outcome, i) => {
      expect(lastObservations[2 * i] > 0.5).toBe(outcome === TERMINAL);
    });
  });

  test("ask for termination by the margin they were given, 0 by default", async () => {
    const asked = async (...margin: readonly [] | readonly [number]) => {
      const margins = new Set<number | undefined>();
      const task: Task = { ...lineTask(), isTerminal: (_, share) => margins.add(share).size < 0 };
      const imagined = await modelEpisodes(
        firstEngine(compute()),
        task,
        actingNet(policy),
        ensembleModel(linearEnsemble([LINE])),
        0,
        ...margin,
      );
      await rollOut(imagined.begin(starts), 2, sharedNoise());
      await imagined.release();
      return [...margins];
    };
    expect([await asked(), await asked(0.25)]).toEqual([[0], [0.25]]);
  });

  test("execute actions within the box, however far the policy samples", async () => {
    const wild = {
      ...policy,
      parameters: policy.parameters.map((x, i) => (i === policy.parameters.length - 1 ? 3 : x)),
    }; // σ = e³
    const moves: number[] = [];
    const task: Task = { ...lineTask(), reward: (_, a) => moves.push(a[0]), isTerminal: () => false };
    const { actions } = await imagine(linearEnsemble([LINE]), task, starts, 0, wild);
    expect(Math.max(...actions)).toBeGreaterThan(5); // the samples themselves stay unclipped
    expect([Math.min(...moves), Math.max(...moves)]).toEqual([-1, 3]);
  });

  test("happen in the member asked for", async () => {
    const ensemble = linearEnsemble([LINE, LINE.map((row) => row.map((x) => -x))]);
    const [one, other] = [
      await imagine(ensemble, lineTask(), starts, 0),
      await imagine(ensemble, lineTask(), starts, 1),
    ];
    const first = (rollouts: typeof one) => Array.from(rollouts.observations.subarray(16, 18), (x, i) => x - starts[i]);
    expect(first(one)[0]).toBeCloseTo(-first(other)[0], 5);
  });

  test("take a learned reward where there is one, of the member's own network", async () => {
    const ensemble = initialEnsemble(
      { observationSize: 2, actionSize: 1, hidden: [4], rewardHidden: [5] },
      2,
      seeded(4),
    );
    const task: Task = { ...lineTask(), reward: () => expect.unreachable("the reward is learned"), horizon: 1 };
    for (const member of [0, 1]) {
      const { rewards, actions } = await imagine(ensemble, task, starts, member);
      const executed = actions.map((u) => 1 + 2 * Math.min(Math.max(u, -1), 1));
      const data = { size: 8, observations: starts, actions: executed, next: starts, rewards: new Float32Array(8) }; // M_0 predicts no change
      expect(Array.from(rewards)).toEqual(
        Array.from(predictReward(ensemble, member, data), (x) => expect.closeTo(x, 5)),
      );
    }
  });

  test("leave their start states as they were", async () => {
    const copy = starts.slice();
    await imagine(linearEnsemble([LINE]));
    expect(starts).toEqual(copy);
  });

  test.each([
    ["a member that predicts what is not a number", {}],
    ["such a member, though the reward does not look at it", { reward: () => 1 }],
  ])("stop at %s, with the member's name", async (_, changes) => {
    const ensemble = linearEnsemble([LINE, LINE]);
    ensemble.members[1].dynamics.parameters.fill(Number.NaN);
    const imagining = imagine(ensemble, { ...lineTask(), ...changes }, starts, 1);
    await expect(imagining).rejects.toThrow(DivergenceError);
    await expect(imagining).rejects.toThrow(/^model player, member 1: predicted \[.*\] with reward .* from \[/);
  });

  test("stop at a learned reward that is not finite, with the member's name", async () => {
    const ensemble = initialEnsemble({ ...shape, rewardHidden: [5] }, 2, seeded(0));
    ensemble.members[1].reward!.parameters.fill(Number.NaN);
    const imagining = imagine(ensemble, lineTask(), starts, 1);
    await expect(imagining).rejects.toThrow(/^model player, member 1: predicted \[.*\] with reward NaN from \[/);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, -1e39])(
    "stop where the task's reward of a predicted state is %d, with the task's name",
    async (reward) => {
      const imagining = imagine(linearEnsemble([LINE, LINE]), { ...lineTask(), reward: () => reward }, starts, 1);
      await expect(imagining).rejects.toThrow(WorldError); // −10³⁹ is no float32, and no world may give it either
      await expect(imagining).rejects.toThrow(/^line-v0, reward: gave \S+ for the predicted state \[.*\], from \[/);
    },
  );
});

test("a fresh policy's imagined actions are its mean plus σ · noise", async () => {
  const inputs = { shift: new Float32Array(2), factor: new Float32Array(2).fill(1) };
  const fresh = initialPolicy(shape, inputs, -1, seeded(0));
  const task = { ...lineTask(), horizon: 1 };
  const { actions } = await imagine(linearEnsemble([LINE]), task, starts, 0, fresh);
  const acting = await networkActor(firstEngine(compute()), actingNet(fresh), task);
  expect(Array.from(await acting.act(starts, sharedNoise()([0, 1, 2, 3, 4, 5, 6, 7])))).toEqual(
    Array.from(actions, (u) => expect.closeTo(u, 6)),
  );
});
