import type { MjModel } from "@mujoco/mujoco";
import { expect } from "vitest";
import { compileModel, loadMujoco } from "../../../src/envs/mujoco/mujoco-model.js";
import { meanAndStd } from "../../../src/math/statistics.js";
import type { Task, World } from "../../../src/mdp/task.js";
import { type Rng, seeded } from "../../../src/random/rng.js";

/** Numbers at the head of a saved state, before goal, qpos, qvel, act and warm start. */
const HEAD = 6;

/** The parts of a saved state, as views into it. */
export interface StateParts {
  readonly goal: Float64Array;
  readonly qpos: Float64Array;
  readonly qvel: Float64Array;
}

/** Views of a saved state of a task on a compiled model. */
export function partsOf(state: Float64Array, { nq, nv, na }: MjModel): StateParts {
  const at = state.length - nq - 2 * nv - na;
  return {
    goal: state.subarray(HEAD, at),
    qpos: state.subarray(at, at + nq),
    qvel: state.subarray(at + nq, at + nq + nv),
  };
}

/** A sequence of actions and what the original did. */
export interface Golden {
  /** Changes the state that a reset with seed 0 gave, in place. The warm start is cleared. */
  readonly start: (state: StateParts) => void;
  /** The action of step t, from 0. */
  readonly action: (t: number) => readonly number[];
  /** The numbers that a row holds. */
  readonly read: (
    now: StateParts & { readonly observation: Float64Array; readonly reward: number },
  ) => readonly number[];
  /** Rows by steps done; 0 is the start, where `reward` is NaN. NaN in a row is not compared. */
  readonly rows: Readonly<Record<number, readonly number[]>>;
  /** Largest difference of a number below 1, relative above; default 1e-6. */
  readonly within?: number;
}

/** Plays a sequence in the task's own world and compares each row that is given. */
export async function expectGolden(task: Task, { start, action, read, rows, within = 1e-6 }: Golden): Promise<void> {
  const model = await compileModel(task.id, task.mjcf!());
  const world = await task.createWorld();
  world.reset({ seed: 0 });
  const state = world.saveState();
  start(partsOf(state, model));
  state.fill(0, state.length - model.nv);
  world.restoreState(state);
  const compare = (t: number, observation: Float64Array, reward: number) => {
    const row = rows[t];
    if (!row) return;
    const actual = read({ ...partsOf(world.saveState(), model), observation, reward });
    expect(actual.length).toBe(row.length);
    row.forEach((printed, i) => {
      if (Number.isNaN(printed)) return;
      const message = `after ${t} steps, entry ${i}: ${actual[i]}, not ${printed}`;
      expect(Math.abs(actual[i] - printed), message).toBeLessThanOrEqual(within * Math.max(1, Math.abs(printed)));
    });
  };
  compare(0, new Float64Array(task.observation.size).fill(Number.NaN), Number.NaN);
  const last = Math.max(...Object.keys(rows).map(Number));
  for (let t = 0; t < last; t++) {
    const { observation, reward } = world.step(action(t));
    compare(t + 1, observation, reward);
  }
  world.close();
}

/** What many steps of a policy showed. */
export interface PlayedPhysics {
  /** Returns of the whole episodes. */
  readonly returns: readonly number[];
  /** Share of whole episodes that succeeded; NaN where the task defines no success. */
  readonly successRate: number;
  /** How far each limited joint got beyond its range, by name of the joint, rad or m; 0 within. */
  readonly beyond: Readonly<Record<string, number>>;
  /** The deepest that two solids went into each other at the end of a control step, m; 0 or more. */
  readonly depth: number;
  /** How often solids of two bodies touched at the end of a control step: `"FFL12 capsule, valve capsule"`, in the model's order. */
  readonly touches: ReadonlyMap<string, number>;
}

/** Plays `steps` control steps, episode after episode from seed 0 on, and looks at each state. @throws where a number is not finite */
export async function playPhysics(
  task: Task,
  steps: number,
  policy: (t: number, rng: Rng) => ArrayLike<number>,
): Promise<PlayedPhysics> {
  const engine = await engineOf(task);
  const { model, data, mujoco } = engine;
  const world = await task.createWorld();
  const rng = seeded(1);
  const returns: number[] = [];
  let succeeded = 0;
  const beyond = new Float64Array(model.njnt);
  const touches = new Map<string, number>();
  let depth = 0;
  for (let done = 0, seed = 0; done < steps; seed++) {
    world.reset({ seed });
    let total = 0;
    const successes: boolean[] = [];
    for (let over = false, t = 0; !over && done < steps; done++, t++) {
      const step = world.step(policy(t, rng));
      expect(step.observation.every(Number.isFinite) && Number.isFinite(step.reward)).toBe(true);
      const { qpos } = look(world, engine);
      for (let j = 0; j < model.njnt; j++) {
        const [low, high] = [model.jnt_range[2 * j], model.jnt_range[2 * j + 1]];
        const q = qpos[model.jnt_qposadr[j]];
        if (low < high) beyond[j] = Math.max(beyond[j], low - q, q - high);
      }
      for (const { pair, distance } of contactsOf(engine)) {
        touches.set(pair, (touches.get(pair) ?? 0) + 1);
        depth = Math.max(depth, -distance);
      }
      total += step.reward;
      successes.push(step.info.success ?? false);
      over = step.terminated || step.truncated;
      if (!over) continue;
      returns.push(total);
      if (task.episodeSuccess?.(successes)) succeeded++;
    }
  }
  world.close();
  data.delete();
  const names = Array.from({ length: model.njnt }, (_, j) =>
    mujoco.mj_id2name(model, mujoco.mjtObj.mjOBJ_JOINT.value, j),
  );
  return {
    returns,
    successRate: task.episodeSuccess ? succeeded / returns.length : Number.NaN,
    beyond: Object.fromEntries(names.map((name, j) => [name, beyond[j]])),
    depth,
    touches,
  };
}

/** Uniform in the action box. */
export const randomActions = (task: Task) => (_t: number, rng: Rng) =>
  task.action.low.map((low, i) => low + (task.action.high[i] - low) * rng.uniform());
/** Each entry at one end of its range, the other after a random number of steps. */
export const extremeActions = (task: Task) => {
  const now = [...task.action.high];
  return (_t: number, rng: Rng) => {
    for (let i = 0; i < now.length; i++) {
      if (rng.uniform() < 0.3) now[i] = now[i] === task.action.high[i] ? task.action.low[i] : task.action.high[i];
    }
    return now;
  };
};
export const zeroActions = (task: Task) => () => task.action.low.map(() => 0);

/**
 * Returns are about those that the sheet measured on `count` episodes: the means within four standard errors of their
 * difference, the deviations within a half of each other.
 */
export function expectReturns(returns: readonly number[], sheet: { mean: number; std: number; count: number }): void {
  const { mean, std } = meanAndStd(returns);
  const error = Math.sqrt(std ** 2 / returns.length + sheet.std ** 2 / sheet.count);
  expect(Math.abs(mean - sheet.mean), `mean ${mean}, sheet ${sheet.mean}`).toBeLessThan(4 * error);
  expect(Math.abs(Math.log(std / sheet.std)), `deviation ${std}, sheet ${sheet.std}`).toBeLessThan(Math.log(1.5));
}

/** How deep solids are in each other at the start of 20 episodes, m, and how many contacts the engine saw there. */
export async function contactsAtReset(task: Task): Promise<{ readonly depth: number; readonly count: number }> {
  const engine = await engineOf(task);
  const { data } = engine;
  const world = await task.createWorld();
  let [depth, count] = [0, 0];
  for (let seed = 0; seed < 20; seed++) {
    world.reset({ seed });
    look(world, engine);
    for (const { distance } of contactsOf(engine)) {
      count++;
      depth = Math.max(depth, -distance);
    }
  }
  world.close();
  data.delete();
  return { depth, count };
}

/**
 * Energy of the free mechanism, kinetic and potential, J: motors off, from the start of an episode with random velocities
 * (uniform in ± `speed` per degree of freedom), once per physics step.
 */
export async function freeEnergy(task: Task, seconds: number, speed: number): Promise<readonly number[]> {
  const mujoco = await loadMujoco();
  const model = mujoco.MjModel.from_xml_string(task.mjcf!()); // a model of its own, because its flags change
  const { mjDSBL_ACTUATION: off } = mujoco.mjtDisableBit;
  model.opt.disableflags |= off.value;
  model.opt.enableflags |= mujoco.mjtEnableBit.mjENBL_ENERGY.value;
  const data = new mujoco.MjData(model);
  const world = await task.createWorld();
  world.reset({ seed: 0 });
  data.qpos.set(partsOf(world.saveState(), model).qpos);
  world.close();
  const rng = seeded(2);
  data.qvel.set(Float64Array.from({ length: model.nv }, () => speed * (2 * rng.uniform() - 1)));
  const energies: number[] = [];
  for (let t = 0; t * model.opt.timestep < seconds; t++) {
    mujoco.mj_step(model, data);
    energies.push((data.energy as Float64Array)[0] + (data.energy as Float64Array)[1]);
  }
  data.delete();
  model.delete();
  return energies;
}

/** The most that a sequence rises above what it was before. */
export function largestRise(values: readonly number[]): number {
  let [least, rise] = [Number.POSITIVE_INFINITY, 0];
  for (const value of values) {
    least = Math.min(least, value);
    rise = Math.max(rise, value - least);
  }
  return rise;
}

type Engine = Awaited<ReturnType<typeof engineOf>>;

async function engineOf(task: Task) {
  const mujoco = await loadMujoco();
  const model = await compileModel(task.id, task.mjcf!());
  return { mujoco, model, data: new mujoco.MjData(model) };
}

/** Puts an engine of our own into the state of a world and lets it find the contacts. */
function look(world: World, { model, data, mujoco }: Engine): StateParts {
  const parts = partsOf(world.saveState(), model);
  data.qpos.set(parts.qpos);
  mujoco.mj_fwdPosition(model, data);
  return parts;
}

const SHAPES = ["plane", "height field", "sphere", "capsule", "ellipsoid", "cylinder", "box", "mesh"];

/** The contacts that an engine sees: whose solids, and their distance, m, negative within each other. */
function contactsOf({ model, data, mujoco }: Engine) {
  const solid = (geom: number) =>
    `${mujoco.mj_id2name(model, mujoco.mjtObj.mjOBJ_BODY.value, model.geom_bodyid[geom])} ${SHAPES[model.geom_type[geom]]}`;
  const contacts = data.contact;
  const found = Array.from({ length: contacts.size() }, (_, i) => {
    const contact = contacts.get(i)!;
    const { geom1, geom2, dist } = contact;
    contact.delete();
    return { pair: `${solid(geom1)}, ${solid(geom2)}`, distance: dist };
  });
  contacts.delete();
  return found;
}
