import { describe, expect, test } from "vitest";
import { checkTask } from "../../../src/envs/check/check-task.js";
import { compileModel } from "../../../src/envs/mujoco/mujoco-model.js";
import { reacher7dof } from "../../../src/envs/tasks/reacher-7dof.js";
import { meanAndStd } from "../../../src/math/statistics.js";
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

const task = reacher7dof();

test("the arm compiles to the original's bodies, hinges, motors and contacts", () =>
  expectModel(task, {
    option: {
      timestep: [0.01],
      gravity: [0, 0, 0],
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
    bodies: `
r_shoulder_pan_link | world | 0 -0.6 0 | 1 0 0 0 | 24.31173835 | 0 0.002991040662 -0.08428669883 | 0.7070752488 -0.006677759016 0.006677759016 0.7070752488 | 1.215310514 1.214568465 0.1205579432
r_shoulder_lift_link | r_shoulder_pan_link | 0.1 0 0 | 1 0 0 0 | 10.47197551 | 0 0 0 | 0.7071067812 0.7071067812 0 0 | 0.1267109037 0.1267109037 0.04817108736
r_upper_arm_roll_link | r_shoulder_lift_link | 0 0 0 | 1 0 0 0 | 0.2848377339 | 0 0 0 | 0.7071067812 0 -0.7071067812 0 | 0.001253621132 0.001253621132 5.562713392e-05
r_upper_arm_link | r_upper_arm_roll_link | 0 0 0 | 1 0 0 0 | 5.428672105 | 0.2 0 0 | 0.7071067812 0 -0.7071067812 0 | 0.1100271199 0.1100271199 0.009445889463
r_elbow_flex_link | r_upper_arm_link | 0.4 0 0 | 1 0 0 0 | 1.357168026 | 0 0 0 | 0.7071067812 0.7071067812 0 0 | 0.002946562582 0.002946562582 0.002117182121
r_forearm_roll_link | r_elbow_flex_link | 0 0 0 | 1 0 0 0 | 0.2848377339 | 0 0 0 | 0.7071067812 0 -0.7071067812 0 | 0.001253621132 0.001253621132 5.562713392e-05
r_forearm_link | r_forearm_roll_link | 0 0 0 | 1 0 0 0 | 2.809107431 | 0.1455 0 0 | 0.7071067812 0 -0.7071067812 0 | 0.03202190769 0.03202190769 0.003380484595
r_wrist_flex_link | r_forearm_link | 0.321 0 0 | 1 0 0 0 | 0.01675516082 | 0 0 0 | 0.7071067812 0.7071067812 0 0 | 4.461061568e-06 4.461061568e-06 7.958701389e-07
r_wrist_roll_link | r_wrist_flex_link | 0 0 0 | 1 0 0 0 | 2.144660585 | 0.03 0 0 | 1 0 0 0 | 0.005490331097 0.005490331097 0.005490331097`,
    joints: `
r_shoulder_pan_joint | r_shoulder_pan_link | hinge | 0 0 1 | -2.2854 1.714602 | 2 | 0.004 | 0 | 0
r_shoulder_lift_joint | r_shoulder_lift_link | hinge | 0 1 0 | -0.5236 1.3963 | 2 | 0.004 | 0 | 0
r_upper_arm_roll_joint | r_upper_arm_roll_link | hinge | 1 0 0 | -1.5 1.7 | 0.8 | 0.004 | 0 | 0
r_elbow_flex_joint | r_elbow_flex_link | hinge | 0 1 0 | -2.3213 0 | 0.8 | 0.004 | 0 | 0
r_forearm_roll_joint | r_forearm_roll_link | hinge | 1 0 0 | -1.5 1.5 | 0.8 | 0.004 | 0 | 0
r_wrist_flex_joint | r_wrist_flex_link | hinge | 0 1 0 | -1.094 0 | 0.8 | 0.004 | 0 | 0
r_wrist_roll_joint | r_wrist_roll_link | hinge | 1 0 0 | -1.5 1.5 | 0.8 | 0.004 | 0 | 0`,
    contactClasses: "K1 | 1 | 1 | 1 | 0.5 0.1 0.1 | 0.001 | 0 | 0.02 1 | 0.9 0.95 0.001 0.5 2",
    geoms: `
table | world | plane | 1 1 0.1 | 0 0.5 -0.425 | 1 0 0 0 | K1
hand | r_wrist_roll_link | sphere | 0.08 | 0.03 0 0 | 1 0 0 0 | K1`,
    actuators: `
r_shoulder_pan | r_shoulder_pan_joint | 20 | 1 0 0 | 0 0 0 | -1 1
r_shoulder_lift | r_shoulder_lift_joint | 10 | 1 0 0 | 0 0 0 | -1 1
r_upper_arm_roll | r_upper_arm_roll_joint | 10 | 1 0 0 | 0 0 0 | -1 1
r_elbow_flex | r_elbow_flex_joint | 10 | 1 0 0 | 0 0 0 | -1 1
r_forearm_roll | r_forearm_roll_joint | 10 | 1 0 0 | 0 0 0 | -1 1
r_wrist_flex | r_wrist_flex_joint | 10 | 1 0 0 | 0 0 0 | -1 1
r_wrist_roll | r_wrist_roll_joint | 10 | 1 0 0 | 0 0 0 | -1 1`,
    sites: "finger | r_wrist_roll_link | 0 0 0",
    markers: ["target"],
  }));

test("the check sequence: joints, fingertip and reward are the original's", () =>
  expectGolden(task, {
    start: ({ goal }) => goal.set([0.15, 0.1, -0.1]),
    action: (t) => Array.from({ length: 7 }, (_, i) => 0.5 * Math.sin(0.2 * t + i)),
    read: ({ observation, reward, qpos }) => [...qpos, ...observation.subarray(14, 17), reward],
    rows: {
      0: [0, 0, 0, 0, 0, 0, 0, Number.NaN, Number.NaN, Number.NaN, Number.NaN],
      1: [
        -5.1537374e-6, 0.005067596, 0.14374739, -0.00078090694, -0.15408265, -0.17185311, -0.049884946, 0.82099632,
        -0.60001348, -0.0023043597, -6.341588,
      ],
      5: [
        0.043627817, 0.097451175, 0.77224467, -0.24071549, -1.0878163, -0.88046973, 0.13020507, 0.81660654, -0.61528723,
        -0.014500158, -6.3748123,
      ],
      10: [
        0.24030624, 0.34683446, 0.77850836, -1.1257536, -1.508206, -0.75416724, 1.1626352, 0.71447706, -0.63874302,
        0.0087642259, -6.0922761,
      ],
      25: [
        0.59060487, 0.28010409, -1.08321, -1.9256006, 0.81804095, -0.11112109, 0.47808644, 0.19627869, -0.15610811,
        0.057877325, -1.9822557,
      ],
      50: [
        1.040591, 0.5023792, -0.17075791, -2.2772083, -0.65235137, 0.0090832541, 1.4886987, 0.16615935, -0.25431182,
        0.11763107, -2.6687348,
      ],
    },
  }));

describe("an episode", () => {
  test("begins at rest along +x, with the fingertip at (0.821, −0.6, 0) and a goal in the box", async () => {
    const world = await task.createWorld();
    const goals = Array.from({ length: 200 }, (_, seed) => {
      const { observation, info } = world.reset({ seed });
      expect([...observation.subarray(0, 14)]).toEqual(new Array(14).fill(0));
      for (const [i, place] of [0.821, -0.6, 0].entries()) expect(observation[14 + i]).toBeCloseTo(place, 12);
      expect(info.success).toBe(false);
      return observation.subarray(17);
    });
    for (const [axis, half] of [0.3, 0.2, 0.25].entries()) {
      const { mean, std } = meanAndStd(goals.map((goal) => goal[axis]));
      expect(Math.max(...goals.map((goal) => Math.abs(goal[axis])))).toBeLessThanOrEqual(half);
      // A uniform variable: deviation half/√3, its mean over 200 known to that / √200. Four times that.
      expect(Math.abs(mean)).toBeLessThan((4 * half) / Math.sqrt(600));
      expect(std).toBeCloseTo(half / Math.sqrt(3), 1);
    }
    world.close();
  });

  test("shows the fingertip a physics step behind its joints, as the original does", async () => {
    const world = await task.createWorld();
    world.reset({ seed: 0 });
    for (let t = 0; t < 5; t++) {
      const { observation: s } = world.step([1, 1, 1, -1, 1, -1, 1]);
      const velocity = s.slice(7, 11).map((step) => step / 0.04);
      // qpos before the last substep is qpos − 0.01 s · qvel (semi-implicit Euler).
      const before = s.slice(0, 4).map((angle, i) => angle - 0.01 * velocity[i]);
      const lagging = fingertip([before[0], before[1], before[2], before[3], s[4] - 0.01 * (s[11] / 0.04)]);
      for (let i = 0; i < 3; i++) expect(s[14 + i]).toBeCloseTo(lagging[i], 9);
    }
    world.close();
  });

  test("succeeds where its last state is within 5 cm of the goal", () => {
    const at = (x: number) => [...new Array(14).fill(0), x, 0, 0, 0, 0, 0];
    expect([0.0499, 0.0501].map((x) => task.isSuccess!(at(x)))).toEqual([true, false]);
    expect(task.goalError!.of(at(0.3))).toBeCloseTo(0.3, 15);
    expect([[true, false], [false, true], []].map((flags) => task.episodeSuccess!(flags))).toEqual([
      false,
      true,
      false,
    ]);
  });

  test("pays −‖e‖₁ − 5‖e‖₂ of positions clipped to ±10 m", () => {
    const s = [...new Array(14).fill(0), 0.3, 20, 0, 0, 10, -0.4];
    expect(task.reward([], [], s)).toBeCloseTo(-(0.3 + 0.4) - 5 * 0.5, 12);
  });
});

/** Where the chain of the first five joints puts the fingertip, m. */
function fingertip([q1, q2, q3, q4, q5]: readonly number[]): number[] {
  type M = readonly (readonly number[])[];
  const times = (a: M, b: M) => a.map((row) => [0, 1, 2].map((j) => row.reduce((sum, x, k) => sum + x * b[k][j], 0)));
  const [c, s] = [Math.cos, Math.sin];
  const about = {
    x: (q: number): M => [
      [1, 0, 0],
      [0, c(q), -s(q)],
      [0, s(q), c(q)],
    ],
    y: (q: number): M => [
      [c(q), 0, s(q)],
      [0, 1, 0],
      [-s(q), 0, c(q)],
    ],
    z: (q: number): M => [
      [c(q), -s(q), 0],
      [s(q), c(q), 0],
      [0, 0, 1],
    ],
  };
  const place = [0, -0.6, 0];
  const along = (r: M, length: number) =>
    r.forEach((row, i) => {
      place[i] += row[0] * length;
    });
  let r = about.z(q1);
  along(r, 0.1);
  r = times(times(r, about.y(q2)), about.x(q3));
  along(r, 0.4);
  r = times(times(r, about.y(q4)), about.x(q5));
  along(r, 0.321);
  return place;
}

describe("physics", () => {
  test("random and zero actions return what the original's do", async () => {
    const random = await playPhysics(task, 10_000, randomActions(task));
    expectReturns(random.returns, { mean: -299, std: 60, count: 40 });
    expect(random.successRate).toBeLessThan(0.05);
    const zero = await playPhysics(task, 2000, zeroActions(task));
    expectReturns(zero.returns, { mean: -326, std: 41, count: 40 });
    expect([...zero.touches]).toEqual([]);
    // Stops are soft, as in the original: a light joint at full torque went 0.17 rad beyond; and only hand and table touch.
    for (const [joint, beyond] of Object.entries(random.beyond)) expect(beyond, joint).toBeLessThan(0.2);
    expect([...random.touches.keys()]).toEqual(["world plane, r_wrist_roll_link sphere"]);
  });

  test("stays finite, and near its ranges, when motors are thrown from one end to the other", async () => {
    const extreme = await playPhysics(task, 5000, extremeActions(task));
    for (const [joint, beyond] of Object.entries(extreme.beyond)) expect(beyond, joint).toBeLessThan(0.25);
    expect(extreme.depth).toBeLessThan(0.02);
  });

  test("nothing touches at the start, and without commands the arm stays where it is", async () => {
    expect(await contactsAtReset(task)).toEqual({ depth: 0, count: 0 });
    const world = await task.createWorld();
    const { observation: start } = world.reset({ seed: 0 });
    for (let t = 0; t < 50; t++) expect(world.step(new Array(7).fill(0)).observation).toEqual(start);
    world.close();
  });

  test("a free arm only loses energy", async () => {
    const energies = await freeEnergy(task, 5, 3);
    expect(energies[0]).toBeGreaterThan(10);
    expect(energies.at(-1)).toBeLessThan(1e-3 * energies[0]);
    expect(largestRise(energies)).toBeLessThan(1e-9 * energies[0]);
  });
});

describe("options", () => {
  test("a longer forearm moves the wrist, and weighs as its capsule does", async () => {
    const model = await compileModel(task.id, reacher7dof({ forearm: "1.2" }).mjcf!());
    const capsule = await compileModel(
      "capsule",
      `<mujoco><worldbody><body><freejoint/><geom type="capsule" size="0.05" fromto="0 0 0 ${0.291 * 1.2} 0 0" density="1000"/></body></worldbody></mujoco>`,
    );
    const at = (array: Float64Array, i: number, width: number) => [...array.subarray(i * width, (i + 1) * width)];
    const [forearm, wrist] = [8, 9]; // after the world and the marker
    const nominal = await compileModel(task.id, task.mjcf!());
    expect(at(model.body_pos, wrist, 3)[0]).toBeCloseTo(0.321 * 1.2, 12);
    expect(model.body_mass[forearm]).toBeCloseTo(capsule.body_mass[1], 9);
    expect(at(model.body_ipos, forearm, 3)[0]).toBeCloseTo(at(capsule.body_ipos, 1, 3)[0], 12);
    for (const [i, inertia] of at(capsule.body_inertia, 1, 3).sort().entries())
      expect(at(model.body_inertia, forearm, 3).sort()[i]).toBeCloseTo(inertia, 9);
    for (const body of [2, 3, 4, 5, 6, 7, 9, 10]) expect(model.body_mass[body]).toBe(nominal.body_mass[body]);
    const world = await reacher7dof({ forearm: "1.2" }).createWorld();
    expect(world.reset({ seed: 0 }).observation[14]).toBeCloseTo(0.5 + 0.321 * 1.2, 12);
    world.close();
  });

  test("goals are shifted, and nothing else changes", async () => {
    const worlds = await Promise.all([task, reacher7dof({ goals: "0.1,-0.2,0.05" })].map((each) => each.createWorld()));
    for (let seed = 0; seed < 5; seed++) {
      const [here, there] = worlds.map((world) => world.reset({ seed }).observation);
      expect(there.slice(0, 17)).toEqual(here.slice(0, 17));
      for (const [i, by] of [0.1, -0.2, 0.05].entries()) expect(there[17 + i] - here[17 + i]).toBeCloseTo(by, 12);
    }
    for (const world of worlds) world.close();
  });

  test("a changed arm keeps the contract of tasks", async () => {
    const changed = reacher7dof({ forearm: "0.8", goals: "0.1,0,0" });
    expect((await checkTask(changed)).checks.filter((check) => !check.passed)).toEqual([]);
  });
});
