import type { MjData, MjModel } from "@mujoco/mujoco";
import { expect } from "vitest";
import type { Era } from "../../../src/envs/mujoco/mjcf.js";
import { compileModel, loadMujoco } from "../../../src/envs/mujoco/mujoco-model.js";
import type { Task } from "../../../src/mdp/task.js";

/** States after t control steps of the reference rollout, printed to 8 significant digits. */
export type ReferenceRollout = Readonly<
  Record<Era, readonly { readonly t: number; readonly qpos: readonly number[]; readonly qvel: readonly number[] }[]>
>;

/** Of a compiled model: total mass, kg, and inverse weights, the bodies' (translation, rotation) without the world. */
export type CompiledValues = Readonly<
  Record<
    Era,
    {
      readonly mass: number;
      readonly bodyInvweight: readonly (readonly [number, number])[];
      readonly dofInvweight: readonly number[];
    }
  >
>;

/** Relative difference of numbers printed to 7 significant digits: half a unit of the last one, twice for safety. */
function expectPrinted(actual: readonly number[], printed: readonly number[], what: string) {
  expect(actual.length, what).toBe(printed.length);
  for (const [i, value] of printed.entries()) {
    const message = `${what}, entry ${i}: ${actual[i]} against ${value}`;
    expect(Math.abs(actual[i] - value), message).toBeLessThanOrEqual(1e-6 * Math.abs(value));
  }
}

/** The model compiles to the masses and inverse weights of the original. */
export async function expectCompiled(task: Task, values: CompiledValues[Era]) {
  const model = await compileModel(task.id, task.mjcf!());
  const mass = (model.body_mass as Float64Array).reduce((sum, entry) => sum + entry, 0);
  expect(mass).toBeCloseTo(values.mass, 7);
  expectPrinted([...model.body_invweight0].slice(2), values.bodyInvweight.flat(), "body_invweight0");
  expectPrinted([...model.dof_invweight0], values.dofInvweight, "dof_invweight0");
}

/**
 * Plays the reference rollout in the task's own world: from `start` with velocities 0.02 sin(i + 1), the action of
 * step t being ½ a_max sin(0.1 t + i), and compares every row: within 5e-8, and for numbers of 10 and more within half
 * a unit of their 8th digit.
 */
export async function expectRollout(task: Task, start: readonly number[], rows: ReferenceRollout[Era]) {
  const world = await task.createWorld();
  world.reset({ seed: 0 });
  const state = world.saveState(); // ends with qpos, qvel, warm start; nq and nv are those of the rows
  const nv = rows[0].qvel.length;
  const at = state.length - start.length - 2 * nv;
  state.fill(0);
  state.set(start, at);
  for (let i = 0; i < nv; i++) state[at + start.length + i] = 0.02 * Math.sin(i + 1);
  world.restoreState(state);
  const last = rows.at(-1)!.t;
  for (let t = 0; t < last; t++) {
    world.step(task.action.high.map((high, i) => 0.5 * high * Math.sin(0.1 * t + i)));
    const row = rows.find((each) => each.t === t + 1);
    if (!row) continue;
    const now = [...world.saveState()].slice(at, at + start.length + nv);
    const printed = [...row.qpos, ...row.qvel];
    for (const [i, value] of printed.entries()) {
      const half = Math.abs(value) < 10 ? 5e-8 : 5e-7;
      expect(Math.abs(now[i] - value), `t = ${row.t}, entry ${i}: ${now[i]} against ${value}`).toBeLessThan(half);
    }
  }
  world.close();
}

/**
 * Entry `entry` of s′ is the displacement of `position` over the control step, as gym computes it: from what the
 * engine's last forward pass left, without another pass. Compared on an engine of its own, playing beside the world.
 */
export async function expectForwardVelocity(
  task: Task,
  entry: number,
  frameSkip: number,
  position: (data: MjData, model: MjModel) => number,
) {
  const mujoco = await loadMujoco();
  const model = await compileModel(task.id, task.mjcf!());
  const data = new mujoco.MjData(model);
  const world = await task.createWorld();
  world.reset({ seed: 1 });
  const start = world.saveState(); // ends with qpos, qvel, warm start
  const at = start.length - model.nq - 2 * model.nv;
  data.qpos.set(start.subarray(at, at + model.nq));
  data.qvel.set(start.subarray(at + model.nq, at + model.nq + model.nv));
  mujoco.mj_forward(model, data);
  for (let t = 0; t < 15; t++) {
    const before = position(data, model);
    const action = task.action.high.map((high, i) => 0.5 * high * Math.sin(0.3 * t + i));
    data.ctrl.set(action);
    for (let i = 0; i < frameSkip; i++) mujoco.mj_step(model, data);
    const velocity = (position(data, model) - before) / task.controlStep;
    expect(Math.abs(velocity)).toBeGreaterThan(0);
    expect(world.step(action).observation[entry]).toBeCloseTo(velocity, 9);
  }
  data.delete();
  world.close();
}
