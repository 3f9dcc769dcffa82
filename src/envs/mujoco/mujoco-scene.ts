import type { MainModule, MjModel } from "@mujoco/mujoco";
import type { Scene, SceneGeom, Vector3 } from "../../mdp/scene.js";
import { CLAY, STONE } from "../scene.js";

/** Shapes by the engine's number; height fields and signed distance fields are not among them. */
const SHAPES: Readonly<Record<number, SceneGeom["shape"]>> = {
  0: "plane",
  2: "sphere",
  3: "capsule",
  4: "ellipsoid",
  5: "cylinder",
  6: "box",
  7: "mesh",
};

/** Groups that MuJoCo's own viewer shows; models keep solids that are only there for contacts in groups from 3 on. */
const SHOWN_GROUPS = 3;

/** MuJoCo's grey, which a solid has that the model gives no colour. */
const GREY = 0.5;

/**
 * The bodies and solids of a compiled model. Solids of groups 3 and up, and those with opacity 0, are not to be seen
 * and left out. A solid without a colour has that of its material; one without either is clay, and stone where it is a plane.
 */
export function sceneOfModel(mujoco: MainModule, model: MjModel): Pick<Scene, "bodies" | "geoms"> {
  const object = { body: mujoco.mjtObj.mjOBJ_BODY.value, geom: mujoco.mjtObj.mjOBJ_GEOM.value };
  // An object without a name has an empty one in the table; asking for it by number gives rubbish.
  const nameOf = (kind: keyof typeof object, addresses: ArrayLike<number>, i: number): string =>
    model.names[addresses[i]] === 0 ? `${kind} ${i}` : mujoco.mj_id2name(model, object[kind], i);
  const bodies = Array.from({ length: model.nbody }, (_, i) => nameOf("body", model.name_bodyadr, i));
  const geoms: SceneGeom[] = [];
  for (let i = 0; i < model.ngeom; i++) {
    const shape = SHAPES[model.geom_type[i]];
    const color = colorOf(model, i);
    if (shape === undefined || model.geom_group[i] >= SHOWN_GROUPS || color[3] === 0) continue;
    geoms.push({
      name: nameOf("geom", model.name_geomadr, i),
      body: model.geom_bodyid[i],
      shape,
      size: row(model.geom_size, i, 3) as unknown as Vector3,
      position: row(model.geom_pos, i, 3) as unknown as Vector3,
      quaternion: row(model.geom_quat, i, 4) as unknown as SceneGeom["quaternion"],
      color,
      ...(shape === "mesh" && meshOf(model, model.geom_dataid[i])),
    });
  }
  return { bodies, geoms };
}

function colorOf(model: MjModel, geom: number): SceneGeom["color"] {
  const own = row(model.geom_rgba, geom, 4) as unknown as SceneGeom["color"];
  const isPlain = own[0] === GREY && own[1] === GREY && own[2] === GREY && own[3] === 1;
  const material: number = model.geom_matid[geom];
  if (!isPlain) return own;
  if (material >= 0) return row(model.mat_rgba, material, 4) as unknown as SceneGeom["color"];
  return SHAPES[model.geom_type[geom]] === "plane" ? STONE : CLAY;
}

function meshOf(model: MjModel, mesh: number): Pick<Required<SceneGeom>, "vertices" | "faces"> {
  const [vertex, vertices] = [model.mesh_vertadr[mesh], model.mesh_vertnum[mesh]];
  const [face, faces] = [model.mesh_faceadr[mesh], model.mesh_facenum[mesh]];
  return {
    vertices: Array.from(model.mesh_vert.subarray(3 * vertex, 3 * (vertex + vertices)) as Float32Array),
    faces: Array.from(model.mesh_face.subarray(3 * face, 3 * (face + faces)) as Int32Array),
  };
}

/** Row `i` of a table of the engine, as plain numbers; float32 entries are rounded to the digits they have. */
function row(table: Float32Array | Float64Array, i: number, width: number): number[] {
  return Array.from(table.subarray(i * width, (i + 1) * width), (entry) => Number(entry.toPrecision(7)));
}
