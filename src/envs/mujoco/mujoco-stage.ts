import type { MainModule, MjData, MjModel } from "@mujoco/mujoco";
import { WorldError } from "../../errors/errors.js";
import type { Scene, Stage, Vector3 } from "../../mdp/scene.js";
import type { NumberRow } from "../../mdp/task.js";
import { seeded } from "../../random/rng.js";
import { framed } from "../framing.js";
import { addGeoms, type GeomDefinition, type Places, POSE_SIZE, posesAtOrigin, putPlaces } from "../scene.js";
import { weightOf } from "./contacts.js";
import { loadMujoco, modelOf } from "./mujoco-model.js";
import { sceneOfModel } from "./mujoco-scene.js";
import type { MujocoTaskSpec } from "./mujoco-task.js";
import { readState } from "./mujoco-world.js";

/** How a MuJoCo task looks, beyond its model. Nothing in it has a say in the physics. */
export interface MujocoLooks {
  /** Solids that the model does not have: a target. Bodies that only they name are placed by `placesOf`. */
  readonly geoms?: readonly GeomDefinition[];
  /** Places that follow from the goal numbers of an episode, of bodies of `geoms` or of the model. */
  placesOf?(goal: NumberRow): Places;
  /** The body that the camera goes along with. */
  readonly follows?: string;
  /** What the default view, from the side of everything that is there at rest, gets wrong. */
  readonly camera?: Partial<Scene["camera"]>;
  /**
   * The configuration that an observation shows, where it shows one.
   *
   * @param travelled m, for the positions that the task leaves out
   * @returns qpos and the first of the goal numbers, as many as are seen
   */
  poseOf?(observation: NumberRow, travelled: Vector3): { readonly qpos: NumberRow; readonly goal?: NumberRow };
  /** m/s, see `Stage`. */
  travelSpeed?(observation: NumberRow): Vector3;
}

/**
 * `poseOf` of a task whose observation begins with all of qpos but its first `unseen` entries (x, or x and y).
 *
 * @param nq entries of qpos
 */
export function seenFrom(unseen: number, nq: number): NonNullable<MujocoLooks["poseOf"]> {
  return (observation, travelled) => ({
    qpos: Float64Array.from({ length: nq }, (_, i) => (i < unseen ? travelled[i] : observation[i - unseen])),
  });
}

/** Entries from … to of a row, the last left out. */
export function entries(row: NumberRow, from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => row[from + i]);
}

/**
 * The stage of a MuJoCo task: forward kinematics on a `MjData` of its own.
 *
 * @throws {WorldError} where the model does not compile
 */
export async function openMujocoStage(spec: MujocoTaskSpec): Promise<Stage> {
  const mujoco = await loadMujoco();
  return mujocoStage(spec, mujoco, await modelOf(spec));
}

function mujocoStage(spec: MujocoTaskSpec, mujoco: MainModule, model: MjModel): Stage {
  const looks = spec.looks ?? {};
  const where = `${spec.id}.looks`;
  const world = sceneOfModel(mujoco, model);
  const more = addGeoms(`${where}.geoms`, world.bodies, looks.geoms ?? []);
  const { bodies } = more;
  let data: MjData | undefined = new mujoco.MjData(model);

  // Drawn parameters are goal numbers that no observation shows: those of some start stand in for them.
  const start = spec.start(Float64Array.from(model.qpos0), new Float64Array(model.nv), seeded(0).stream("reset", 0));
  const someGoal = start.goal ?? new Float64Array(0);

  const posesOf = (qpos: NumberRow, goal: NumberRow): Float32Array => {
    if (!data) throw new WorldError(where, "this stage is closed", "Open a new one with openStage()");
    if (qpos.length !== model.nq) {
      throw new WorldError(where, `the model has ${model.nq} positions, got ${qpos.length}`, "Fix poseOf");
    }
    data.qpos.set(qpos);
    spec.applyGoal?.({
      qpos: data.qpos as Float64Array,
      qvel: data.qvel as Float64Array,
      goal: Float64Array.from(someGoal, (entry, i) => goal[i] ?? entry),
      noise: new Float64Array(spec.noiseSize ?? 0),
      trackedVelocity: 0,
      data,
      model,
    });
    mujoco.mj_kinematics(model, data);
    const poses = posesAtOrigin(bodies.length);
    const { xpos, xquat } = data;
    for (let body = 0; body < model.nbody; body++) {
      poses.set(xpos.subarray(3 * body, 3 * body + 3), body * POSE_SIZE);
      poses.set(xquat.subarray(4 * body, 4 * body + 4), body * POSE_SIZE + 3);
    }
    if (looks.placesOf) putPlaces(where, bodies, looks.placesOf(goal), poses);
    return poses;
  };

  const geoms = [...world.geoms, ...more.geoms];
  const atRest = posesOf(Float64Array.from(model.qpos0), someGoal);
  const { poseOf, travelSpeed, follows } = looks;
  const followed = follows === undefined ? undefined : bodies.indexOf(follows);
  if (followed === -1)
    throw new WorldError(`${where}.follows`, `there is no body ${follows}`, "Name a body of the model");
  return {
    scene: {
      bodies,
      ...(bodies.length > model.nbody && { simulated: model.nbody }),
      geoms,
      camera: { ...relativeTo(followed, atRest, framed(geoms, atRest)), ...looks.camera },
      ...(followed !== undefined && { follows: followed }),
      weight: weightOf(model),
    },
    posesOfState(state) {
      const { qpos, goal } = readState(spec, model, state);
      return posesOf(qpos, goal);
    },
    ...(poseOf && {
      posesOfObservation(observation, travelled = [0, 0, 0]) {
        const { qpos, goal = someGoal } = poseOf(observation, travelled);
        return posesOf(qpos, goal);
      },
    }),
    ...(travelSpeed && { travelSpeed }),
    close() {
      if (data && spec.ownModel) model.delete();
      data?.delete();
      data = undefined;
    },
  };
}

/** The same camera, its target's x and y counted from a body's. */
function relativeTo(body: number | undefined, poses: Float32Array, camera: Scene["camera"]): Scene["camera"] {
  if (body === undefined) return camera;
  const [x, y, z] = camera.lookAt;
  return { ...camera, lookAt: [x - poses[body * POSE_SIZE], y - poses[body * POSE_SIZE + 1], z] };
}
