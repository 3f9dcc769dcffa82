import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type BatchStep, CUT, type Episodes, rollOut, TERMINAL, takeRows } from "../../src/mdp/rollouts.js";
import { worldEpisodes } from "../../src/mdp/world-episodes.js";
import { lineTask, PUSH } from "../support/line-task.js";

/**
 * Episodes that write down where they are: the state is (episode, t), the action is (noise), the reward is
 * 100 · episode + t, and episode i ends after `ends[i]` steps.
 */
function countingEpisodes(ends: readonly number[]): Episodes & { readonly batchSizes: number[] } {
  let observations: Float32Array = Float32Array.from(ends.flatMap((_, i) => [i, 0]));
  const batchSizes: number[] = [];
  return {
    observationSize: 2,
    actionSize: 1,
    batchSizes,
    get observations() {
      return observations;
    },
    async step(noise): Promise<BatchStep> {
      const rows = observations.length / 2;
      batchSizes.push(rows);
      expect(noise).toHaveLength(rows);
      const next = observations.map((x, i) => x + (i % 2));
      return {
        actions: noise.slice(),
        next,
        rewards: Array.from({ length: rows }, (_, row) => 100 * observations[2 * row] + observations[2 * row + 1]),
        terminal: Array.from({ length: rows }, (_, row) => next[2 * row + 1] === ends[next[2 * row]]),
      };
    },
    keep(rows, next) {
      observations = takeRows(next, rows, 2);
    },
  };
}

/** Noise that tells whose it is. */
const named = (going: readonly number[]) => Float32Array.from(going, (i) => i + 0.5);

describe("rollouts", () => {
  test("keep their books: one episode ends at once, one in the end, one never", async () => {
    const episodes = countingEpisodes([3, 1, 99]);
    const rollouts = await rollOut(episodes, 4, named);
    expect(episodes.batchSizes).toEqual([3, 2, 2, 1]); // finished rollouts leave the batch
    expect(rollouts.size).toBe(8);
    expect(rollouts.count).toBe(3);
    expect(rollouts.stepStarts).toEqual([0, 3, 5, 7, 8]);
    expect(Array.from(rollouts.trajectory)).toEqual([0, 1, 2, 0, 2, 0, 2, 2]);
    expect(Array.from(rollouts.observations)).toEqual([0, 0, 1, 0, 2, 0, 0, 1, 2, 1, 0, 2, 2, 2, 2, 3]);
    expect(Array.from(rollouts.actions)).toEqual([0.5, 1.5, 2.5, 0.5, 2.5, 0.5, 2.5, 2.5]);
    expect(Array.from(rollouts.rewards)).toEqual([0, 100, 200, 1, 201, 2, 202, 203]);
    expect(Array.from(rollouts.lengths)).toEqual([3, 1, 4]);
    expect(Array.from(rollouts.returns)).toEqual([3, 100, 806]);
  });

  test("tell a terminal state from a cut, also in the last step that the horizon allows", async () => {
    const { outcomes, lastObservations } = await rollOut(countingEpisodes([2, 4, 5]), 4, named);
    expect(Array.from(outcomes)).toEqual([TERMINAL, TERMINAL, CUT]);
    expect(Array.from(lastObservations)).toEqual([0, 2, 1, 4, 2, 4]); // the state after each last action
  });

  test("end early where all episodes have ended", async () => {
    const { size, lengths, stepStarts } = await rollOut(countingEpisodes([1, 2]), 1000, named);
    expect([size, Array.from(lengths), stepStarts]).toEqual([3, [1, 2], [0, 2, 3]]);
  });

  test("agree with episodes played one by one, however long and however many", () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 1, max: 50 }),
        async (ends, horizon) => {
          const { size, trajectory, rewards, lengths, returns, outcomes, observations } = await rollOut(
            countingEpisodes(ends),
            horizon,
            named,
          );
          expect(size).toBe(lengths.reduce((a, b) => a + b, 0));
          for (const [i, end] of ends.entries()) {
            const length = Math.min(end, horizon);
            const own = Array.from(trajectory.keys()).filter((row) => trajectory[row] === i);
            expect(own.map((row) => rewards[row])).toEqual(Array.from({ length }, (_, t) => 100 * i + t));
            expect(own.map((row) => [observations[2 * row], observations[2 * row + 1]])).toEqual(
              Array.from({ length }, (_, t) => [i, t]),
            );
            expect(lengths[i]).toBe(length);
            expect(returns[i]).toBe(100 * i * length + (length * (length - 1)) / 2);
            expect(outcomes[i]).toBe(end <= horizon ? TERMINAL : CUT);
          }
        },
      ),
      { numRuns: 50 },
    ));

  test("in the world and in a model with the world's step are the same rollouts (section 2.1)", async () => {
    const task = lineTask();
    const act = async (observations: Float32Array, noise: Float32Array) =>
      noise.map((z, i) => 0.2 * z + 0.3 * observations[2 * i]);
    const worlds = await Promise.all([1, 2, 3, 4].map(() => task.createWorld()));
    const noise = (going: readonly number[]) => Float32Array.from(going, (i) => Math.fround(Math.sin(17 * i)) + 1.5);
    const inWorld = worldEpisodes(
      task,
      worlds,
      [5, 6, 7, 8].map((seed) => ({ seed })),
      { act },
    );
    let observations: Float32Array = inWorld.observations.slice();
    const inModel: Episodes = {
      observationSize: 2,
      actionSize: 1,
      get observations() {
        return observations;
      },
      async step(draws) {
        const actions = await act(observations, draws);
        const rows = Array.from(
          { length: actions.length },
          (_, row) => [observations[2 * row], observations[2 * row + 1]] as const,
        );
        const executed = Array.from(actions, (u) => Math.fround(1 + 2 * Math.min(Math.max(u, -1), 1)));
        const after = rows.map(([x, goal], row) => [x + PUSH * executed[row], goal]);
        return {
          actions,
          next: Float32Array.from(after.flat()),
          rewards: rows.map((s, row) => task.reward(s, [executed[row]], after[row])),
          terminal: after.map((s) => task.isTerminal(s)),
        };
      },
      keep(rows, next) {
        observations = takeRows(next, rows, 2);
      },
    };
    const [world, model] = [await rollOut(inWorld, task.horizon, noise), await rollOut(inModel, task.horizon, noise)];
    expect(Array.from(world.outcomes)).toContain(TERMINAL);
    expect(model.lengths).toEqual(world.lengths);
    expect(model.outcomes).toEqual(world.outcomes);
    // The model's states pass through float32 at every step, the world's do not.
    model.rewards.forEach((reward, row) => {
      expect(reward).toBeCloseTo(world.rewards[row], 5);
    });
    model.observations.forEach((x, i) => {
      expect(x).toBeCloseTo(world.observations[i], 5);
    });
  });
});

test("rows are taken in the order asked for, as a copy", () => {
  const table = Float32Array.of(1, 2, 3, 4, 5, 6);
  const taken = takeRows(table, [2, 0, 2], 2);
  expect(taken).toEqual(Float32Array.of(5, 6, 1, 2, 5, 6));
  taken[0] = 0;
  expect(table[4]).toBe(5);
});
