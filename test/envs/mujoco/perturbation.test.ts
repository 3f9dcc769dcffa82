import { describe, expect, test } from "vitest";
import { checkTask } from "../../../src/envs/check/check-task.js";
import { createTask, taskIds } from "../../../src/envs/index.js";
import { compileModel } from "../../../src/envs/mujoco/mujoco-model.js";
import { PERTURBATIONS } from "../../../src/envs/mujoco/perturbation.js";
import { ConfigError } from "../../../src/errors/errors.js";
import type { Task } from "../../../src/mdp/task.js";
import { seeded } from "../../../src/random/rng.js";

/** Observations of an episode with actions that do not depend on what happens. */
async function played(task: Task, steps: number): Promise<number[]> {
  const world = await task.createWorld();
  const rng = seeded(3);
  world.reset({ seed: 2 });
  const seen: number[] = [];
  for (let t = 0; t < steps; t++) {
    seen.push(...world.step(task.action.high.map((high) => 0.5 * high * (2 * rng.uniform() - 1))).observation);
  }
  world.close();
  return seen;
}
const perturbed = (id: string, factors: Record<string, number>) => createTask(id).perturbed!(factors);

describe("a perturbed world", () => {
  test("with mass, damping and motors multiplied alike moves as before: only their ratios count (pendulum)", async () => {
    const plain = await played(createTask("inverted-pendulum"), 15);
    const scaled = await played(perturbed("inverted-pendulum", { mass: 3, damping: 3, gear: 3 }), 15);
    scaled.forEach((x, i) => {
      expect(x).toBeCloseTo(plain[i], 9);
    });
    for (const name of ["mass", "damping", "gear"]) {
      const other = await played(perturbed("inverted-pendulum", { [name]: 3 }), 15);
      expect(Math.max(...other.map((x, i) => Math.abs(x - plain[i])))).toBeGreaterThan(1e-3);
    }
  });

  test("falls as much faster as gravity is multiplied, whatever its masses (hopper, in the air)", async () => {
    for (const [factors, g] of [
      [{ gravity: 0.5 }, 9.81 / 2],
      [{ gravity: 0.5, mass: 4 }, 9.81 / 2],
      [{ mass: 4 }, 9.81],
    ] as const) {
      const world = await perturbed("hopper", factors).createWorld();
      world.reset({ seed: 1 });
      const state = world.saveState();
      state[6 + 1] = 3; // height, after the six numbers at the head and no goal
      state.fill(0, 6 + 6, 6 + 12); // at rest
      world.restoreState(state);
      const before = world.saveState()[6 + 1];
      world.step([0, 0, 0]);
      const time = createTask("hopper").controlStep;
      expect(world.saveState()[6 + 1] - before).toBeCloseTo((-g * time * time) / 2, 4);
      world.close();
    }
  });

  test("has the model's numbers multiplied, and what the engine derives from them brought up to date", async () => {
    const mjcf = createTask("hopper").mjcf!();
    const plain = await compileModel("hopper", mjcf);
    const heavy = await compileModel("hopper", mjcf, { mass: 1.3, friction: 0.7 });
    const ratio = (name: "body_mass" | "body_inertia" | "body_subtreemass" | "geom_friction", by: number) => {
      const [a, b] = [plain[name] as Float64Array, heavy[name] as Float64Array];
      a.forEach((x, i) => {
        expect(b[i]).toBeCloseTo(by * x, 10);
      });
    };
    for (const name of ["body_mass", "body_inertia", "body_subtreemass"] as const) ratio(name, 1.3);
    ratio("geom_friction", 0.7);
    expect(await compileModel("hopper", mjcf)).toBe(plain);
    expect(await compileModel("hopper", mjcf, { mass: 1.3, friction: 0.7 })).toBe(heavy);
  });

  test("leaves the plain one as it is, and adds up when perturbed again", async () => {
    const before = await played(createTask("hopper"), 10);
    const twice = await played(perturbed("hopper", { mass: 2 }).perturbed!({ mass: 1.5, friction: 0.5 }), 10);
    expect(await played(perturbed("hopper", { mass: 3, friction: 0.5 }), 10)).toEqual(twice);
    expect(await played(createTask("hopper"), 10)).toEqual(before);
    expect(twice).not.toEqual(before);
  });

  test.each(["hopper", "inverted-pendulum"])("of %s keeps the contract of tasks", async (id) => {
    const report = await checkTask(perturbed(id, { mass: 1.5 }), undefined, { steps: 200 });
    expect(report.checks.filter(({ passed }) => !passed)).toEqual([]);
  });

  test.each(taskIds())("can be made of %s where it is a MuJoCo model", async (id) => {
    const task = createTask(id);
    if (task.perturbed === undefined) return expect(task.mjcf).toBeUndefined();
    const world = await task.perturbed({ mass: 1.2 }).createWorld();
    world.reset({ seed: 0 });
    world.close();
  });
});

describe("refused:", () => {
  test.each([
    [{ mas: 2 }, /^perturb mas: there is no such quantity\. Did you mean "mass"\?/],
    [{ constructor: 2 }, /there is no such quantity/],
    [{ mass: 0 }, /^perturb mass: must be a finite factor, above 0, got 0\./],
    [{ friction: -1 }, /must be a finite factor, at least 0, got -1/],
    [{ gear: Number.NaN }, /got NaN/],
    [{ gravity: Number.POSITIVE_INFINITY }, /got Infinity/],
  ])("%o", (factors, message) => {
    expect(() => perturbed("hopper", factors)).toThrow(ConfigError);
    expect(() => perturbed("hopper", factors)).toThrow(message);
  });

  test("a quantity that the model does not have: nothing touches anything on the pendulum's rail", async () => {
    const world = perturbed("inverted-pendulum", { friction: 0.5 }).createWorld();
    await expect(world).rejects.toThrow(
      /^perturb friction: inverted-pendulum-v2 has none: .* Others are mass, damping/,
    );
    expect(Object.keys(PERTURBATIONS)).toEqual(["mass", "friction", "damping", "gear", "gravity"]);
  });
});
