import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createTask, taskIds } from "../../../src/envs/index.js";
import { compileModel } from "../../../src/envs/mujoco/mujoco-model.js";
import { mujocoTask } from "../../../src/envs/mujoco/mujoco-task.js";
import { ConfigError, WorldError } from "../../../src/errors/errors.js";
import type { Task, World } from "../../../src/mdp/task.js";
import { seeded } from "../../../src/random/rng.js";

const draw = (task: Task, seed: number) => {
  const rng = seeded(seed);
  return () => task.action.high.map((high) => high * (2 * rng.uniform() - 1));
};

const BLEW_UP = "the state blew up";
/** A step, or that its state blew up. */
function stepped(world: World, action: readonly number[]): ReturnType<World["step"]> | typeof BLEW_UP {
  try {
    return world.step(action);
  } catch (error) {
    if (error instanceof WorldError && error.message.includes(BLEW_UP)) return BLEW_UP;
    throw error;
  }
}

describe.each(taskIds())("%s", (id) => {
  test("a copy restored at any moment continues bit for bit, and so does its next episode", async () => {
    const task = createTask(id);
    const one = await task.createWorld();
    const other = await task.createWorld();
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1000 }), fc.integer({ min: 0, max: 60 }), (seed, moment) => {
        const action = draw(task, seed);
        one.reset({ seed });
        // Random actions may throw a body out of what the engine can follow: then there is nothing to go on from.
        for (let t = 0; t < moment; t++) if (stepped(one, action()) === BLEW_UP) return;
        other.restoreState(one.saveState());
        for (let t = 0; t < 20; t++) {
          const a = action();
          const [copied, own] = [stepped(other, a), stepped(one, a)];
          expect(copied).toEqual(own);
          if (own === BLEW_UP) return;
        }
        expect(other.saveState()).toEqual(one.saveState());
        expect(other.reset()).toEqual(one.reset());
      }),
      { numRuns: 10 },
    );
    one.close();
    other.close();
  });

  test("an episode that lives is cut at the horizon, not before", async () => {
    const task = createTask(id);
    const world = await task.createWorld();
    const rest = task.action.high.map(() => 0);
    world.reset({ seed: 0 });
    const state = world.saveState();
    state[2] = task.horizon - 2; // the step counter
    world.restoreState(state);
    expect(world.step(rest).truncated).toBe(false);
    expect(world.step(rest)).toMatchObject({ truncated: true, terminated: false });
    world.close();
  });

  test("the first observation has no velocity v_fd", async () => {
    const task = createTask(id);
    const index = task.observation.names.findIndex((name) => /finite-difference|v_fd/.test(name));
    const world = await task.createWorld();
    world.reset({ seed: 0 });
    for (let t = 0; t < 5; t++) world.step(task.action.high);
    const { observation } = world.reset();
    if (index >= 0) expect(observation[index]).toBe(0);
    world.close();
  });
});

describe("a world refuses", () => {
  test.each([
    ["too few numbers", [0, 0]],
    ["too many numbers", [0, 0, 0, 0]],
    ["NaN", [0, Number.NaN, 0]],
    ["infinity", [0, 0, Number.POSITIVE_INFINITY]],
  ])("an action of %s", async (_, action) => {
    const world = await createTask("hopper").createWorld();
    world.reset({ seed: 0 });
    expect(() => world.step(action)).toThrow(WorldError);
    world.close();
  });

  test("to step, or to save, before the first reset, and anything after close", async () => {
    const world = await createTask("hopper").createWorld();
    expect(() => world.step([0, 0, 0])).toThrow(/before the first reset/);
    expect(() => world.saveState()).toThrow(/before the first reset/);
    world.reset();
    world.close();
    world.close();
    expect(() => world.step([0, 0, 0])).toThrow(/closed/);
    expect(() => world.reset()).toThrow(/closed/);
  });

  test("the saved state of another task, and a seed that is no integer", async () => {
    const world = await createTask("hopper").createWorld();
    const cheetah = await createTask("half-cheetah").createWorld();
    cheetah.reset();
    expect(() => world.restoreState(cheetah.saveState())).toThrow(WorldError);
    expect(() => world.reset({ seed: 0.5 })).toThrow(ConfigError);
    world.close();
    cheetah.close();
  });

  test("to go on from a state that has blown up, although the engine puts itself back", async () => {
    const world = await createTask("hopper").createWorld();
    world.reset({ seed: 0 });
    const state = world.saveState();
    state[6 + 6] = 1e12; // qvel 0, beyond what the engine accepts
    world.restoreState(state);
    expect(() => world.step([0, 0, 0])).toThrow(/blew up/);
    expect(() => world.step([0, 0, 0])).toThrow(/before the first reset/);
    expect(world.reset({ seed: 0 }).observation.every(Number.isFinite)).toBe(true);
    world.close();
  });

  test("a model that does not compile, and one that does not fit its task", async () => {
    await expect(compileModel("broken", "<mujoco><worldbody><bod/></worldbody></mujoco>")).rejects.toThrow(WorldError);
    await expect(compileModel("broken", "<mujoco><worldbody><bod/></worldbody></mujoco>")).rejects.toThrow(
      /^broken: the model does not compile: [^\n]*\S\. Correct the MJCF source\.$/,
    );
    await expect(mujocoTask(tumbling({ timestep: 0.02 })).createWorld()).rejects.toThrow(/physics step of 0.01 s/);
  });
});

test("a start of the wrong size is refused", async () => {
  const world = await mujocoTask(tumbling({ start: (qpos, qvel) => ({ qpos: qpos.slice(1), qvel }) })).createWorld();
  expect(() => world.reset()).toThrow(/gave 6 positions, 6 velocities/);
  world.close();
});

/** A free body that turns: the one thing of ours here that has a quaternion. */
function tumbling(change: Partial<Parameters<typeof mujocoTask>[0]> = {}): Parameters<typeof mujocoTask>[0] {
  const free = (size: number) => ({
    size,
    names: Array.from({ length: size }, (_, i) => `entry ${i}`),
    low: new Array(size).fill(-Infinity),
    high: new Array(size).fill(Infinity),
  });
  return {
    id: "tumbling-v0",
    title: "Tumbling body",
    mjcf: `<mujoco><option timestep="0.01"/><worldbody><body><freejoint/><geom size="0.1 0.2 0.3" type="box"/></body></worldbody></mujoco>`,
    timestep: 0.01,
    frameSkip: 1,
    observation: free(7),
    action: free(0),
    horizon: 10,
    start: (qpos0, qvel0, rng) => ({ qpos: qpos0.map((q) => q + rng.uniform()), qvel: qvel0 }),
    observe: ({ qpos }) => Float64Array.from(qpos),
    simulated: { reward: () => 0, isTerminal: () => false },
    reward: () => 0,
    isTerminal: () => false,
    ...change,
  };
}

test("a task's own control is asked once a step, from the state before it, and holds for all physics steps", async () => {
  const calls: number[] = [];
  const slide = mujocoTask(
    tumbling({
      mjcf: `<mujoco><option timestep="0.01" gravity="0 0 0"/><worldbody><body><joint name="x" type="slide" axis="1 0 0"/>
        <geom size="0.1" mass="1"/></body></worldbody><actuator><motor joint="x"/></actuator></mujoco>`,
      frameSkip: 5,
      observation: { size: 1, names: ["v"], low: [-Infinity], high: [Infinity] },
      action: { size: 1, names: ["force"], low: [-1], high: [1] },
      start: (qpos, qvel) => ({ qpos, qvel }),
      control(action, { qvel }, ctrl) {
        calls.push(qvel[0]);
        ctrl[0] = 10 * action[0] + 100 * qvel[0];
      },
      observe: ({ qvel }) => Float64Array.from(qvel),
    }),
  );
  const world = await slide.createWorld();
  world.reset({ seed: 0 });
  // v' = v + 5 · 0.01 s · F / 1 kg with F = 10 a + 100 v of the start of the step, and a clipped to 1.
  const first = world.step([3]).observation[0];
  expect(first).toBeCloseTo(0.05 * 10, 12);
  expect(world.step([-1]).observation[0]).toBeCloseTo(first + 0.05 * (-10 + 100 * first), 12);
  expect(calls).toEqual([0, first]);
  world.close();
});

test("quaternions are brought to length 1 at the start, as the engines of gym v2 did", async () => {
  const world = await mujocoTask(tumbling()).createWorld();
  for (let seed = 0; seed < 5; seed++) {
    const { observation } = world.reset({ seed });
    expect(Math.hypot(...observation.subarray(3, 7))).toBeCloseTo(1, 14);
  }
  world.close();
});

test("worlds of one task share a model and nothing else; closing one leaves the others", async () => {
  const task = createTask("hopper");
  const text = `${task.mjcf!()}<!-- compiled for the first time -->`;
  const [model, same] = await Promise.all([compileModel("a", text), compileModel("b", text)]);
  expect(model).toBe(same);
  const one = await task.createWorld();
  const other = await task.createWorld();
  one.reset({ seed: 1 });
  const first = other.reset({ seed: 2 }).observation;
  for (let i = 0; i < 10; i++) one.step([1, 1, 1]);
  one.close();
  other.restoreState(other.saveState());
  const kept = first.slice();
  other.step([0, 0, 0]);
  expect(first).toEqual(kept);
  other.close();
});

test("a thousand worlds can be made and closed without the engine's memory running out", async () => {
  const task = createTask("hopper");
  for (let i = 0; i < 1000; i++) {
    const world = await task.createWorld();
    if (i % 100 === 0) world.reset({ seed: i });
    world.close();
  }
});

describe("a world that is played with by hand", () => {
  test("is pulled by a force as by a motor of the same force, until the pull lets go or the episode ends", async () => {
    const task = createTask("point-mass");
    const [pulled, driven] = [await task.createWorld(), await task.createWorld()];
    const start = pulled.reset({ seed: 4 }).observation;
    driven.reset({ seed: 4 });
    const [ball, centre] = [1, [start[0], start[1], 0]] as const;
    pulled.pull!(ball, [2, -1, 0], centre);
    // A full action is 10 N.
    const one = pulled.step([0, 0]).observation;
    const other = driven.step([0.2, -0.1]).observation;
    for (let i = 0; i < 6; i++) expect(one[i]).toBeCloseTo(other[i], 12);
    pulled.pull!(ball, [0, 0, 0], centre);
    const [freed, rolling] = [pulled.step([0, 0]).observation, driven.step([0, 0]).observation];
    for (let i = 0; i < 6; i++) expect(freed[i]).toBeCloseTo(rolling[i], 12);
    pulled.pull!(ball, [5, 5, 0], centre);
    pulled.reset({ seed: 5 });
    driven.reset({ seed: 5 });
    expect(pulled.step([0, 0])).toEqual(driven.step([0, 0]));
    expect(() => pulled.pull!(9, [1, 0, 0], centre)).toThrow(WorldError);
    pulled.close();
    driven.close();
  });

  test("a pull beside the centre of mass turns a body by its lever, to the side that it is on", async () => {
    const task = createTask("inverted-pendulum");
    const turn = async (offset: number) => {
      const world = await task.createWorld();
      world.reset({ seed: 0 });
      world.restoreState(world.saveState().fill(0)); // upright and at rest
      world.pull!(2, [0, 0, 1], [offset, 0, 0.3]); // upwards on the pole: only its lever turns it
      const next = world.step([0]).observation;
      world.close();
      return next[1];
    };
    const through = await turn(0); // gym's pole leans by a millimetre, so that even this turns it a little
    const [left, right] = [(await turn(-0.2)) - through, (await turn(0.2)) - through];
    expect(left + right).toBeCloseTo(0, 7);
    expect(Math.abs(left)).toBeGreaterThan(1e-4);
  });

  test("says where solids touch: at rest the forces there carry its weight, and asking changes nothing", async () => {
    const task = createTask("ant");
    const [asked, left, stage] = [await task.createWorld(), await task.createWorld(), await task.openStage!()];
    asked.reset({ seed: 1 });
    left.reset({ seed: 1 });
    const still = new Float64Array(task.action.size);
    const [steps, last] = [120, 40];
    let carried = 0;
    for (let t = 0; t < steps; t++) {
      expect(asked.step(still)).toEqual(left.step(still));
      const contacts = asked.contacts!();
      if (t < steps - last) continue;
      expect(contacts.length).toBeGreaterThan(2);
      for (const { position } of contacts) expect(Math.abs(position[2])).toBeLessThan(0.05); // on the ground
      carried += contacts.reduce((sum, { force }) => sum + force[2], 0) / last;
    }
    expect(asked.saveState()).toEqual(left.saveState());
    expect(carried / stage.scene.weight!).toBeCloseTo(1, 1);
    for (const each of [asked, left, stage]) each.close();
  });

  test("is rewarded for the goal that it was given", async () => {
    const task = createTask("point-mass");
    const world = await task.createWorld();
    const { observation } = world.reset({ seed: 1 });
    world.moveGoal!([observation[0], observation[1]]);
    expect([...world.goal!()]).toEqual([observation[0], observation[1]]);
    expect(world.step([0, 0])).toMatchObject({ reward: -0, info: { success: true } });
    expect(() => world.moveGoal!([1])).toThrow(WorldError);
    world.close();
  });
});
