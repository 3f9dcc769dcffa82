import type { MainModule, MjData, MjModel } from "@mujoco/mujoco";
import { ConfigError, WorldError } from "../../errors/errors.js";
import type { Contact, Vector3 } from "../../mdp/scene.js";
import type { NumberRow, World, WorldStep } from "../../mdp/task.js";
import { seeded } from "../../random/rng.js";
import { clipAction } from "../action.js";
import { contactsOf } from "./contacts.js";
import { loadMujoco, modelOf } from "./mujoco-model.js";
import type { MujocoTaskSpec, Simulation } from "./mujoco-task.js";

/** Addresses in qpos at which a quaternion begins. */
function quaternionAddresses(model: MjModel): readonly number[] {
  const FREE = 0;
  const BALL = 1;
  const types: ArrayLike<number> = model.jnt_type;
  const addresses: ArrayLike<number> = model.jnt_qposadr;
  const found: number[] = [];
  for (let joint = 0; joint < types.length; joint++) {
    if (types[joint] === FREE) found.push(addresses[joint] + 3);
    if (types[joint] === BALL) found.push(addresses[joint]);
  }
  return found;
}

/** Numbers at the head of a saved state: seed, episode, steps, time, tracked, trackedVelocity. */
const HEAD_SIZE = 6;

/**
 * The rows of a saved state of `MujocoWorld`, as views.
 *
 * @throws {WorldError} where it has another size than this task's states
 */
export function readState(spec: MujocoTaskSpec, { nq, nv, na }: MjModel, state: Float64Array) {
  const goalSize = spec.goalSize ?? 0;
  const size = HEAD_SIZE + goalSize + nq + na + 2 * nv;
  if (state.length !== size) {
    throw new WorldError(
      spec.id,
      `a saved state of this task has ${size} numbers, got ${state.length}`,
      "Restore a state that was saved from the same task",
    );
  }
  let at = HEAD_SIZE;
  const next = (count: number) => state.subarray(at, (at += count));
  return { goal: next(goalSize), qpos: next(nq), qvel: next(nv), act: next(na), warmStart: next(nv) };
}

/**
 * A world on a MuJoCo model: one `MjData`, played as the spec says.
 *
 * A start without a seed is drawn from the stream ("reset", episode number) of the last seed given, so that chance
 * needs no more state than two numbers. A saved state is
 *
 *   seed, episode, steps, time, tracked, trackedVelocity, goal, qpos, qvel, act, qacc_warmstart
 *
 * and continues bit for bit: the constraint solver starts from qacc_warmstart, and nothing else is carried from
 * step to step by models without actuator delays, whose mocap bodies stay where `applyGoal` puts them.
 */
export class MujocoWorld implements World {
  readonly #spec: MujocoTaskSpec;
  readonly #mujoco: MainModule;
  readonly #model: MjModel;
  readonly #quaternions: readonly number[];
  readonly #simulation: Simulation;
  #data: MjData | undefined;
  #seed = 0;
  #episode = -1;
  #steps = 0;
  #started = false;
  #tracked = 0;
  #trackedVelocity = 0;
  readonly #goal: Float64Array;
  readonly #noise: Float64Array;

  /** Loads the engine and compiles the model where that has not happened yet. */
  static async create(spec: MujocoTaskSpec): Promise<MujocoWorld> {
    const mujoco = await loadMujoco();
    return new MujocoWorld(spec, mujoco, await modelOf(spec));
  }

  private constructor(spec: MujocoTaskSpec, mujoco: MainModule, model: MjModel) {
    const { timestep } = model.opt;
    if (model.nu !== spec.action.size || Math.abs(timestep - spec.timestep) > 1e-12) {
      throw new WorldError(
        spec.id,
        `the model has ${model.nu} controls and a physics step of ${timestep} s, the task says ${spec.action.size} and ${spec.timestep} s`,
        "Make the MJCF source and the task agree",
      );
    }
    this.#spec = spec;
    this.#mujoco = mujoco;
    this.#model = model;
    this.#quaternions = quaternionAddresses(model);
    this.#data = new mujoco.MjData(model);
    this.#goal = new Float64Array(spec.goalSize ?? 0);
    this.#noise = new Float64Array(spec.noiseSize ?? 0);
    const world = this;
    this.#simulation = {
      get qpos() {
        return world.#open().qpos as Float64Array;
      },
      get qvel() {
        return world.#open().qvel as Float64Array;
      },
      get goal() {
        return world.#goal;
      },
      get noise() {
        return world.#noise;
      },
      get trackedVelocity() {
        return world.#trackedVelocity;
      },
      get data() {
        return world.#open();
      },
      model,
    };
  }

  #open(): MjData {
    if (this.#data) return this.#data;
    throw new WorldError(this.#spec.id, "this world is closed", "Make a new one with createWorld()");
  }

  reset(options: { readonly seed?: number } = {}): ReturnType<World["reset"]> {
    const spec = this.#spec;
    const data = this.#open();
    if (options.seed !== undefined) {
      if (!Number.isSafeInteger(options.seed)) {
        throw new ConfigError(`${spec.id}.reset.seed`, `must be an integer, got ${options.seed}`, "Give an integer");
      }
      this.#seed = options.seed;
      this.#episode = -1;
    }
    this.#episode++;
    const rng = seeded(this.#seed).stream("reset", this.#episode);
    this.#mujoco.mj_resetData(this.#model, data);
    const start = spec.start(Float64Array.from(data.qpos), Float64Array.from(data.qvel), rng);
    const goal = start.goal ?? new Float64Array(0);
    if (
      start.qpos.length !== this.#model.nq ||
      start.qvel.length !== this.#model.nv ||
      goal.length !== this.#goal.length
    ) {
      throw new WorldError(
        `${spec.id}.start`,
        `gave ${start.qpos.length} positions, ${start.qvel.length} velocities and ${goal.length} goal numbers`,
        `Give ${this.#model.nq}, ${this.#model.nv} and ${this.#goal.length}`,
      );
    }
    for (const at of this.#quaternions) normalize(start.qpos, at);
    data.qpos.set(start.qpos);
    data.qvel.set(start.qvel);
    this.#goal.set(goal);
    spec.applyGoal?.(this.#simulation);
    this.#mujoco.mj_forward(this.#model, data);
    this.#steps = 0;
    this.#started = true;
    this.#drawNoise();
    this.#trackedVelocity = 0;
    this.#tracked = spec.track?.(this.#simulation) ?? 0;
    return { observation: spec.observe(this.#simulation), info: this.#info() };
  }

  step(action: NumberRow): WorldStep {
    const spec = this.#spec;
    const data = this.#open();
    if (!this.#started) throw new WorldError(spec.id, "step before the first reset", "Call reset() first");
    const executed = clipAction(spec, action);
    const controlStep = spec.frameSkip * spec.timestep;
    const before = {
      qpos: Float64Array.from(data.qpos),
      qvel: Float64Array.from(data.qvel),
      tracked: this.#tracked,
    };
    if (spec.control) spec.control(executed, this.#simulation, data.ctrl as Float64Array);
    else data.ctrl.set(executed);
    this.#steps++;
    this.#advance(data);
    this.#drawNoise();
    this.#tracked = spec.track?.(this.#simulation) ?? 0;
    this.#trackedVelocity = (this.#tracked - before.tracked) / controlStep;
    const after = this.#simulation;
    const terminated = spec.simulated.isTerminal(after);
    return {
      observation: spec.observe(after),
      reward: spec.simulated.reward({ before, after, tracked: this.#tracked, action: executed, controlStep }),
      terminated,
      truncated: !terminated && this.#steps >= spec.horizon,
      info: this.#info(),
    };
  }

  #info(): WorldStep["info"] {
    const success = this.#spec.simulated.isSuccess?.(this.#simulation);
    return success === undefined ? {} : { success };
  }

  /** Runs the engine for one control step. @throws {WorldError} where it breaks off, or the state is beyond use */
  #advance(data: MjData): void {
    let cause: unknown;
    try {
      for (let i = 0; i < this.#spec.frameSkip; i++) this.#mujoco.mj_step(this.#model, data);
      if (isUsable(data.qpos) && isUsable(data.qvel)) return;
    } catch (error) {
      cause = error;
    }
    this.#started = false;
    throw new WorldError(
      this.#spec.id,
      `the state blew up in control step ${this.#steps}`,
      "Reset the world, and look at the actions that led here",
      { cause },
    );
  }

  saveState(): Float64Array {
    const data = this.#open();
    if (!this.#started) {
      throw new WorldError(this.#spec.id, "there is no state to save before the first reset", "Call reset() first");
    }
    const head = [this.#seed, this.#episode, this.#steps, data.time, this.#tracked, this.#trackedVelocity];
    return Float64Array.of(...head, ...this.#goal, ...data.qpos, ...data.qvel, ...data.act, ...data.qacc_warmstart);
  }

  restoreState(state: Float64Array): void {
    const data = this.#open();
    const { goal, qpos, qvel, act, warmStart } = readState(this.#spec, this.#model, state);
    this.#mujoco.mj_resetData(this.#model, data);
    this.#goal.set(goal);
    data.qpos.set(qpos);
    data.qvel.set(qvel);
    data.act.set(act);
    this.#spec.applyGoal?.(this.#simulation);
    // Fills derived quantities (body positions, …) for whoever looks, and may move the warm start: that comes after.
    this.#mujoco.mj_forward(this.#model, data);
    data.qacc_warmstart.set(warmStart);
    data.time = state[3];
    this.#seed = state[0];
    this.#episode = state[1];
    this.#steps = state[2];
    this.#tracked = state[4];
    this.#trackedVelocity = state[5];
    this.#started = true;
    this.#drawNoise();
  }

  /** A function of seed, episode and step, so that a saved state need not hold it. */
  #drawNoise(): void {
    if (this.#noise.length === 0) return;
    const rng = seeded(this.#seed).stream("noise", this.#episode, this.#steps);
    for (let i = 0; i < this.#noise.length; i++) this.#noise[i] = 2 * rng.uniform() - 1;
  }

  pull(body: number, force: Vector3, point: Vector3): void {
    const data = this.#open();
    if (!Number.isInteger(body) || body < 0 || body >= this.#model.nbody) {
      throw new WorldError(this.#spec.id, `there is no body ${body} to pull at`, `Give 0 to ${this.#model.nbody - 1}`);
    }
    const centre = data.xipos.subarray(3 * body, 3 * body + 3);
    const [x, y, z] = [point[0] - centre[0]!, point[1] - centre[1]!, point[2] - centre[2]!];
    const [fx, fy, fz] = force;
    data.xfrc_applied.fill(0);
    // MuJoCo takes a force at the centre of mass and a torque: that of the lever from there to the point.
    data.xfrc_applied.set([fx, fy, fz, y * fz - z * fy, z * fx - x * fz, x * fy - y * fx], 6 * body);
  }

  contacts(): readonly Contact[] {
    return contactsOf(this.#mujoco, this.#model, this.#open());
  }

  goal(): Float64Array {
    return this.#goal.slice();
  }

  moveGoal(goal: NumberRow): void {
    if (goal.length !== this.#goal.length) {
      throw new WorldError(
        this.#spec.id,
        `a goal of this task has ${this.#goal.length} numbers, got ${goal.length}`,
        "Give as many as goal() does",
      );
    }
    this.#goal.set(goal);
    this.#spec.applyGoal?.(this.#simulation);
  }

  close(): void {
    if (!this.#data) return;
    this.#data.delete();
    this.#data = undefined;
    if (this.#spec.ownModel) this.#model.delete();
  }
}

/** Whether all numbers are within ±1e10, the engine's own bound for a state gone bad (mjMAXVAL); NaN is not. */
function isUsable(row: Float64Array): boolean {
  for (let i = 0; i < row.length; i++) if (!(Math.abs(row[i]) <= 1e10)) return false;
  return true;
}

/** Brings the quaternion at `at` to length 1, in place. The engine no longer does so in qpos (since 3.2). */
function normalize(qpos: Float64Array, at: number): void {
  const length = Math.hypot(qpos[at], qpos[at + 1], qpos[at + 2], qpos[at + 3]);
  for (let i = at; i < at + 4; i++) qpos[i] = qpos[i] / length;
}
