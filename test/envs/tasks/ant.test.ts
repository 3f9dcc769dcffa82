import { expect, test } from "vitest";
import { checkTask } from "../../../src/envs/check/check-task.js";
import { ERAS } from "../../../src/envs/mujoco/mjcf.js";
import { ant } from "../../../src/envs/tasks/ant.js";
import {
  type CompiledValues,
  expectCompiled,
  expectForwardVelocity,
  expectRollout,
  type ReferenceRollout,
} from "./gym-parity.js";

test.each(ERAS)("ant of the %s era compiles to the original's masses and inverse weights", (era) =>
  expectCompiled(ant({ era }), COMPILED[era]),
);

test.each(ERAS)("ant of the %s era moves as the original does, to the printed digits", (era) =>
  expectRollout(ant({ era }), START, ROLLOUT[era]),
);

test("ant keeps the contract of tasks: rewards and ends of observations are the world's own", async () => {
  expect((await checkTask(ant())).checks.filter((check) => !check.passed)).toEqual([]);
});

test("an episode begins within the noise of gym, its quaternion of length 1", async () => {
  const world = await ant().createWorld();
  let squares = 0;
  for (let seed = 0; seed < 50; seed++) {
    const { observation } = world.reset({ seed });
    expect(Math.abs(observation[0] - 0.75)).toBeLessThanOrEqual(0.1);
    expect(Math.hypot(...observation.subarray(1, 5))).toBeCloseTo(1, 14);
    for (const joint of observation.subarray(5, 13)) expect(Math.abs(joint)).toBeLessThanOrEqual(0.1);
    expect(observation[27]).toBe(0);
    squares += observation.subarray(13, 27).reduce((sum, velocity) => sum + velocity ** 2, 0);
  }
  // The deviation of 700 velocities, known to 0.1 / √1400 = 0.0027: four times that.
  expect(Math.abs(Math.sqrt(squares / 700) - 0.1)).toBeLessThan(0.011);
  world.close();
});

test("v_fd is the displacement of the torso's frame over 0.05 s, as in gym", () =>
  expectForwardVelocity(ant(), 27, 5, ({ xpos }) => xpos[3]));

test("the ant's reward is v_fd + 1 less the effort of the executed action", async () => {
  const world = await ant().createWorld();
  world.reset({ seed: 2 });
  const { observation, reward } = world.step(new Array(8).fill(-3));
  expect(reward).toBeCloseTo(observation[27] + 1 - 0.5 * 8, 12);
  world.close();
});

test("the ant's state is terminal below 0.2 m, above 1 m, and where it is not finite", () => {
  const at = (height: number, rate = 0) => [height, 1, ...new Array(24).fill(0), rate, 0];
  expect([at(0.2), at(1)].map(ant().isTerminal)).toEqual([false, false]);
  expect([at(0.199), at(1.001), at(0.75, Number.NaN)].map(ant().isTerminal)).toEqual([true, true, true]);
});

test("standing still returns about 993: the plateau every learner starts from", async () => {
  const world = await ant().createWorld();
  world.reset({ seed: 3 });
  let total = 0;
  let steps = 0;
  for (let over = false; !over; steps++) {
    const { reward, terminated, truncated } = world.step(new Array(8).fill(0));
    total += reward;
    over = terminated || truncated;
  }
  expect(steps).toBe(1000);
  expect(Math.abs(total - 993)).toBeLessThan(20); // the fall at the start moves x by up to ±1 m, 20 units of return
  world.close();
});

/** Compiled model values, MuJoCo 3.14.0: total mass in kg, and inverse weights of the bodies without the world. */
const COMPILED: CompiledValues = {
  cylinder: {
    mass: 0.8787101739,
    bodyInvweight: [
      [1.141578, 6.853171],
      [1.224459, 6.853171],
      [1.883578, 7.079698],
      [4.163423, 7.315054],
      [1.224459, 6.853171],
      [1.883578, 7.079698],
      [4.163423, 7.315054],
      [1.224459, 6.853171],
      [1.883578, 7.079698],
      [4.163423, 7.315054],
      [1.224459, 6.853171],
      [1.883578, 7.079698],
      [4.163423, 7.315054],
    ],
    dofInvweight: [
      1.141578, 1.141578, 1.141578, 6.853171, 6.853171, 6.853171, 0.9835338, 0.9954592, 0.9835338, 0.9954592, 0.9835338,
      0.9954592, 0.9835338, 0.9954592,
    ],
  },
  exact: {
    mass: 0.9108800827,
    bodyInvweight: [
      [1.101437, 6.53604],
      [1.180472, 6.53604],
      [1.808776, 6.762166],
      [3.984413, 6.996978],
      [1.180472, 6.53604],
      [1.808776, 6.762166],
      [3.984413, 6.996978],
      [1.180472, 6.53604],
      [1.808776, 6.762166],
      [3.984413, 6.996978],
      [1.180472, 6.53604],
      [1.808776, 6.762166],
      [3.984413, 6.996978],
    ],
    dofInvweight: [
      1.101437, 1.101437, 1.101437, 6.53604, 6.53604, 6.53604, 0.982636, 0.9951024, 0.982636, 0.9951024, 0.982636,
      0.9951024, 0.982636, 0.9951024,
    ],
  },
};

/** States after t control steps from `START`, MuJoCo 3.14.0. */
const START = [0, 0, 0.6, 1, 0, 0, 0, 0, 1, 0, -1, 0, -1, 0, 1];
const ROLLOUT: ReferenceRollout = {
  cylinder: [
    {
      t: 1,
      qpos: [
        0.0022908718, -0.0026528866, 0.58906171, 0.99999259, -0.000032418912, -0.0038117241, 0.00054411003, 0.083442123,
        1.0139161, -0.068491728, -1.0881918, -0.026547772, -0.94035535, 0.00038756609, 1.0781026,
      ],
      qvel: [
        0.06799378, -0.12975316, -0.39237973, 0.32942593, 0.12389839, 0.13623583, 3.2918836, 0.53174379, -2.7183782,
        -3.4655847, -1.0314005, 2.3752194, 0.0059392073, 3.0730254,
      ],
    },
    {
      t: 5,
      qpos: [
        0.016976344, -0.048201679, 0.78833567, 0.99575423, 0.047759032, -0.023819605, 0.075001381, 0.52669705, 1.045024,
        -0.52825966, -1.2230601, -0.34550476, -0.51962526, 0.26197325, 1.2233974,
      ],
      qvel: [
        0.035097774, -0.24037157, 0.12297978, 0.25314991, 0.11978033, 0.45967102, -0.087259535, -1.1049912, 0.13354995,
        0.0075131998, -1.2108893, -0.10761529, 3.4035, -0.0086841592,
      ],
    },
    {
      t: 20,
      qpos: [
        -0.16216207, -0.12056129, 0.443475, 0.98995109, 0.0030688501, -0.12022841, 0.074381147, -0.56796723, 0.52212726,
        -0.52430181, -0.47448614, 0.52512014, -0.52275842, 0.52501882, 1.222268,
      ],
      qvel: [
        0.054048524, 0.10931233, -0.46530051, -0.39971683, 0.25308462, -0.16724652, 1.1341567, 0.00028296261,
        -0.0037415022, 0.15409461, 0.0045756585, 0.0024563248, -0.00077632164, -0.00089013099,
      ],
    },
    {
      t: 100,
      qpos: [
        -0.29684588, -0.56859937, 0.48107567, 0.91325063, -0.10489156, 0.027490453, -0.39270259, -0.52456015,
        0.65774459, 0.52502697, -0.52244986, 0.47722652, -1.2230575, 0.1153883, 0.52212525,
      ],
      qvel: [
        0.089947731, -0.11880996, 0.41509647, 0.11732118, -0.51361093, 0.11524167, 0.00093073834, 2.0585374,
        0.000546153, -0.00073218712, -1.0743693, -0.0005784205, -4.5091699, -0.0003682956,
      ],
    },
  ],
  exact: [
    {
      t: 1,
      qpos: [
        0.0022992919, -0.0026905633, 0.58906655, 0.99999252, -0.000021591941, -0.0038300011, 0.00054468266, 0.083387814,
        1.013912, -0.06844491, -1.0881405, -0.026538046, -0.94038366, 0.00038644122, 1.0780692,
      ],
      qvel: [
        0.067894473, -0.13110911, -0.39153903, 0.32960744, 0.12096998, 0.13613257, 3.2894539, 0.53154149, -2.7162152,
        -3.4624996, -1.0308864, 2.3740257, 0.0058420965, 3.0713787,
      ],
    },
    {
      t: 5,
      qpos: [
        0.016957427, -0.048577523, 0.78596776, 0.99582758, 0.047368252, -0.022735134, 0.074610984, 0.5266887, 1.0449974,
        -0.5282432, -1.2230569, -0.34542276, -0.51963415, 0.26182149, 1.2233928,
      ],
      qvel: [
        0.034469828, -0.24188323, 0.11077412, 0.24718623, 0.1325543, 0.45544066, -0.086937827, -1.1050558, 0.13291188,
        0.0073935756, -1.2104751, -0.10726433, 3.4021485, -0.0085092505,
      ],
    },
    {
      t: 20,
      qpos: [
        -0.13843062, -0.1292753, 0.46098682, 0.98929255, 0.013262517, -0.11379807, 0.09041215, -0.56650305, 0.52212772,
        -0.52426873, -0.48516756, 0.5250815, -0.52278231, 0.52501983, 1.2222681,
      ],
      qvel: [
        -0.21672998, -0.11588936, -0.965255, -0.59785376, -0.51990332, -0.69921301, 1.0859417, 0.00018890038,
        0.00025915398, 0.39599693, 0.000024763944, -0.00061435385, -0.00077959064, -0.0010361841,
      ],
    },
    {
      t: 100,
      qpos: [
        -0.27755962, -0.56645627, 0.4802494, 0.90507891, -0.10417501, 0.030166833, -0.41118086, -0.52456642, 0.65292458,
        0.52502674, -0.52244305, 0.47578075, -1.2230565, 0.11492859, 0.5221243,
      ],
      qvel: [
        0.11513945, -0.11267105, 0.33134264, 0.19904662, -0.57124466, 0.13761778, 0.0013798344, 2.0293016,
        0.00038475912, -0.0015180057, -1.0754596, -0.00071214538, -4.5101003, -0.00028803405,
      ],
    },
  ],
};
