import { expect, test } from "vitest";
import { checkTask } from "../../../src/envs/check/check-task.js";
import { ERAS } from "../../../src/envs/mujoco/mjcf.js";
import { swimmer } from "../../../src/envs/tasks/swimmer.js";
import { type CompiledValues, expectCompiled, expectRollout, type ReferenceRollout } from "./gym-parity.js";

test.each(ERAS)("swimmer of the %s era compiles to the original's masses and inverse weights", (era) =>
  expectCompiled(swimmer({ era }), COMPILED[era]),
);

test.each(ERAS)("swimmer of the %s era moves as the original does, to the printed digits", (era) =>
  expectRollout(swimmer({ era }), START, ROLLOUT[era]),
);

test("swimmer keeps the contract of tasks: rewards and ends of observations are the world's own", async () => {
  expect((await checkTask(swimmer())).checks.filter((check) => !check.passed)).toEqual([]);
});

test("the swimmer's reward is its displacement in x over 0.04 s less the effort", async () => {
  const world = await swimmer().createWorld();
  world.reset({ seed: 1 });
  const x = () => world.saveState().at(-(5 + 5 + 5))!; // qpos[0], before qvel and the warm start
  for (let t = 0; t < 10; t++) {
    const before = x();
    const { observation, reward } = world.step([2, -0.5]); // executed as [1, −0.5]
    expect(observation[8]).toBeCloseTo((x() - before) / 0.04, 12);
    expect(reward).toBeCloseTo((x() - before) / 0.04 - 0.0001 * 1.25, 12);
  }
  world.close();
});

test("a swimmer begins within ±0.1 of rest and plays 1000 steps", async () => {
  const world = await swimmer().createWorld();
  const { observation } = world.reset({ seed: 2 });
  for (const entry of observation) expect(Math.abs(entry)).toBeLessThanOrEqual(0.1);
  let steps = 1;
  for (let step = world.step([0, 0]); !step.truncated; step = world.step([0, 0])) {
    expect(step.terminated).toBe(false);
    steps++;
  }
  expect(steps).toBe(1000);
  world.close();
});

/** Compiled model values, MuJoCo 3.14.0: total mass in kg, and inverse weights of the bodies without the world. */
const COMPILED: CompiledValues = {
  cylinder: {
    mass: 103.6725576,
    bodyInvweight: [
      [0.01135305, 0.05477855],
      [0.009202612, 0.03576396],
      [0.01136726, 0.0563881],
    ],
    dofInvweight: [0.009636459, 0.1464105, 0.1643356, 0.4172723, 0.4266038],
  },
  exact: {
    mass: 106.8141502,
    bodyInvweight: [
      [0.01096529, 0.05094161],
      [0.008843581, 0.03319015],
      [0.01097825, 0.05233041],
    ],
    dofInvweight: [0.009353299, 0.1362096, 0.1528248, 0.3852933, 0.3933337],
  },
};

/** States after t control steps from `START`, MuJoCo 3.14.0. */
const START = [0, 0, 0, 0, 0];
const ROLLOUT: ReferenceRollout = {
  cylinder: [
    {
      t: 1,
      qpos: [0.00064664049, -0.0047522359, 0.0045489829, -0.014129012, 0.020496521],
      qvel: [0.014230523, -0.2527904, 0.22200456, -0.68315302, 1.0301512],
    },
    {
      t: 2,
      qpos: [0.00095129144, -0.018717928, 0.016235123, -0.051762912, 0.079972159],
      qvel: [-0.0020609983, -0.43814331, 0.35625768, -1.178272, 1.9077298],
    },
    {
      t: 5,
      qpos: [-0.0068940073, -0.077174707, 0.057293289, -0.22266874, 0.39522369],
      qvel: [-0.1448758, -0.41489305, 0.21702683, -1.3997593, 3.0022437],
    },
    {
      t: 10,
      qpos: [-0.05739938, -0.064440565, -0.0083303521, -0.34554716, 0.96101758],
      qvel: [-0.29469517, 0.62233684, -0.93723432, 0.34148364, 2.4641995],
    },
    {
      t: 20,
      qpos: [0.0059480904, 0.49082847, -0.69748957, 0.45274627, 1.4442744],
      qvel: [0.72507164, 1.6242872, -2.0403501, 3.0143537, -0.095325703],
    },
    {
      t: 50,
      qpos: [-0.33368769, 0.63432276, -0.30493122, 1.2594637, -1.1145104],
      qvel: [-0.5047534, -1.5897191, 1.9643866, -2.1623716, -1.2114243],
    },
    {
      t: 100,
      qpos: [-0.2293657, 1.000622, -1.0451618, 1.6858693, 0.22334365],
      qvel: [-0.31809226, 0.47727947, -0.051191523, 1.7850974, -3.814748],
    },
  ],
  exact: [
    {
      t: 1,
      qpos: [0.0006502908, -0.0042544867, 0.0041041975, -0.01297082, 0.018851564],
      qvel: [0.014589686, -0.22833626, 0.20016007, -0.62634286, 0.94962832],
    },
    {
      t: 2,
      qpos: [0.0010051457, -0.016900356, 0.014625087, -0.047501841, 0.073824602],
      qvel: [0.00048095024, -0.39770433, 0.32079857, -1.0826768, 1.7673908],
    },
    {
      t: 5,
      qpos: [-0.0056462178, -0.070457414, 0.051624866, -0.2061247, 0.36901547],
      qvel: [-0.12650318, -0.38489441, 0.19526136, -1.3148311, 2.8371432],
    },
    {
      t: 10,
      qpos: [-0.050692474, -0.059506259, -0.010267794, -0.32577481, 0.90915014],
      qvel: [-0.26616668, 0.5731384, -0.8779521, 0.28651919, 2.3734304],
    },
    {
      t: 20,
      qpos: [0.0039421944, 0.46251807, -0.6602879, 0.41142636, 1.3898558],
      qvel: [0.65933353, 1.5680361, -1.947854, 2.8438631, -0.039116458],
    },
    {
      t: 50,
      qpos: [-0.30366547, 0.66333344, -0.3647318, 1.2941795, -1.0843114],
      qvel: [-0.56904853, -1.4631561, 1.8575253, -2.0002157, -1.1952018],
    },
    {
      t: 100,
      qpos: [-0.2504866, 0.97779262, -1.0020353, 1.6802372, 0.04825044],
      qvel: [-0.43830891, 0.37537437, 0.050492408, 1.6090019, -3.6070631],
    },
  ],
};
