import { describe, expect, test } from "vitest";
import { randomAction } from "../../../src/envs/check/played.js";
import { createTask, taskIds } from "../../../src/envs/index.js";
import { compileModel, loadMujoco } from "../../../src/envs/mujoco/mujoco-model.js";
import { type MujocoTaskSpec, mujocoTask } from "../../../src/envs/mujoco/mujoco-task.js";
import { POSE_SIZE } from "../../../src/envs/scene.js";
import { box } from "../../../src/envs/spaces.js";
import { WorldError } from "../../../src/errors/errors.js";
import type { Stage } from "../../../src/mdp/scene.js";
import type { Task, World } from "../../../src/mdp/task.js";
import { seeded } from "../../../src/random/rng.js";

/** States along an episode of random actions, and what is observed of them. */
async function visited(task: Task, world: World, steps: number) {
  const rng = seeded(4);
  const states = [{ observation: world.reset({ seed: 2 }).observation, state: world.saveState() }];
  for (let i = 0; i < steps; i++) {
    const { observation, terminated } = world.step(randomAction(task.action, rng));
    states.push({ observation, state: world.saveState() });
    if (terminated) break;
  }
  return states;
}

async function opened(task: Task): Promise<{ readonly stage: Stage; readonly world: World }> {
  return { stage: await task.openStage!(), world: await task.createWorld() };
}

const bodyAt = (stage: Stage, poses: Float32Array, name: string) => {
  const body = stage.scene.bodies.indexOf(name);
  return poses.subarray(body * POSE_SIZE, (body + 1) * POSE_SIZE);
};

/**
 * How far poses of an observation may be from those of the state, m and parts of a quaternion. The pen is observed
 * where it was one physics step of 2 ms before (it falls at some m/s), and not how far it is turned about its own axis.
 */
const APART: Readonly<Record<string, number>> = { "inhand-pen-v0": 0.05 };

describe.each(taskIds())("the stage of %s", (id) => {
  const task = createTask(id);

  test("tells bodies that the world simulates, and that can be pulled, from marks", async () => {
    const { stage, world } = await opened(task);
    const { bodies, simulated = bodies.length } = stage.scene;
    world.reset({ seed: 0 });
    for (let body = 0; body < simulated; body++) world.pull!(body, [0, 0, 0], [0, 0, 0]);
    for (let body = simulated; body < bodies.length; body++) {
      expect(() => world.pull!(body, [0, 0, 0], [0, 0, 0])).toThrow(WorldError);
    }
    if (id === "point-mass-v0") expect(bodies.slice(simulated)).toEqual(["target"]);
    world.close();
    stage.close();
  });

  test("places bodies as the engine does in the same state, and leaves the world as it was", async () => {
    const { stage, world } = await opened(task);
    const mujoco = await loadMujoco();
    const model = await compileModel(id, task.mjcf!());
    const data = new mujoco.MjData(model);
    for (const { state } of await visited(task, world, 12)) {
      const before = world.saveState();
      const poses = stage.posesOfState(state);
      expect(world.saveState()).toEqual(before);
      // The second way: qpos stands before qvel, act and qacc_warmstart at the end of a saved state.
      const tail = model.nq + 2 * model.nv + model.na;
      data.qpos.set(state.subarray(state.length - tail, state.length - tail + model.nq));
      mujoco.mj_forward(model, data);
      for (let body = 0; body < model.nbody; body++) {
        if (model.body_mocapid[body] >= 0) continue;
        const at = body * POSE_SIZE;
        const expected = [
          ...data.xpos.subarray(3 * body, 3 * body + 3),
          ...data.xquat.subarray(4 * body, 4 * body + 4),
        ];
        expected.forEach((number, i) => {
          expect(poses[at + i]).toBeCloseTo(number, 5);
        });
      }
    }
    data.delete();
    stage.close();
    world.close();
  });

  test("places them so from observations too, given what these leave out", async () => {
    const { stage, world } = await opened(task);
    const torso = 1;
    for (const { state, observation } of await visited(task, world, 12)) {
      const expected = stage.posesOfState(state);
      const travelled =
        stage.scene.follows === undefined
          ? ([0, 0, 0] as const)
          : ([expected[torso * POSE_SIZE], expected[torso * POSE_SIZE + 1], 0] as const);
      const poses = stage.posesOfObservation!(observation, travelled);
      expect(poses).toHaveLength(stage.scene.bodies.length * POSE_SIZE);
      for (let body = 0; body < stage.scene.bodies.length; body++) {
        const [p, q] = [poses, expected].map((row) => row.subarray(body * POSE_SIZE, (body + 1) * POSE_SIZE));
        expect(Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2])).toBeLessThan(APART[id] ?? 1e-5);
        if (stage.scene.bodies[body] === "pen") continue;
        const same = Math.abs(p[3] * q[3] + p[4] * q[4] + p[5] * q[5] + p[6] * q[6]);
        expect(same).toBeCloseTo(1, 5);
      }
    }
    stage.close();
    world.close();
  });

  test("has solids in plain sight, each on a body, and a camera", async () => {
    const stage = await task.openStage!();
    const { bodies, geoms, camera } = stage.scene;
    expect(geoms.length).toBeGreaterThan(1);
    expect(geoms.some(({ shape }) => shape === "plane")).toBe(true);
    expect(new Set(bodies).size).toBe(bodies.length);
    for (const { name, body, size, position, quaternion, color, vertices, faces } of geoms) {
      expect(name).not.toBe("");
      expect(bodies[body]).toBeDefined();
      for (const number of [...size, ...position, ...quaternion, ...(vertices ?? [])]) {
        expect(Number.isFinite(number)).toBe(true);
      }
      expect(Math.hypot(...quaternion)).toBeCloseTo(1, 5);
      expect(color[3]).toBeGreaterThan(0);
      for (const corner of faces ?? []) expect(corner).toBeLessThan(vertices!.length / 3);
    }
    expect(JSON.parse(JSON.stringify(stage.scene))).toEqual(stage.scene);
    expect(camera.distance).toBeGreaterThan(0);
    stage.close();
  });
});

test.each(["hopper", "walker2d", "half-cheetah", "swimmer"])(
  "%s: travelSpeed is how fast the followed body moves along x",
  async (name) => {
    const task = createTask(name);
    const { stage, world } = await opened(task);
    const body = stage.scene.bodies[stage.scene.follows!];
    const states = await visited(task, world, 10);
    for (let i = 1; i < states.length; i++) {
      const [x0, x1] = [states[i - 1], states[i]].map(({ state }) => bodyAt(stage, stage.posesOfState(state), body)[0]);
      expect(stage.travelSpeed!(states[i].observation)[0]).toBeCloseTo((x1 - x0) / task.controlStep, 3);
    }
    stage.close();
    world.close();
  },
);

describe("goals are placed", () => {
  test("the reacher's, where the observation has it", async () => {
    const { stage, world } = await opened(createTask("reacher-7dof"));
    const { observation } = world.reset({ seed: 5 });
    const target = bodyAt(stage, stage.posesOfState(world.saveState()), "target");
    for (const i of [0, 1, 2]) expect(target[i]).toBeCloseTo(observation[17 + i], 6);
    stage.close();
    world.close();
  });

  test("the pen's, along the desired direction", async () => {
    const { stage, world } = await opened(createTask("inhand-pen"));
    const { observation } = world.reset({ seed: 5 });
    const [, , , w, x, y, z] = bodyAt(stage, stage.posesOfState(world.saveState()), "target");
    const axis = [2 * (x * z + w * y), 2 * (y * z - w * x), 1 - 2 * (x * x + y * y)];
    axis.forEach((entry, i) => {
      expect(entry).toBeCloseTo(observation[36 + i], 6);
    });
    stage.close();
    world.close();
  });
});

describe.each(["dclaw-turn", "dkitty-orient"])("%s with drawn dynamics", (name) => {
  test("is placed as drawn in its states; the shared model stays as it is", async () => {
    const task = createTask(name, { dynamics: "random" });
    const { stage, world } = await opened(task);
    const model = await compileModel(name, task.mjcf!());
    const before = [...model.body_pos, ...model.body_mass, ...model.dof_damping];
    const { observation } = world.reset({ seed: 1 });
    const [one, seen] = [stage.posesOfState(world.saveState()), stage.posesOfObservation!(observation)];
    world.reset({ seed: 2 });
    stage.posesOfState(world.saveState());
    world.reset({ seed: 1 });
    expect(stage.posesOfState(world.saveState())).toEqual(one);
    // What is drawn is not observed: the claw's mount is off by up to 1 cm a side, sensors by up to 0.13 rad.
    expect(Math.max(...one.map((number, i) => Math.abs(number - seen[i])))).toBeLessThan(0.1);
    stage.close();
    world.close();
    expect([...model.body_pos, ...model.body_mass, ...model.dof_damping]).toEqual(before);
  });
});

/** One free body with one of everything. */
const spec = (bodies: string, looks?: MujocoTaskSpec["looks"]): MujocoTaskSpec => ({
  id: "solids-v0",
  title: "solids",
  mjcf: `<mujoco><option timestep="0.01"/>
    <asset><mesh name="wedge" vertex="0 0 0 1 0 0 0 1 0 0 0 1"/><material name="red" rgba="1 0 0 1"/></asset>
    <worldbody>${bodies}</worldbody></mujoco>`,
  timestep: 0.01,
  frameSkip: 1,
  observation: box([["x"]]),
  action: box([]),
  horizon: 5,
  start: (qpos, qvel) => ({ qpos, qvel }),
  observe: ({ qpos }) => Float64Array.of(qpos[0] ?? 0),
  simulated: { reward: () => 0, isTerminal: () => false },
  reward: () => 0,
  isTerminal: () => false,
  ...(looks && { looks }),
});
const sceneOf = async (bodies: string, looks?: MujocoTaskSpec["looks"]) => {
  const stage = await mujocoTask(spec(bodies, looks)).openStage!();
  stage.close();
  return stage.scene;
};

describe("solids of a model", () => {
  test("without a name get one, and their colour comes from themselves, their material or the house", async () => {
    const { bodies, geoms } = await sceneOf(`
      <geom type="plane" size="0 0 1"/>
      <body><geom type="sphere" size="1"/><geom name="b" type="box" size="1 2 3" material="red"/>
        <geom name="c" type="cylinder" size="1 2" rgba="0 1 0 0.5" material="red"/></body>`);
    expect(bodies).toEqual(["world", "body 1"]);
    expect(geoms.map(({ name }) => name)).toEqual(["geom 0", "geom 1", "b", "c"]);
    expect(geoms.map(({ color }) => color.slice(0, 3))).toEqual([
      [0.88, 0.9, 0.92],
      [0.8, 0.55, 0.35],
      [1, 0, 0],
      [0, 1, 0],
    ]);
    expect(geoms.map(({ size }) => size)).toEqual([
      [0, 0, 1],
      [1, 0, 0],
      [1, 2, 3],
      [1, 2, 0],
    ]);
    expect(geoms[3].color[3]).toBe(0.5);
  });

  test("of group 3 and up, and invisible ones, are not shown", async () => {
    const { geoms } = await sceneOf(`<body><geom name="seen" size="1" group="2"/>
      <geom size="1" group="3"/><geom size="1" rgba="1 1 1 0"/></body>`);
    expect(geoms.map(({ name }) => name)).toEqual(["seen"]);
  });

  test("that are meshes come with faces which turn outwards", async () => {
    const { geoms } = await sceneOf(`<body><geom type="mesh" mesh="wedge"/></body>`);
    const { vertices, faces } = geoms[0];
    const corner = (i: number) => vertices!.slice(3 * i, 3 * i + 3) as [number, number, number];
    expect(faces).toHaveLength(4 * 3);
    let volume = 0; // of the tetrahedra that the faces make with the origin: positive where they turn outwards
    for (let i = 0; i < faces!.length; i += 3) {
      const [[a, b, c], [d, e, f], [g, h, j]] = [corner(faces![i]), corner(faces![i + 1]), corner(faces![i + 2])];
      volume += (a * (e * j - f * h) - b * (d * j - f * g) + c * (d * h - e * g)) / 6;
    }
    expect(volume).toBeCloseTo(1 / 6, 5);
  });
});

describe("a stage refuses", () => {
  test("states of another task, and to work when it is closed", async () => {
    const stage = await createTask("hopper").openStage!();
    expect(() => stage.posesOfState(new Float64Array(3))).toThrow(/a saved state of this task has 24 numbers, got 3/);
    const world = await createTask("hopper").createWorld();
    world.reset();
    stage.close();
    expect(() => stage.posesOfState(world.saveState())).toThrow(/this stage is closed/);
    world.close();
  });

  test("looks that name no body", async () => {
    await expect(sceneOf(`<geom size="1"/>`, { follows: "nobody" })).rejects.toThrow(/there is no body nobody/);
    await expect(sceneOf(`<geom size="1"/>`, { placesOf: () => ({ wrold: {} }) })).rejects.toThrow(
      /places "wrold", which is no body.*Did you mean "world"/,
    );
  });
});
