import type { MainModule, MjModel } from "@mujoco/mujoco";
import { WorldError } from "../../errors/errors.js";
import type { ModelSource } from "./model-source.js";
import { compileModel, loadMujoco } from "./mujoco-model.js";

export type JointKind = "free" | "ball" | "slide" | "hinge";

/** A joint of a compiled model. */
export interface DescribedJoint {
  /** `joint 3` where it has none. */
  readonly name: string;
  readonly kind: JointKind;
  /** Its first entry of qpos, and of qvel. */
  readonly position: number;
  readonly velocity: number;
  /** Its axis in the frame of its body at rest. */
  readonly axis: readonly [number, number, number];
  /** Whether its body hangs in the world itself. */
  readonly ofRoot: boolean;
}

/** What a task needs to know of a model. */
export interface DescribedModel {
  readonly joints: readonly DescribedJoint[];
  /** Range of each control; null where the model gives none. */
  readonly actuators: readonly { readonly name: string; readonly range: readonly [number, number] | null }[];
  /** Physics step, s. */
  readonly timestep: number;
  /** The pose it begins in, [nq]. */
  readonly pose: readonly number[];
}

const KINDS: readonly JointKind[] = ["free", "ball", "slide", "hinge"];

/**
 * Joints and actuators of a model.
 *
 * @param where how errors call it
 * @throws {WorldError} where it does not compile, nothing in it moves, or nothing moves it
 */
export async function describeModel(where: string, source: string | ModelSource): Promise<DescribedModel> {
  const model = await compileModel(where, source);
  const mujoco = await loadMujoco();
  if (model.njnt === 0) throw new WorldError(where, "has no joint: nothing in it can move", "Add joints to its bodies");
  if (model.nu === 0)
    throw new WorldError(where, "has no actuator: nothing moves it", "Add an <actuator> to the model");
  return {
    joints: Array.from({ length: model.njnt }, (_, i) => ({
      name: nameOf(mujoco, model, "joint", i),
      kind: KINDS[model.jnt_type[i]],
      position: model.jnt_qposadr[i],
      velocity: model.jnt_dofadr[i],
      axis: [0, 1, 2].map((k) => model.jnt_axis[3 * i + k]) as [number, number, number],
      ofRoot: model.body_parentid[model.jnt_bodyid[i]] === 0,
    })),
    actuators: Array.from({ length: model.nu }, (_, i) => ({
      name: nameOf(mujoco, model, "actuator", i),
      range: rangeOf(model.actuator_ctrlrange[2 * i], model.actuator_ctrlrange[2 * i + 1]),
    })),
    timestep: model.opt.timestep,
    pose: Array.from(model.qpos0 as ArrayLike<number>),
  };
}

/** 0 … 0 is MuJoCo's way to say that there is none. */
const rangeOf = (low: number, high: number): readonly [number, number] | null => (low < high ? [low, high] : null);

/** An object without a name has an empty one in the table; asking for it by number gives rubbish. */
function nameOf(mujoco: MainModule, model: MjModel, kind: "joint" | "actuator", i: number): string {
  const [addresses, object] =
    kind === "joint"
      ? [model.name_jntadr, mujoco.mjtObj.mjOBJ_JOINT.value]
      : [model.name_actuatoradr, mujoco.mjtObj.mjOBJ_ACTUATOR.value];
  return model.names[addresses[i]] === 0 ? `${kind} ${i}` : mujoco.mj_id2name(model, object, i);
}
