import { describe, expect, test } from "vitest";
import { createTask } from "../../../src/envs/index.js";
import { compileModel } from "../../../src/envs/mujoco/mujoco-model.js";
import type { Task, World } from "../../../src/mdp/task.js";
import { seeded } from "../../../src/random/rng.js";
import { CHECK_VALUES } from "../check/check-values.js";
import { REFERENCE_ROLLOUTS } from "../mujoco/reference-rollouts.js";

const HEAD = 6; // numbers before qpos in a saved state of a task without a goal

/** Puts a world of nq = nv degrees of freedom into a state, without a warm start. */
function place(world: World, qpos: readonly number[], qvel: readonly number[]): void {
  world.reset({ seed: 0 });
  const state = world.saveState().fill(0);
  state.set([...qpos, ...qvel], HEAD);
  world.restoreState(state);
}

describe.each(Object.keys(REFERENCE_ROLLOUTS))("%s against the fact sheet", (id) => {
  describe.each(["cylinder", "exact"] as const)("era %s", (era) => {
    const task = createTask(id, { era });

    test("the compiled masses and inertias are the sheet's", async () => {
      const model = await compileModel(id, task.mjcf!());
      const expected = CHECK_VALUES[id][era];
      const close = (actual: ArrayLike<number>, printed: readonly number[]) => {
        expect(actual.length).toBe(printed.length);
        // Seven printed digits: half a unit of the seventh is at most 5e-7 of the value.
        for (const [i, value] of printed.entries())
          expect(Math.abs(actual[i] - value)).toBeLessThanOrEqual(5e-7 * value);
      };
      close(model.body_invweight0.slice(2), expected.bodyInvweight0);
      close(model.dof_invweight0, expected.dofInvweight0);
      close([(model.body_mass as Float64Array).reduce((sum, mass) => sum + mass, 0)], [expected.totalMass]);
    });

    test("100 steps of the reference rollout agree in every printed digit", async () => {
      const world = await task.createWorld();
      const { start, [era]: rows } = REFERENCE_ROLLOUTS[id];
      const size = start.length;
      place(
        world,
        start,
        start.map((_, i) => 0.02 * Math.sin(i + 1)),
      );
      for (let t = 0; t < 100; t++) {
        world.step(task.action.high.map((high, i) => 0.5 * high * Math.sin(0.1 * t + i)));
        const row = rows.find((each) => each.t === t + 1);
        if (!row) continue;
        const now = world.saveState().subarray(HEAD, HEAD + 2 * size);
        for (const [i, printed] of [...row.qpos, ...row.qvel].entries()) {
          // Eight printed digits: half a unit of the last is at most 5e-8 of the value (5e-8 absolute below 1).
          expect(Math.abs(now[i] - printed)).toBeLessThanOrEqual(5e-8 * Math.max(1, Math.abs(printed)));
        }
      }
      world.close();
    });
  });
});

/** Mean return and length of whole episodes under uniformly random actions. */
async function randomReturns(task: Task, episodes: number) {
  const world = await task.createWorld();
  const rng = seeded(1);
  let total = 0;
  let steps = 0;
  for (let seed = 0; seed < episodes; seed++) {
    world.reset({ seed });
    for (let ended = false; !ended; steps++) {
      const step = world.step(task.action.high.map((high) => high * (2 * rng.uniform() - 1)));
      total += step.reward;
      ended = step.terminated || step.truncated;
    }
  }
  world.close();
  return { mean: total / episodes, length: steps / episodes };
}

describe("returns of a random policy are about those of the sheets", () => {
  test.each([
    // Sheet's range, widened by about three standard errors at this number of episodes.
    ["inverted-pendulum", 300, 5, 7],
    ["hopper", 200, 15, 22],
    ["walker2d", 200, 0.5, 4],
    ["half-cheetah", 4, -340, -220],
  ])("%s", async (name, episodes, least, most) => {
    const { mean } = await randomReturns(createTask(name), episodes);
    expect(mean).toBeGreaterThan(least);
    expect(mean).toBeLessThan(most);
  });

  test("a hopper that does nothing stands for about 150 steps and gets about 1 for each", async () => {
    const task = createTask("hopper");
    const world = await task.createWorld();
    let total = 0;
    let steps = 0;
    for (let seed = 0; seed < 20; seed++) {
      world.reset({ seed });
      for (let ended = false; !ended; steps++) {
        const step = world.step([0, 0, 0]);
        total += step.reward;
        ended = step.terminated || step.truncated;
      }
    }
    world.close();
    // The sheet's "about 150" for both, with its spread over starts.
    expect(steps / 20).toBeGreaterThan(110);
    expect(steps / 20).toBeLessThan(190);
    expect(total / 20).toBeGreaterThan(110);
    expect(total / 20).toBeLessThan(190);
  });
});

describe("rules of gym v2", () => {
  test("the hopper is paid for living on the step that ends the episode", async () => {
    const world = await createTask("hopper").createWorld();
    place(world, [0, 1.25, 0.1999, 0, 0, 0], [0, 0, 5, 0, 0, 0]);
    const step = world.step([0, 0, 0]);
    expect(step.terminated).toBe(true);
    expect(step.reward).toBeCloseTo(step.observation[11] + 1, 12);
    world.close();
  });

  test.each([
    ["hopper", 0.7, false],
    ["hopper", 0.7 + 1e-9, true],
    ["walker2d", 0.8, false],
    ["walker2d", 0.8 + 1e-9, true],
    ["walker2d", 2, false],
  ])("%s at a torso height of %d lives: %s", (name, height, lives) => {
    const task = createTask(name);
    const state = new Float64Array(task.observation.size);
    state[0] = height;
    expect(task.isTerminal(state)).toBe(!lives);
  });

  test("the hopper and the walker clip velocities to ±10 but not v_fd", async () => {
    for (const [name, first, last] of [
      ["hopper", 5, 11],
      ["walker2d", 8, 17],
    ] as const) {
      const world = await createTask(name).createWorld();
      const rest = name === "hopper" ? 6 : 9;
      place(world, [0, 1.25, ...new Array(rest - 2).fill(0)], [30, ...new Array(rest - 1).fill(0)]);
      const { observation } = world.step(new Array(rest - 3).fill(0));
      expect(observation[first]).toBe(10);
      expect(observation[last]).toBeGreaterThan(20);
      world.close();
    }
  });

  test("the action cost is that of the clipped action, in world and model alike", async () => {
    const task = createTask("half-cheetah");
    const world = await task.createWorld();
    const { observation: before } = world.reset({ seed: 0 });
    const step = world.step(new Array(6).fill(5));
    expect(step.reward).toBeCloseTo(step.observation[17] - 0.6, 12);
    expect(task.reward(before, new Array(6).fill(5), step.observation)).toBeCloseTo(step.reward, 12);
    world.close();
  });
});
