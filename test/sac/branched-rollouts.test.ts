import { expect, test } from "vitest";
import { appended, emptyExperience } from "../../src/mdp/experience.js";
import { uniformNet } from "../../src/policy/squashed-policy.js";
import { seeded } from "../../src/random/rng.js";
import { branchedRollouts } from "../../src/sac/branched-rollouts.js";
import { lineTask } from "../support/line-task.js";
import { toyModel } from "../support/toy-dynamics.js";
import { firstEngine, useCompute } from "../support/use-compute.js";

const compute = useCompute();
const task = lineTask();
const { model, step } = toyModel([0.6, -0.9], { noise: 0 });
const policy = uniformNet({ observationSize: 2, hidden: [], actionSize: 1 });
const starts = [0, 1.9, -1.95, 0.5, 1];
const data = appended(
  emptyExperience(2, 1),
  starts.map((x, episode) => ({
    observation: [x, 0.25],
    action: [0],
    next: [x, 0.25],
    reward: 0,
    terminal: false,
    episode,
  })),
  Number.POSITIVE_INFINITY,
);

test("each step is one of a member from its state, judged by the task; what ended goes no further; both members play", async () => {
  const { observations, actions, next, rewards, goesOn } = await branchedRollouts(
    firstEngine(compute()),
    task,
    policy,
    model,
    data,
    { rollouts: 300, length: 3 },
    seeded(1),
  );
  const rows = rewards.length;
  expect(rows).toBeGreaterThan(300);
  expect(rows).toBeLessThan(900); // some ended on the way
  const played = [0, 0];
  const state = (table: Float32Array, i: number) => Array.from(table.subarray(2 * i, 2 * i + 2));
  for (let i = 0; i < rows; i++) {
    const [s, to] = [state(observations, i), state(next, i)];
    const executed = [2 * actions[i] + 1]; // the box is −1 … 3
    const apart = [0, 1].map((member) => {
      const { next: expected } = step(member, s, executed[0]);
      return Math.abs(expected[0] - to[0]) + Math.abs(expected[1] - to[1]);
    });
    const member = apart[0] < apart[1] ? 0 : 1;
    expect(apart[member]).toBeLessThan(1e-5);
    played[member]++;
    expect(goesOn[i]).toBe(task.isTerminal(to) ? 0 : 1);
    expect(rewards[i]).toBeCloseTo(task.reward(s, executed, to), 5);
  }
  expect(Math.min(...played)).toBeGreaterThan(rows / 4);
  const alive = Array.from({ length: 300 }, (_, i) => i).filter((i) => goesOn[i] === 1);
  expect(alive.length).toBeLessThan(300);
  // The second steps begin where the first went on, in their order.
  expect(alive.map((i) => state(next, i))).toEqual(alive.map((_, j) => state(observations, 300 + j)));
  for (let i = 0; i < 300; i++) expect(starts.map(Math.fround)).toContain(observations[2 * i]);
});

test("is a function of its stream alone", async () => {
  const made = (seed: number) =>
    branchedRollouts(firstEngine(compute()), task, policy, model, data, { rollouts: 20, length: 2 }, seeded(seed));
  expect(await made(2)).toEqual(await made(2));
  expect((await made(3)).actions).not.toEqual((await made(2)).actions);
});
