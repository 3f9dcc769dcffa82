import { describe, expect, test } from "vitest";
import { checkTask } from "../../../src/envs/check/check-task.js";
import { compileModel } from "../../../src/envs/mujoco/mujoco-model.js";
import { dclawTurn } from "../../../src/envs/tasks/dclaw-turn.js";
import { DENSE, ELLIPTIC, EULER, expectModel, NEWTON } from "../mujoco/compiled-model.js";
import {
  contactsAtReset,
  expectGolden,
  expectReturns,
  extremeActions,
  freeEnergy,
  largestRise,
  partsOf,
  playPhysics,
  randomActions,
  zeroActions,
} from "../mujoco/physics.js";

const task = dclawTurn();
const POSE = [0, -Math.PI / 3, Math.PI / 3, 0, -Math.PI / 3, Math.PI / 3, 0, -Math.PI / 3, Math.PI / 3];

test("claw and valve compile to the original's bodies, hinges, servos and contacts, without its second claw", () =>
  expectModel(task, {
    option: {
      timestep: [0.0025],
      gravity: [0, 0, -9.81],
      integrator: [EULER],
      cone: [ELLIPTIC],
      solver: [NEWTON],
      jacobian: [DENSE],
      iterations: [50],
      tolerance: [1e-10],
      noslip_iterations: [0],
      noslip_tolerance: [1e-6],
      ls_iterations: [50],
      impratio: [1],
      density: [0],
      viscosity: [0],
    },
    bodies: `
mount | world | 0 0 0.335 | 1 0 0 0 | static
dClaw | mount | 0 0 0 | 0.0007963267107 0.9999996829 0 0 | static
FFbase | dClaw | 0.03 -0.052 0.003 | 0.9663899781 0 0 0.2570805519 | static
FF10 | FFbase | 0 0 0.01425 | 0.0007963267107 0 0 0.9999996829 | 0.105 | 0 0 0.05240952381 | 0.7071067812 0 0 0.7071067812 | 4.006672381e-05 3.901527048e-05 1.977454667e-05
FFL11 | FF10 | 0 0 0.0675 | 1 0 0 0 | 0.105 | 0 0 0.05240952381 | 0.7071067812 0 0 0.7071067812 | 4.180902048e-05 3.727297381e-05 1.977454667e-05
FFL12 | FFL11 | 0 0 0.068 | 1 0 0 0 | 0.032 | 0 0 0.0404375 | 0.7071067812 0 0 0.7071067812 | 1.618845703e-05 1.350291037e-05 5.265945854e-06
MFbase | dClaw | 0.03 0.052 0.003 | 0.2674988286 0 0 0.9635581854 | static
MF20 | MFbase | 0 0 0.01425 | 0.0007963267107 0 0 0.9999996829 | 0.105 | 0 0 0.05240952381 | 0.7071067812 0 0 0.7071067812 | 4.006672381e-05 3.901527048e-05 1.977454667e-05
MFL21 | MF20 | 0 0 0.0675 | 1 0 0 0 | 0.105 | 0 0 0.05240952381 | 0.7071067812 0 0 0.7071067812 | 4.180902048e-05 3.727297381e-05 1.977454667e-05
MFL22 | MFL21 | 0 0 0.068 | 1 0 0 0 | 0.032 | 0 0 0.0404375 | 0.7071067812 0 0 0.7071067812 | 1.618845703e-05 1.350291037e-05 5.265945854e-06
THbase | dClaw | -0.06 0 0.003 | 0.7073882692 0 0 -0.7068251811 | static
TH30 | THbase | 0 0 0.01425 | 0.0007963267107 0 0 0.9999996829 | 0.105 | 0 0 0.05240952381 | 0.7071067812 0 0 0.7071067812 | 4.006672381e-05 3.901527048e-05 1.977454667e-05
THL31 | TH30 | 0 0 0.0675 | 1 0 0 0 | 0.105 | 0 0 0.05240952381 | 0.7071067812 0 0 0.7071067812 | 4.180902048e-05 3.727297381e-05 1.977454667e-05
THL32 | THL31 | 0 0 0.068 | 1 0 0 0 | 0.032 | 0 0 0.0404375 | 0.7071067812 0 0 0.7071067812 | 1.618845703e-05 1.350291037e-05 5.265945854e-06
object | world | 0 0 0.0001 | 1 0 0 0 | static
valve_base | object | 0 0 0.01 | 1 0 0 0 | static
valve | valve_base | 0 0 0.038 | 0.7073882692 0 0 -0.7068251811 | 0.4764350923 | 0 0 0.05008318937 | 0.0001811426922 0.7071067562 3.22231332e-05 0.7071067822 | 0.0009999380117 0.0006127118395 0.0005929049835`,
    joints: `
FFJ10 | FF10 | hinge | 0 1 0 | -0.45 1.35 | 0.1 | 0.001 | 0 | 0
FFJ11 | FFL11 | hinge | 1 0 0 | -2 2 | 0.1 | 0.001 | 0 | 0
FFJ12 | FFL12 | hinge | 1 0 0 | -2 2 | 0.1 | 0.001 | 0 | 0
MFJ20 | MF20 | hinge | 0 1 0 | -0.45 1.35 | 0.1 | 0.001 | 0 | 0
MFJ21 | MFL21 | hinge | 1 0 0 | -2 2 | 0.1 | 0.001 | 0 | 0
MFJ22 | MFL22 | hinge | 1 0 0 | -2 2 | 0.1 | 0.001 | 0 | 0
THJ30 | TH30 | hinge | 0 1 0 | -0.45 1.35 | 0.1 | 0.001 | 0 | 0
THJ31 | THL31 | hinge | 1 0 0 | -2 2 | 0.1 | 0.001 | 0 | 0
THJ32 | THL32 | hinge | 1 0 0 | -2 2 | 0.1 | 0.001 | 0 | 0
valve_OBJRx | valve | hinge | 0 0 1 | -6.28 6.28 | 0.1 | 0.001 | 0 | 0`,
    contactClasses: `
K1 | 1 | 1 | 3 | 1 0.005 0.0001 | 0.00025 | 0 | 0.02 1 | 0.9 0.95 0.001 0.5 2
K2 | 1 | 1 | 4 | 1 0.005 0.0001 | 0.00025 | 0 | 0.02 1 | 0.9 0.95 0.001 0.5 2
K3 | 1 | 1 | 4 | 0.2 0.005 0.0001 | 0.00025 | 0 | 0.02 1 | 0.9 0.95 0.001 0.5 2`,
    // The valve's motor is a box in place of the original's hull of 16 corners.
    geoms: `
floor | world | plane | 5 5 0.1 | 0 0 0 | 1 0 0 0 | K1
mount | mount | cylinder | 0.03 0.005 | 0 0 0 | 1 0 0 0 | K1
disc | dClaw | cylinder | 0.075 0.004 | 0 0 0 | 1 0 0 0 | K2
base motor | FFbase, MFbase, THbase | box | 0.024 0.0175 0.015 | 0.012 0 0.014 | 1 0 0 0 | K2
motor | FF10, FFL11, MF20, MFL21, TH30, THL31 | box | 0.0175 0.015 0.024 | 0 0 0.056 | 1 0 0 0 | K2
plate | FF10, MF20, TH30 | box | 0.0125 0.0214 0.003 | 0 0 0.026 | 1 0 0 0 | K2
side | FF10, MF20, TH30 | box | 0.011 0.0012 0.016 | 0 0.02 0.013 | 1 0 0 0 | K2
side | FF10, MF20, TH30 | box | 0.011 0.0012 0.016 | 0 -0.02 0.013 | 1 0 0 0 | K2
motor end | FF10, FFL11, MF20, MFL21, TH30, THL31 | box | 0.019 0.014 0.006 | 0 0 0.033 | 1 0 0 0 | K2
plate | FFL11, FFL12, MFL21, MFL22, THL31, THL32 | box | 0.0214 0.0125 0.003 | 0 0 0.026 | 1 0 0 0 | K2
side | FFL11, FFL12, MFL21, MFL22, THL31, THL32 | box | 0.0012 0.011 0.016 | 0.02 0 0.013 | 1 0 0 0 | K2
side | FFL11, FFL12, MFL21, MFL22, THL31, THL32 | box | 0.0012 0.011 0.016 | -0.02 0 0.013 | 1 0 0 0 | K2
fingertip | FFL12, MFL22, THL32 | capsule | 0.011 0.02 | 0 0 0.053 | 1 0 0 0 | K3
tip plate | FFL12, MFL22, THL32 | box | 0.0245 0.014 0.003 | 0 0 0.03 | 1 0 0 0 | K3
valve motor | valve_base | box | 0.0246 0.0153 0.018 | 0.01194 -0.00012 0.01804 | 1 0 0 0 | K2
lobe | valve | capsule | 0.021 0.035 | 0 0.038 0.054 | 0.7073882692 0.7068251811 0 0 | K3
lobe | valve | capsule | 0.021 0.035 | -0.034 -0.019 0.054 | 0.3536926344 0.3534110916 0.6126170776 0.6121294283 | K3
lobe | valve | capsule | 0.021 0.035 | 0.034 -0.019 0.054 | -0.3536665038 -0.3533849817 0.6126321633 0.612144502 | K3
hub | valve | cylinder | 0.02 0.0275 | 0 0 0.027 | 1 0 0 0 | K3`,
    actuators: `
FFJ10 | FFJ10 | 1 | 2 0 0 | 0 -2 0 | -0.48 0.48
FFJ11 | FFJ11 | 1 | 2 0 0 | 0 -2 0 | -1.57 1.57
FFJ12 | FFJ12 | 1 | 2 0 0 | 0 -2 0 | -1.57 1.57
MFJ20 | MFJ20 | 1 | 2 0 0 | 0 -2 0 | -0.48 0.48
MFJ21 | MFJ21 | 1 | 2 0 0 | 0 -2 0 | -1.57 1.57
MFJ22 | MFJ22 | 1 | 2 0 0 | 0 -2 0 | -1.57 1.57
THJ30 | THJ30 | 1 | 2 0 0 | 0 -2 0 | -0.48 0.48
THJ31 | THJ31 | 1 | 2 0 0 | 0 -2 0 | -1.57 1.57
THJ32 | THJ32 | 1 | 2 0 0 | 0 -2 0 | -1.57 1.57`,
    markers: ["target"],
  }));

test("the check sequence: joints, valve, error and reward are the original's", () =>
  expectGolden(task, {
    start({ goal, qpos }) {
      goal[0] = -2.94159265;
      qpos[9] = 0.3;
    },
    action: (t) => Array.from({ length: 9 }, (_, i) => Math.sin(0.5 * t + i)),
    read({ observation, reward, qpos, goal }) {
      const error = goal[0] - qpos[9];
      const wrapped = error - 2 * Math.PI * Math.round(error / (2 * Math.PI));
      if (!Number.isNaN(reward)) expect(task.goalError!.of(observation)).toBeCloseTo(Math.abs(wrapped), 12);
      return [qpos[0], qpos[1], qpos[2], qpos[4], qpos[8], qpos[9], wrapped, reward];
    },
    rows: {
      0: [0, -1.0471976, 1.0471976, -1.0471976, 1.0471976, 0.3, 3.0415927, Number.NaN],
      1: [7.05081e-5, -0.82563886, 1.2367361, -0.82574633, 1.2367114, 0.3, 3.0415927, -17.595488],
      2: [0.18394156, -0.60909811, 1.0456335, -0.97820244, 1.2510713, 0.3, 3.0415927, -18.693053],
      5: [0.39729952, -0.0027641723, 0.46781543, -0.53462013, 0.67067541, 0.3, 3.0415927, -18.664411],
      10: [-0.43128832, -0.71318973, -0.09941074, 0.3938046, -0.10009799, 0.34482684, 2.9967658, -18.963094],
      20: [-0.0063200273, -0.44076925, -0.45200308, 0.466159, -0.049130127, -0.45463452, -2.4869581, -17.776371],
      40: [-0.12496145, 0.071972997, 0.50964981, -0.32135907, 0.48925282, -0.97868457, -1.9629081, -13.583132],
    },
  }));

test("an episode begins in the pose, at rest, with valve and goal drawn apart, each over ±60°", async () => {
  const world = await task.createWorld();
  const starts = Array.from({ length: 300 }, (_, seed) => {
    const { observation: s } = world.reset({ seed });
    for (const [i, angle] of POSE.entries()) expect(s[i]).toBeCloseTo(angle, 15);
    expect([...s.subarray(9, 18), s[20]]).toEqual(new Array(10).fill(0));
    const goal = Math.atan2(s[22], s[21]);
    return { valve: Math.atan2(s[19], s[18]), goal: goal < 0 ? goal + Math.PI : goal - Math.PI };
  });
  const spread = Math.PI / 3;
  for (const key of ["valve", "goal"] as const) {
    const values = starts.map((start) => start[key]);
    expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(spread + 1e-12);
    expect(Math.max(...values)).toBeGreaterThan(0.9 * spread);
    expect(Math.min(...values)).toBeLessThan(-0.9 * spread);
  }
  const correlation =
    starts.reduce((sum, { valve, goal }) => sum + valve * goal, 0) / starts.length / (spread ** 2 / 3);
  expect(Math.abs(correlation)).toBeLessThan(4 / Math.sqrt(300));
  world.close();
});

describe("the reward of an observation", () => {
  const at = (error: number, change: (s: number[]) => void = () => {}) => {
    const s = [
      ...POSE,
      ...new Array(9).fill(0),
      Math.cos(0.4),
      Math.sin(0.4),
      0,
      Math.cos(0.4 + error),
      Math.sin(0.4 + error),
    ];
    change(s);
    return task.reward([], [], s);
  };
  test("is −5 |e|, with 10 more below 0.25 rad and 60 below 0.1, the error wrapped", () => {
    expect(at(0.26)).toBeCloseTo(-1.3, 9);
    expect(at(-0.24)).toBeCloseTo(10 - 1.2, 9);
    expect(at(0.09)).toBeCloseTo(60 - 0.45, 9);
    expect(at(Math.PI + 0.5)).toBeCloseTo(-5 * (Math.PI - 0.5), 9);
  });
  test("takes off how far the joints are from the pose, and speeds of 0.5 rad/s and more", () => {
    const s = (change: (s: number[]) => void) => at(1, change) + 5;
    expect(
      s((s) => {
        s[0] += 0.3;
        s[4] -= 0.4;
      }),
    ).toBeCloseTo(-0.5, 9);
    expect(
      s((s) => {
        s[9] = 0.49;
        s[10] = -0.6;
        s[17] = 0.8;
      }),
    ).toBeCloseTo(-1, 9);
  });
  test("and success, do not ask that predicted directions have length 1", () => {
    const scaled = (s: number[]) => {
      s[18] *= 1.3;
      s[19] *= 1.3;
      s[21] *= 0.8;
      s[22] *= 0.8;
    };
    expect(at(0.7, scaled)).toBeCloseTo(at(0.7), 9);
  });
});

test("a step asks a joint for what the action says, or for 2π/3 rad/s in its direction from where it is", async () => {
  const world = await task.createWorld();
  world.reset({ seed: 0 });
  const start = world.saveState();
  const after = (action: readonly number[]) => {
    world.restoreState(start);
    return world.step(action).observation;
  };
  const farthest = ((2 * Math.PI) / 3) * 0.1;
  const reach = [0.48, Math.PI / 3, Math.PI / 2];
  // The action that asks each joint for so many radians from the pose.
  const asking = (angle: number) => POSE.map((from, i) => (from + angle) / reach[i % 3]);
  const [limited, within] = [after(new Array(9).fill(1)), after(asking(0.1))];
  for (const [i, entry] of after(asking(farthest)).entries()) {
    expect(limited[i]).toBeCloseTo(entry, 12);
    if (i < 18) expect(Math.abs(within[i] - entry), `entry ${i}`).toBeGreaterThan(1e-3);
  }
  world.close();
});

describe("physics", () => {
  test("random and zero actions return what the original's do", { timeout: 60_000 }, async () => {
    const random = await playPhysics(task, 1600, randomActions(task)); // 64,000 physics steps
    expectReturns(random.returns, { mean: -690, std: 78, count: 40 });
    expect(random.successRate).toBeLessThan(0.05);
    for (const [joint, beyond] of Object.entries(random.beyond)) expect(beyond, joint).toBeLessThan(0.01);
    // Fingertips on lobes make up most contacts; nothing gets to the floor, the hub or the valve's motor.
    const all = [...random.touches.values()].reduce((sum, count) => sum + count, 0);
    const tips = ["FFL12", "MFL22", "THL32"].map((tip) => random.touches.get(`${tip} capsule, valve capsule`) ?? 0);
    expect(tips.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(0.8 * all);
    expect([...random.touches.keys()].filter((pair) => /world|valve cylinder|valve_base/.test(pair))).toEqual([]);
    const zero = await playPhysics(task, 800, zeroActions(task));
    expectReturns(zero.returns, { mean: -624, std: 82, count: 40 });
    expect(zero.successRate).toBe(0);
  });

  test("stays finite, and in its ranges, when servos are thrown from one end to the other", {
    timeout: 60_000,
  }, async () => {
    const extreme = await playPhysics(task, 600, extremeActions(task)); // 24,000 physics steps
    for (const [joint, beyond] of Object.entries(extreme.beyond)) expect(beyond, joint).toBeLessThan(0.03);
    expect(extreme.depth).toBeLessThan(0.01);
  });

  test("nothing touches at the start, and asked for its pose the claw holds it, the valve still", async () => {
    expect(await contactsAtReset(task)).toEqual({ depth: 0, count: 0 });
    const world = await task.createWorld();
    const { observation: start } = world.reset({ seed: 0 });
    const hold = POSE.map((angle, i) => angle / [0.48, Math.PI / 3, Math.PI / 2][i % 3]);
    let now = start;
    for (let t = 0; t < 40; t++) now = world.step(hold).observation;
    // Gravity bends a servo of 2 N·m/rad by 0.03 rad.
    for (let i = 0; i < 9; i++) expect(Math.abs(now[i] - POSE[i])).toBeLessThan(0.05);
    for (let i = 9; i < 18; i++) expect(Math.abs(now[i])).toBeLessThan(1e-3);
    for (let i = 18; i < 23; i++) expect(now[i]).toBeCloseTo(start[i], 12);
    world.close();
  });

  test("a free claw and valve only lose energy", async () => {
    const energies = await freeEnergy(task, 2, 2);
    expect(energies[0] - energies.at(-1)!).toBeGreaterThan(0.05);
    expect(largestRise(energies)).toBeLessThan(1e-6);
  });
});

describe("randomised dynamics", () => {
  const random = dclawTurn({ dynamics: "random" });

  test("keep the contract of tasks: drawn parameters and sensors' errors come back with a saved state", {
    timeout: 60_000,
  }, async () => {
    expect((await checkTask(random, undefined, { steps: 300 })).checks.filter((check) => !check.passed)).toEqual([]);
  });

  test("are drawn anew at each reset, uniform in the ranges of the original", async () => {
    const model = await compileModel(random.id, random.mjcf!());
    const world = await random.createWorld();
    const draws = Array.from({ length: 200 }, (_, seed) => {
      world.reset({ seed });
      return partsOf(world.saveState(), model).goal.slice(1);
    });
    const ranges: [number, number][] = [
      ...new Array(10).fill([0.005, 0.1]),
      ...new Array(10).fill([0.001, 0.005]),
      [1, 3],
      [0.8, 1.2],
      [0.003, 0.007],
      [5e-5, 1.5e-4],
      ...new Array(3).fill([-0.01, 0.01]),
    ];
    expect(draws[0].length).toBe(ranges.length);
    for (const [i, [low, high]] of ranges.entries()) {
      const values = draws.map((draw) => (draw[i] - low) / (high - low));
      // The ends of 200 uniform numbers are within 0.05 of 0 and 1 but for a chance of 4e-5.
      expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...values)).toBeLessThanOrEqual(1);
      expect(Math.min(...values)).toBeLessThan(0.05);
      expect(Math.max(...values)).toBeGreaterThan(0.95);
    }
    world.close();
  });

  test("are what the engine then uses: with the nominal parameters it moves as the nominal claw, with others not", async () => {
    const model = await compileModel(random.id, random.mjcf!());
    const world = await random.createWorld();
    const nominal = [...new Array(10).fill(0.1), ...new Array(10).fill(0), 2, 1, 0.005, 0.0001, 0, 0, 0];
    const played = (change: (parameters: Float64Array) => void) => {
      world.reset({ seed: 0 });
      const state = world.saveState();
      const { goal, qpos } = partsOf(state, model);
      goal.set([-2.94159265, ...nominal]);
      qpos[9] = 0.3;
      change(goal.subarray(1));
      world.restoreState(state);
      for (let t = 0; t < 5; t++) world.step(Array.from({ length: 9 }, (_, i) => Math.sin(0.5 * t + i)));
      return partsOf(world.saveState(), model).qpos;
    };
    const [q0, q1, q2, , q4] = played(() => {});
    // The check sequence of the nominal claw after 5 steps, before anything touches.
    for (const [actual, printed] of [
      [q0, 0.39729952],
      [q1, -0.0027641723],
      [q2, 0.46781543],
      [q4, -0.53462013],
    ] as const)
      expect(Math.abs(actual - printed)).toBeLessThan(1e-6);
    const moved = (change: (parameters: Float64Array) => void) => Math.abs(played(change)[1] - q1);
    expect(
      moved((p) => {
        p[1] = 0.01;
      }),
    ).toBeGreaterThan(1e-3); // damping
    expect(
      moved((p) => {
        p[11] = 0.005;
      }),
    ).toBeGreaterThan(1e-4); // friction of the joint
    expect(
      moved((p) => {
        p[20] = 3;
      }),
    ).toBeGreaterThan(1e-3); // gain
    world.close();
  });

  test("do not reach other worlds: a nominal one beside goes on as before", async () => {
    const [changed, world] = [await random.createWorld(), await task.createWorld()];
    const play = () => {
      world.reset({ seed: 3 });
      return Array.from({ length: 3 }, () => [...world.step(new Array(9).fill(0.5)).observation]);
    };
    const before = play();
    changed.reset({ seed: 1 });
    changed.step(new Array(9).fill(0.5));
    expect(play()).toEqual(before);
    changed.close();
    expect(play()).toEqual(before);
    world.close();
  });

  test("sensors err by at most 2.5 % of their range, anew in each state; valve velocity and goal are exact", async () => {
    const model = await compileModel(random.id, random.mjcf!());
    const world = await random.createWorld();
    const errors: number[][] = [];
    for (let seed = 0; seed < 40; seed++) {
      let { observation: s } = world.reset({ seed });
      for (let t = 0; t < 5; t++) {
        const { qpos, qvel, goal } = partsOf(world.saveState(), model);
        const valve = Math.atan2(s[19], s[18]) - qpos[9];
        errors.push([
          ...Array.from({ length: 9 }, (_, i) => s[i] - qpos[i]),
          ...Array.from({ length: 9 }, (_, i) => s[9 + i] - qvel[i]),
          valve - 2 * Math.PI * Math.round(valve / (2 * Math.PI)),
        ]);
        expect([s[20], s[21], s[22]]).toEqual([qvel[9], Math.cos(goal[0]), Math.sin(goal[0])]);
        s = world.step(new Array(9).fill(0)).observation;
      }
    }
    const most = (i: number) => Math.max(...errors.map((row) => Math.abs(row[i])));
    const half = [0.024, 0.05236, 0.07854];
    for (let i = 0; i < 19; i++) {
      const bound = i < 9 ? half[i % 3] : i < 18 ? 0.10472 : 0.15708;
      expect(most(i)).toBeLessThanOrEqual(bound * 1.0001);
      expect(most(i)).toBeGreaterThan(0.9 * bound);
    }
    world.close();
  });
});
