import { describe, expect, test } from "vitest";
import { checkTask } from "../../../src/envs/check/check-task.js";
import { loadMujoco } from "../../../src/envs/mujoco/mujoco-model.js";
import { applyDynamics, drawDynamics } from "../../../src/envs/tasks/dkitty-dynamics.js";
import { dkittyOrient } from "../../../src/envs/tasks/dkitty-orient.js";
import { LEG_JOINTS } from "../../../src/envs/tasks/dkitty-orient-mjcf.js";
import type { Task } from "../../../src/mdp/task.js";
import { seeded } from "../../../src/random/rng.js";
import { AUTO, EULER, expectModel, NEWTON, PYRAMIDAL } from "../mujoco/compiled-model.js";
import {
  contactsAtReset,
  expectGolden,
  expectReturns,
  extremeActions,
  freeEnergy,
  largestRise,
  playPhysics,
  randomActions,
  zeroActions,
} from "../mujoco/physics.js";

const task = dkittyOrient();

test("D'Kitty compiles to the original's bodies, joints, servos and contacts", () =>
  expectModel(task, {
    option: {
      timestep: [0.0025],
      gravity: [0, 0, -9.81],
      integrator: [EULER],
      cone: [PYRAMIDAL],
      solver: [NEWTON],
      jacobian: [AUTO],
      iterations: [100],
      tolerance: [1e-8],
      noslip_iterations: [0],
      noslip_tolerance: [1e-6],
      ls_iterations: [50],
      impratio: [1],
      density: [0],
      viscosity: [0],
    },
    // The torso's centre of mass is printed 8e-9 m off the middle; here it is in the middle.
    bodies: `
kitty_frame | world | 0 0 0.3 | 1 0 0 0 | 0.01 | 0 0 0 | 1 0 0 0 | 4e-07 4e-07 4e-07
dkitty | kitty_frame | 0 0 0 | 1 0 0 0 | 0.72 | 0 0 -6.551686157e-07 | 0.5 0.5 -0.5 0.5 | 0.01007138565 0.007638504248 0.002562305457
FR10 | dkitty | 0.09 0.122 0 | 0.0007963267107 0 -0.9999996829 0 | 0.118 | 0 0 0.07587288136 | 0.9999999168 0 0 0.0004080239532 | 7.072592691e-05 7.045675953e-05 2.44845e-05
FR11 | FR10 | 0 0 0.0965 | 1 0 0 0 | 0.118 | 0 0 0.07583050847 | 0.7071067812 0 0 0.7071067812 | 7.284611017e-05 6.56669435e-05 2.44845e-05
FR12 | FR11 | 0 0 0.0945 | 1 0 0 0 | 0.04 | 0 0 0.0608 | 0.7071067812 0 0 0.7071067812 | 3.494865324e-05 3.093848658e-05 7.767412934e-06
FL20 | dkitty | -0.09 0.122 0 | 0.0007963267107 0 0.9999996829 0 | 0.118 | 0 0 0.07587288136 | 0.9999999168 0 0 0.0004080239532 | 7.072592691e-05 7.045675953e-05 2.44845e-05
FL21 | FL20 | 0 0 0.0965 | 1 0 0 0 | 0.118 | 0 0 0.07583050847 | 0.7071067812 0 0 0.7071067812 | 7.284611017e-05 6.56669435e-05 2.44845e-05
FL22 | FL21 | 0 0 0.0945 | 1 0 0 0 | 0.04 | 0 0 0.0608 | 0.7071067812 0 0 0.7071067812 | 3.494865324e-05 3.093848658e-05 7.767412934e-06
BL30 | dkitty | -0.09 -0.122 0 | 0.0007963267107 0 0.9999996829 0 | 0.118 | 0 0 0.07587288136 | 0.9999999168 0 0 0.0004080239532 | 7.072592691e-05 7.045675953e-05 2.44845e-05
BL31 | BL30 | 0 0 0.0965 | 1 0 0 0 | 0.118 | 0 0 0.07583050847 | 0.7071067812 0 0 0.7071067812 | 7.284611017e-05 6.56669435e-05 2.44845e-05
BL32 | BL31 | 0 0 0.0945 | 1 0 0 0 | 0.04 | 0 0 0.0608 | 0.7071067812 0 0 0.7071067812 | 3.494865324e-05 3.093848658e-05 7.767412934e-06
BR40 | dkitty | 0.09 -0.122 0 | 0.0007963267107 0 -0.9999996829 0 | 0.118 | 0 0 0.07587288136 | 0.9999999168 0 0 0.0004080239532 | 7.072592691e-05 7.045675953e-05 2.44845e-05
BR41 | BR40 | 0 0 0.0965 | 1 0 0 0 | 0.118 | 0 0 0.07583050847 | 0.7071067812 0 0 0.7071067812 | 7.284611017e-05 6.56669435e-05 2.44845e-05
BR42 | BR41 | 0 0 0.0945 | 1 0 0 0 | 0.04 | 0 0 0.0608 | 0.7071067812 0 0 0.7071067812 | 3.494865324e-05 3.093848658e-05 7.767412934e-06`,
    joints: `
Tx | kitty_frame | slide | 1 0 0 | -10 10 | 0 | 0 | 0 | 0
Ty | kitty_frame | slide | 0 1 0 | -10 10 | 0 | 0 | 0 | 0
Tz | kitty_frame | slide | 0 0 1 | -2 2 | 0 | 0 | 0 | 0
Rx | kitty_frame | hinge | 1 0 0 | -3.14 3.14 | 0 | 0 | 0 | 0
Ry | kitty_frame | hinge | 0 1 0 | -3.14 3.14 | 0 | 0 | 0 | 0
Rz | kitty_frame | hinge | 0 0 1 | -3.14 3.14 | 0 | 0 | 0 | 0
FRJ10 | FR10 | hinge | 0 1 0 | -3.419 0.279 | 1 | 0.001 | 0 | 0
FRJ11 | FR11 | hinge | 1 0 0 | -2.14 2.14 | 1 | 0.001 | 0 | 0
FRJ12 | FR12 | hinge | 1 0 0 | -1.57 1.57 | 1 | 0.001 | 0 | 0
FLJ20 | FL20 | hinge | 0 1 0 | -0.279 3.419 | 1 | 0.001 | 0 | 0
FLJ21 | FL21 | hinge | 1 0 0 | -2.14 2.14 | 1 | 0.001 | 0 | 0
FLJ22 | FL22 | hinge | 1 0 0 | -1.57 1.57 | 1 | 0.001 | 0 | 0
BLJ30 | BL30 | hinge | 0 1 0 | -0.279 3.419 | 1 | 0.001 | 0 | 0
BLJ31 | BL31 | hinge | 1 0 0 | -2.14 2.14 | 1 | 0.001 | 0 | 0
BLJ32 | BL32 | hinge | 1 0 0 | -1.57 1.57 | 1 | 0.001 | 0 | 0
BRJ40 | BR40 | hinge | 0 1 0 | -3.419 0.279 | 1 | 0.001 | 0 | 0
BRJ41 | BR41 | hinge | 1 0 0 | -2.14 2.14 | 1 | 0.001 | 0 | 0
BRJ42 | BR42 | hinge | 1 0 0 | -1.57 1.57 | 1 | 0.001 | 0 | 0`,
    contactClasses: `
K1 | 1 | 1 | 3 | 1 0.005 0.0001 | 0.0005 | 0 | 0.02 1 | 0.9 0.95 0.001 0.5 2
K2 | 1 | 1 | 4 | 1 0.005 0.0001 | 0.0005 | 0 | 0.02 1 | 0.8 0.9 0.01 0.5 2`,
    geoms: `
floor | world | plane | 5 5 0.1 | 0 0 0 | 1 0 0 0 | K1
g2 | kitty_frame | sphere | 0.01 | 0 0 0 | 1 0 0 0 | K1
g3 | dkitty | mesh | plate_back_0 |  |  | K2
g4 | dkitty | mesh | plate_back_1 |  |  | K2
g5 | dkitty | mesh | plate_back_2 |  |  | K2
g6 | dkitty | mesh | plate_front_2 |  |  | K2
g7 | dkitty | mesh | plate_front_1 |  |  | K2
g8 | dkitty | mesh | plate_front_0 |  |  | K2
g9 | dkitty | box | 0.024 0.018 0.015 | 0.078 -0.122 0 | 1 0 0 0 | K2
g10 | dkitty | box | 0.024 0.018 0.015 | -0.078 -0.122 0 | 1 0 0 0 | K2
g11 | dkitty | box | 0.024 0.018 0.015 | -0.078 0.122 0 | 1 0 0 0 | K2
g12 | dkitty | box | 0.024 0.018 0.015 | 0.078 0.122 0 | 1 0 0 0 | K2
g13 | FR10, FL20, BL30, BR40 | box | 0.0015 0.013 0.029 | 0 -0.02 0.026 | 0.7073882692 0 0 0.7068251811 | K2
g14 | FR10, FL20, BL30, BR40 | box | 0.0015 0.013 0.029 | 0 0.02 0.026 | 0.7073882692 0 0 0.7068251811 | K2
g15 | FR10, FL20, BL30, BR40 | box | 0.019 0.016 0.004 | 0 0 0.051 | 0.7073882692 0 0 0.7068251811 | K2
g16 | FR10, FL20, BL30, BR40 | box | 0.019 0.013 0.006 | 0 0 0.061 | 1 0 0 0 | K2
g17 | FR10, FL20, BL30, BR40 | box | 0.018 0.015 0.024 | 0 0 0.084 | 1 0 0 0 | K2
g18 | FR11, FL21, BL31, BR41 | box | 0.019 0.016 0.004 | 0 0 0.051 | 1 0 0 0 | K2
g19 | FR11, FR12, FL21, FL22, BL31, BL32, BR41, BR42 | box | 0.0015 0.013 0.029 | -0.02 0 0.026 | 1 0 0 0 | K2
g20 | FR11, FR12, FL21, FL22, BL31, BL32, BR41, BR42 | box | 0.0015 0.013 0.029 | 0.02 0 0.026 | 1 0 0 0 | K2
g21 | FR11, FL21, BL31, BR41 | box | 0.018 0.015 0.023 | 0 0 0.084 | 1 0 0 0 | K2
g22 | FR11, FL21, BL31, BR41 | box | 0.019 0.013 0.006 | 0 0 0.06 | 1 0 0 0 | K2
g23 | FR12, FL22, BL32, BR42 | box | 0.019 0.016 0.004 | 0 0 0.052 | 1 0 0 0 | K2
g24 | FR12, FL22, BL32, BR42 | box | 0.025 0.014 0.003 | 0 0 0.058 | 1 0 0 0 | K2
g25 | FR12, FL22, BL32, BR42 | capsule | 0.0103 0.0187 | 0 0 0.082 | 1 0 0 0 | K2`,
    vertices: `
plate_back_0 | 0.06244247 -0.10598844 0.01761887
plate_back_0 | 0.06233548 -0.13791663 0.01761887
plate_back_0 | 0.06233548 -0.13791663 -0.01762138
plate_back_0 | 0.06244247 -0.10598844 -0.01762138
plate_back_0 | -0.06233551 -0.13791659 0.01761887
plate_back_0 | -0.06233551 -0.13791659 -0.01762138
plate_back_0 | -0.06244248 -0.10598843 0.01761887
plate_back_0 | -0.06244248 -0.10598843 -0.01762138
plate_back_1 | 0.04427562 -0.0533316 0.01761886
plate_back_1 | 0.06166622 -0.10582042 0.01761886
plate_back_1 | 0.06166622 -0.10582042 -0.01762137
plate_back_1 | 0.04427562 -0.0533316 -0.01762137
plate_back_1 | -0.06166623 -0.10582041 0.01761886
plate_back_1 | -0.06166623 -0.10582041 -0.01762137
plate_back_1 | -0.04427561 -0.05333159 0.01761886
plate_back_1 | -0.04427561 -0.05333159 -0.01762137
plate_back_2 | 0.03943037 0.00111323 0.01761887
plate_back_2 | 0.04458495 -0.05353843 0.01761887
plate_back_2 | 0.04458495 -0.05353843 -0.01762137
plate_back_2 | 0.03943037 0.00111323 -0.01762137
plate_back_2 | -0.04458496 -0.05353842 0.01761887
plate_back_2 | -0.04458496 -0.05353842 -0.01762137
plate_back_2 | -0.03943038 0.00111324 0.01761887
plate_back_2 | -0.03943038 0.00111324 -0.01762137
plate_front_2 | -0.03943037 -0.00111323 0.01761882
plate_front_2 | -0.04458495 0.05353842 0.01761882
plate_front_2 | -0.04458495 0.05353842 -0.01762135
plate_front_2 | -0.03943037 -0.00111323 -0.01762135
plate_front_2 | 0.04458495 0.05353842 0.01761882
plate_front_2 | 0.04458495 0.05353842 -0.01762135
plate_front_2 | 0.03943038 -0.00111323 0.01761882
plate_front_2 | 0.03943038 -0.00111323 -0.01762135
plate_front_1 | -0.04427562 0.05333155 0.01761887
plate_front_1 | -0.06166623 0.10582037 0.01761887
plate_front_1 | -0.06166623 0.10582037 -0.01762137
plate_front_1 | -0.04427562 0.05333155 -0.01762137
plate_front_1 | 0.06166623 0.10582037 0.01761887
plate_front_1 | 0.06166623 0.10582037 -0.01762137
plate_front_1 | 0.04427562 0.05333155 0.01761887
plate_front_1 | 0.04427562 0.05333155 -0.01762137
plate_front_0 | -0.06244247 0.10598838 0.01761887
plate_front_0 | -0.0623355 0.13791656 0.01761887
plate_front_0 | -0.0623355 0.13791656 -0.01762137
plate_front_0 | -0.06244247 0.10598838 -0.01762137
plate_front_0 | 0.0623355 0.13791656 0.01761887
plate_front_0 | 0.0623355 0.13791656 -0.01762137
plate_front_0 | 0.06244247 0.10598838 0.01761887
plate_front_0 | 0.06244247 0.10598838 -0.01762137`,
    actuators: `
FRJ10 | FRJ10 | 1 | 5 0 0 | 0 -5 0 | -3.419 0.279
FRJ11 | FRJ11 | 1 | 5 0 0 | 0 -5 0 | -2.14 2.14
FRJ12 | FRJ12 | 1 | 5 0 0 | 0 -5 0 | -1.57 1.57
FLJ20 | FLJ20 | 1 | 5 0 0 | 0 -5 0 | -0.279 3.419
FLJ21 | FLJ21 | 1 | 5 0 0 | 0 -5 0 | -2.14 2.14
FLJ22 | FLJ22 | 1 | 5 0 0 | 0 -5 0 | -1.57 1.57
BLJ30 | BLJ30 | 1 | 5 0 0 | 0 -5 0 | -0.279 3.419
BLJ31 | BLJ31 | 1 | 5 0 0 | 0 -5 0 | -2.14 2.14
BLJ32 | BLJ32 | 1 | 5 0 0 | 0 -5 0 | -1.57 1.57
BRJ40 | BRJ40 | 1 | 5 0 0 | 0 -5 0 | -3.419 0.279
BRJ41 | BRJ41 | 1 | 5 0 0 | 0 -5 0 | -2.14 2.14
BRJ42 | BRJ42 | 1 | 5 0 0 | 0 -5 0 | -1.57 1.57`,
    markers: ["target"],
  }));

test("the check sequence: root, leg, upright and reward are the original's", () =>
  expectGolden(task, {
    start({ goal, qpos }) {
      goal.set([-Math.sin(2.5), Math.cos(2.5)]);
      qpos[5] = 0.4;
    },
    action: (t) => Array.from({ length: 12 }, (_, i) => 0.5 * Math.sin(0.3 * t + i)),
    read: ({ qpos, observation, reward }) => [...qpos.subarray(0, 9), observation[36], reward],
    rows: {
      0: [0, 0, 0, 0, 0, 0.4, 0, 0, 0, Number.NaN, Number.NaN],
      1: [
        -0.0024737386, 0.009065099, 0.0010850014, 0.00079658931, 8.9621369e-5, 0.39976135, -0.007191598, 0.11954233,
        -0.12693254, 0.99999968, -1.4680041,
      ],
      2: [
        -0.0061933097, 0.021513019, -0.001172371, -0.0010915488, -0.00034408651, 0.40056738, -0.0086884258, 0.24853223,
        -0.25179129, 0.99999935, -1.5576767,
      ],
      5: [
        -0.019487528, 0.021986394, -0.01036991, -0.01668341, 0.012780554, 0.33534003, 0.0080686097, 0.58270049,
        -0.65391802, 0.99977918, -1.8949661,
      ],
      10: [
        -0.080480279, 0.017055871, -0.028235596, 0.076867753, -0.026731861, 0.37958416, 0.015421788, 0.67270676,
        -1.2721585, 0.99669091, -2.1832604,
      ],
      20: [
        -0.1441853, 0.081948006, -0.031990027, -0.020458872, 0.050629655, 0.74885572, -0.35959445, 0.73029356,
        -0.7913656, 0.99850959, -1.3677062,
      ],
    },
  }));

test("it keeps the contract of tasks: reward, ends and success of observations are the world's own", async () => {
  expect((await checkTask(task)).checks.filter((check) => !check.passed)).toEqual([]);
}, 120_000);

/** A row of the observation: all zero, facing +y, but for what is given by index. */
const state = (entries: Readonly<Record<number, number>>) =>
  Object.assign(new Array<number>(41).fill(0), { 36: 1, 38: 1, 40: 1 }, entries);
/** The desired facing at `error` rad from +y. */
const off = (error: number) => ({ 39: -Math.sin(error), 40: Math.cos(error) });

describe("the episode", () => {
  test("begins on straight legs, heading within ±60°, to be turned to within 60° of the back", async () => {
    const world = await task.createWorld();
    const starts = Array.from({ length: 300 }, (_, seed) => {
      const { observation: s } = world.reset({ seed });
      expect([...s.subarray(0, 5), ...s.subarray(6, 36)]).toEqual(new Array(35).fill(0));
      expect(s[36]).toBe(1);
      expect(Math.atan2(-s[37], s[38])).toBeCloseTo(s[5], 12);
      const target = Math.atan2(-s[39], s[40]);
      return { heading: s[5], target: target < 0 ? target + 2 * Math.PI : target };
    });
    world.close();
    const third = Math.PI / 3;
    for (const [key, centre] of [
      ["heading", 0],
      ["target", Math.PI],
    ] as const) {
      const values = starts.map((start) => start[key] - centre);
      expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(third);
      expect(Math.min(...values)).toBeLessThan(-0.95 * third); // 300 draws miss the last 1/40 once in 2000 tries
      expect(Math.max(...values)).toBeGreaterThan(0.95 * third);
    }
  });

  test("ends below an upright of 0.9, or nearer to the vertical with a margin", () => {
    const tilted = (upright: number) => state({ 3: Math.acos(upright) });
    expect([0.901, 0.899].map((upright) => task.isTerminal(tilted(upright)))).toEqual([false, true]);
    expect([0.926, 0.924].map((upright) => task.isTerminal(tilted(upright), 0.25))).toEqual([false, true]);
    expect(task.isTerminal(state({ 7: Number.NaN }))).toBe(true);
  });

  test("pays for posture, direction and place; the small bonus for one of two things, the big one for both", () => {
    const reward = (entries: Readonly<Record<number, number>>) => task.reward([], [], state(entries));
    expect(reward({})).toBeCloseTo(2 + 5 + 10, 12);
    expect(reward({ ...off(0.2) })).toBeCloseTo(2 + 5 - 0.8, 12);
    expect(reward({ ...off(-2) })).toBeCloseTo(2 + 5 - 8, 12);
    expect(reward({ 0: 0.3, 1: -0.4 })).toBeCloseTo(2 + 15 - 2, 12);
    // Rolled about its own y axis, it faces +y still; at u = 0.95 only the direction earns the small bonus.
    const rolled = (upright: number, error: number) => reward({ 4: Math.acos(upright), ...off(error) });
    expect(rolled(0.95, 0)).toBeCloseTo(1 + 5, 12);
    expect(rolled(0.95, 0.27)).toBeCloseTo(1 - 4 * 0.27, 12);
    expect(rolled(0.89, 1)).toBeCloseTo(-0.2 - 500 - 4, 12);
  });

  test("computes them from the root's angles, whatever the entries say that follow from those", () => {
    const lies = { 36: 0.5, 37: 3, 38: -7 };
    expect(task.reward([], [], state(lies))).toBeCloseTo(17, 12);
    expect(task.isTerminal(state(lies))).toBe(false);
    expect(task.isSuccess!(state(lies))).toBe(true);
  });

  test("a predicted direction may have any length, and none at all is the farthest from the goal", () => {
    const error = (entries: Readonly<Record<number, number>>) => task.goalError!.of(state(entries));
    expect(error({ 39: -3 * Math.sin(1), 40: 3 * Math.cos(1) })).toBeCloseTo(1, 12);
    expect(error({ 39: 0, 40: 0 })).toBe(Math.PI);
    expect(error({ 39: 1e-30, 40: -1 })).toBeCloseTo(Math.PI, 12);
  });

  test("succeeds where its 80th state is within 0.087 rad and above an upright of 0.96", () => {
    expect([off(0.0869), off(0.0871)].map((s) => task.isSuccess!(state(s)))).toEqual([true, false]);
    expect([0.961, 0.959].map((u) => task.isSuccess!(state({ 4: Math.acos(u) })))).toEqual([true, false]);
    const flags = (length: number, last: boolean) => [...new Array<boolean>(length - 1).fill(!last), last];
    expect([flags(80, true), flags(80, false), flags(40, true)].map((f) => task.episodeSuccess!(f))).toEqual([
      true,
      false,
      false,
    ]);
  });
});

/** The action that asks the legs to stay straight: the middles of their ranges, in half-widths. */
const STRAIGHT = [1, -1, -1, 1].flatMap((side) => [(side * 0.1105) / 0.3895, -1, 1]);

describe("physics", () => {
  test("random and zero actions return what the original's do, and joints stay in their ranges", async () => {
    const random = await playPhysics(task, 5000, randomActions(task));
    expectReturns(random.returns, { mean: -583, std: 95, count: 40 });
    expect(random.successRate).toBe(0);
    for (const [joint, beyond] of Object.entries(random.beyond)) expect(beyond, joint).toBeLessThan(0.03);
    const zero = await playPhysics(task, 1600, zeroActions(task));
    expect(zero.returns.length).toBe(20); // it never falls
    expectReturns(zero.returns, { mean: -276, std: 143, count: 40 });
    expect([...zero.touches.keys()].every((pair) => /^world plane, \w+2 capsule$/.test(pair))).toBe(true);
    expect(zero.depth).toBeLessThan(0.006);
  }, 240_000);

  test("stays finite, and in its ranges, when legs are thrown from one end to the other", async () => {
    const extreme = await playPhysics(task, 500, extremeActions(task));
    for (const [joint, beyond] of Object.entries(extreme.beyond)) expect(beyond, joint).toBeLessThan(0.04);
  }, 120_000);

  test("starts with its four feet 2 mm in the floor, and nothing else touching", async () => {
    const { depth, count } = await contactsAtReset(task);
    expect(count).toBe(4 * 20);
    expect(depth).toBeCloseTo(0.002, 6);
  });

  test("stands still on straight legs", async () => {
    const world = await task.createWorld();
    world.reset({ seed: 0 });
    let s: Float64Array = new Float64Array(0);
    for (let t = 0; t < 80; t++) s = world.step(STRAIGHT).observation;
    expect(s[36]).toBeGreaterThan(0.999);
    expect(Math.hypot(s[0], s[1], s[2])).toBeLessThan(0.01);
    for (let i = 6; i < 18; i++) expect(Math.abs(s[i])).toBeLessThan(0.02);
    for (let i = 18; i < 36; i++) expect(Math.abs(s[i])).toBeLessThan(1e-3);
    world.close();
  });

  test("a collapsing robot only loses energy", async () => {
    const energies = await freeEnergy(task, 2, 0.5);
    expect(energies.at(-1)).toBeLessThan(energies[0] - 0.3);
    expect(largestRise(energies)).toBeLessThan(2e-4); // what pressed contacts give back; measured 6e-5 J
  });

  test("an action asks a joint to go 0.314 rad at most from where it is", async () => {
    const world = await task.createWorld();
    world.reset({ seed: 0 });
    const one = world.step(new Array(12).fill(1)).observation;
    world.reset({ seed: 0 });
    // Knees at 0 are asked for 0.314 rad by any action above −0.6, whose angle is 0.2 π.
    const other = world.step(new Array(12).fill(0).map((_, i) => (i % 3 === 1 ? -0.59 : 1))).observation;
    expect(other).toEqual(one);
    world.close();
  });
});

describe("with random dynamics", () => {
  const random = dkittyOrient({ dynamics: "random" });

  test("it keeps the contract of tasks, saved states and rewards among it", async () => {
    expect((await checkTask(random)).checks.filter((check) => !check.passed)).toEqual([]);
  }, 120_000);

  test("each seed draws its parameters from the whole of their ranges, and its own ground", () => {
    const drawn = Array.from({ length: 300 }, (_, seed) => drawDynamics(seeded(seed)));
    const ranges = [
      [0.1, 0.2],
      [0.001, 0.005],
      [2.8, 3.2],
      [0.8, 1.2],
      [0.003, 0.007],
      [5e-5, 1.5e-4],
      [1.6, 2],
    ] as const;
    for (const [i, [low, high]] of ranges.entries()) {
      const shares = drawn.map((numbers) => (numbers[i] - low) / (high - low));
      expect(Math.min(...shares)).toBeGreaterThanOrEqual(0);
      expect(Math.min(...shares)).toBeLessThan(0.03);
      expect(Math.max(...shares)).toBeLessThanOrEqual(1);
      expect(Math.max(...shares)).toBeGreaterThan(0.97);
    }
    expect(new Set(drawn.map((numbers) => numbers[7])).size).toBe(300);
  });

  test("a model of its own gets them, and the same numbers when they are written again", async () => {
    const mujoco = await loadMujoco();
    const model = mujoco.MjModel.from_xml_string(random.mjcf!());
    const [some, other] = [Float64Array.from(drawDynamics(seeded(1))), Float64Array.from(drawDynamics(seeded(2)))];
    const written = () => ({
      mass: Array.from(model.body_mass as Float64Array),
      inertia: Array.from(model.body_inertia as Float64Array),
      heights: Array.from(model.hfield_data as Float32Array),
    });
    applyDynamics(model, some);
    const first = written();
    expect(first.mass.reduce((sum, mass) => sum + mass, 0)).toBeCloseTo(some[6], 12);
    expect(first.heights.length).toBe(120 * 120);
    expect(Math.min(...first.heights)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...first.heights)).toBeLessThan(1);
    expect([...model.dof_damping]).toEqual([...new Array(6).fill(0), ...new Array(12).fill(some[0])]);
    expect([...model.dof_frictionloss]).toEqual([...new Array(6).fill(0), ...new Array(12).fill(some[1])]);
    expect([model.actuator_gainprm[0], model.actuator_biasprm[1]]).toEqual([some[2], -some[2]]);
    expect([...model.geom_friction.subarray(0, 3)]).toEqual([...some.subarray(3, 6)]);
    applyDynamics(model, other);
    expect(written()).not.toEqual(first);
    applyDynamics(model, some);
    expect(written()).toEqual(first);
    model.delete();
  });

  test("the sensors of the legs err by 2.5 % of their ranges' widths, and nothing else errs", async () => {
    const world = await random.createWorld();
    // At the start the legs are at 0 and at rest, so that what is seen is the error.
    const starts = Array.from({ length: 200 }, (_, seed) => world.reset({ seed }).observation);
    world.close();
    const errors = [
      ...LEG_JOINTS.map(({ reach: [low, high] }) => 0.025 * (high - low)),
      ...new Array(12).fill(0.05 * Math.PI),
    ];
    for (const [i, error] of errors.entries()) {
      const seen = starts.map((s) => Math.abs(s[i < 12 ? 6 + i : 12 + i]) / error);
      expect(Math.max(...seen)).toBeLessThanOrEqual(1);
      expect(Math.max(...seen)).toBeGreaterThan(0.95);
    }
    for (const s of starts) expect([...s.subarray(0, 5), ...s.subarray(18, 24)]).toEqual(new Array(11).fill(0));
  });

  test("straight legs on uneven ground hold the torso up to 4.5 cm higher, and each seed otherwise", async () => {
    const heights = async (which: Task, seeds: number) => {
      const world = await which.createWorld();
      const found = Array.from({ length: seeds }, (_, seed) => {
        world.reset({ seed });
        for (let t = 0; t < 4; t++) world.step(STRAIGHT);
        return world.step(STRAIGHT).observation[2];
      });
      world.close();
      return found;
    };
    const [flat] = (await heights(task, 1)) as [number];
    const raised = (await heights(random, 12)).map((height) => height - flat);
    expect(Math.min(...raised)).toBeGreaterThan(0);
    expect(Math.max(...raised)).toBeLessThan(0.045);
    expect(Math.max(...raised) - Math.min(...raised)).toBeGreaterThan(0.01);
  });
});
