import type { MjModel } from "@mujoco/mujoco";
import { expect } from "vitest";
import { compileModel, loadMujoco } from "../../../src/envs/mujoco/mujoco-model.js";
import type { Task } from "../../../src/mdp/task.js";

/**
 * A model as its fact sheet prints it: tables as text, one row a line, cells between bars, without headings. Empty cells
 * are not compared. Numbers are compared to the digits printed (ten, or what `digits` says).
 *
 *   bodies         name | parent | pos | quat | mass or "static" | centre of mass | quat of the inertia's axes | diagonal inertia
 *   joints         name | body | "hinge", "slide", "ball" or "free" | axis | range | damping | armature | frictionloss | margin
 *   contactClasses class | contype | conaffinity | condim | friction | margin | gap | solref | solimp
 *   geoms          what | bodies, separated by commas | shape | size | pos | quat | class
 *   actuators      name | joint | gear | gainprm 0–2 | biasprm 0–2 | ctrlrange
 *   sites          name | body | pos
 *   vertices       mesh | corner in the frame of its body, to 1e-7 m, the corners of a mesh in any order
 *   pairs          geom | geom | condim | friction | margin | solref | solimp
 *   tendons        name | joints, separated by commas | their coefficients | limits | margin
 *
 * A mesh has its name in place of its size, and its place is that of its vertices.
 * Names are the model's own. A quaternion and its negative are the same; an inertia is compared as a tensor in the frame
 * of its body, so its axes may be named in any order. `geoms` lists all that collide: every other geom must have contype
 * and conaffinity 0. `static` bodies are fixed to the world, and only their frames are compared.
 */
export interface ModelTables {
  readonly option: Readonly<Partial<Record<OptionName, readonly number[]>>>;
  readonly bodies: string;
  readonly joints: string;
  readonly contactClasses: string;
  readonly geoms: string;
  readonly actuators: string;
  readonly sites?: string;
  readonly vertices?: string;
  readonly pairs?: string;
  readonly tendons?: string;
  /** Bodies of ours that the original does not have: markers. They may not collide. */
  readonly markers?: readonly string[];
  /** solref and solimp of joint limits, where they are not the engine's default. */
  readonly limits?: { readonly solref: readonly number[]; readonly solimp: readonly number[] };
  /** Relative difference that a printed number may have; default 1e-9 (ten digits). */
  readonly digits?: number;
}

type OptionName =
  | "timestep"
  | "gravity"
  | "integrator"
  | "cone"
  | "solver"
  | "jacobian"
  | "iterations"
  | "tolerance"
  | "noslip_iterations"
  | "noslip_tolerance"
  | "ls_iterations"
  | "impratio"
  | "density"
  | "viscosity";

/** Values of enumerations in `option`. */
export const [EULER, PYRAMIDAL, ELLIPTIC, NEWTON, DENSE, AUTO] = [0, 0, 1, 2, 0, 2] as const;
const JOINT_TYPES = ["free", "ball", "slide", "hinge"];
const SHAPES: Readonly<Record<string, number>> = {
  plane: 0,
  sphere: 2,
  capsule: 3,
  ellipsoid: 4,
  cylinder: 5,
  box: 6,
  mesh: 7,
};

/** Rows of cells. */
const rowsOf = (table: string): string[][] =>
  table
    .trim()
    .split("\n")
    .map((line) => line.split("|").map((cell) => cell.trim()));
const numbers = (cell: string | undefined): number[] => (cell ?? "").split(/\s+/).filter(Boolean).map(Number);

/** Names by index. Unnamed objects are "". */
async function namesOf(
  model: MjModel,
  kind: "BODY" | "JOINT" | "GEOM" | "SITE" | "ACTUATOR" | "TENDON" | "MESH",
  count: number,
) {
  const mujoco = await loadMujoco();
  const type = mujoco.mjtObj[`mjOBJ_${kind}`].value;
  // The engine's answer for an unnamed object is not to be trusted: a name counts if it leads back to the object.
  return Array.from({ length: count }, (_, i) => {
    const name = mujoco.mj_id2name(model, type, i);
    return mujoco.mj_name2id(model, type, name) === i ? name : "";
  });
}

type Matrix = readonly (readonly number[])[];

/** R of a quaternion w x y z, brought to length 1. */
function rotation(quat: readonly number[]): Matrix {
  const length = Math.hypot(...quat);
  const [w, x, y, z] = quat.map((entry) => entry / length) as [number, number, number, number];
  return [
    [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
    [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
    [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
  ];
}

/** R diag(d) Rᵀ, row-major. */
function tensor(quat: readonly number[], diagonal: readonly number[]): number[] {
  const r = rotation(quat);
  return [0, 1, 2].flatMap((i) => [0, 1, 2].map((j) => diagonal.reduce((sum, d, k) => sum + r[i][k] * d * r[j][k], 0)));
}

/** What is wrong with the corners of a mesh: each printed one must be there, and no other. */
function misplacedCorners(model: MjModel, mesh: number, name: string, rows: readonly string[][]): string[] {
  const geom = (model.geom_dataid as Int32Array).indexOf(mesh);
  const r = rotation(Array.from((model.geom_quat as Float64Array).subarray(4 * geom, 4 * geom + 4)));
  const at = (model.geom_pos as Float64Array).subarray(3 * geom, 3 * geom + 3);
  const first = model.mesh_vertadr[mesh];
  const actual = Array.from({ length: model.mesh_vertnum[mesh] }, (_, k) => {
    const v = (model.mesh_vert as Float32Array).subarray(3 * (first + k), 3 * (first + k) + 3);
    return r.map((row, i) => at[i] + row[0] * v[0] + row[1] * v[1] + row[2] * v[2]);
  });
  const printed = rows.filter(([of]) => of === name).map(([, corner]) => numbers(corner));
  const missing = printed.filter(
    (corner) => !actual.some((each) => corner.every((x, i) => Math.abs(x - each[i]) <= 1e-7)),
  );
  const count = actual.length === printed.length ? [] : [`${name}: ${actual.length} corners, not ${printed.length}`];
  return [...count, ...missing.map((corner) => `${name}: there is no corner at ${corner.join(" ")}`)];
}

/** Compares the compiled model of a task with the tables; every difference is in the message. */
export async function expectModel(task: Task, tables: ModelTables): Promise<void> {
  const model = await compileModel(task.id, task.mjcf!());
  const digits = tables.digits ?? 1e-9;
  const wrong: string[] = [];
  /** Entries may differ by the last printed digit of the largest of them. */
  const same = (what: string, actual: ArrayLike<number>, printed: readonly number[], scale?: number) => {
    const size = scale ?? Math.max(...printed.map(Math.abs), 1e-300);
    const off = printed.some((value, i) => !(Math.abs(actual[i] - value) <= digits * size));
    if (off || actual.length !== printed.length)
      wrong.push(`${what}: ${Array.from(actual).join(" ")}, not ${printed.join(" ")}`);
  };
  const equal = (what: string, actual: unknown, wanted: unknown) => {
    if (actual !== wanted) wrong.push(`${what}: ${actual}, not ${wanted}`);
  };
  const slice = (array: Float64Array, i: number, width: number) =>
    Array.from(array.subarray(i * width, (i + 1) * width));
  const quat = (what: string, actual: readonly number[], printed: readonly number[]) =>
    same(what, rotation(actual).flat(), rotation(printed).flat(), 4);

  const option = model.opt as unknown as Readonly<Record<string, number | Float64Array>>;
  for (const [name, printed] of Object.entries(tables.option)) {
    const actual = option[name];
    same(name, typeof actual === "number" ? [actual] : actual, printed);
  }
  const mujoco = await loadMujoco();
  const { mjDSBL_NATIVECCD: native, mjDSBL_MULTICCD: multi, mjDSBL_AUTORESET: reset } = mujoco.mjtDisableBit;
  equal("disable flags", model.opt.disableflags, native.value | multi.value | reset.value);
  equal("enable flags", model.opt.enableflags, 0);

  const bodies = await namesOf(model, "BODY", model.nbody);
  const markers = tables.markers ?? [];
  const bodyRows = rowsOf(tables.bodies);
  const wanted = ["world", ...markers, ...bodyRows.map(([name]) => name)];
  equal("bodies", [...bodies].sort().join(" "), [...wanted].sort().join(" "));
  let mass = 0;
  for (const [name, parent, pos, orientation, kg, com, axes, diagonal] of bodyRows) {
    const i = bodies.indexOf(name);
    if (i < 0) continue;
    equal(`${name}: parent`, bodies[model.body_parentid[i]], parent);
    same(`${name}: pos`, slice(model.body_pos, i, 3), numbers(pos), 1);
    quat(`${name}: quat`, slice(model.body_quat, i, 4), numbers(orientation));
    equal(`${name}: fixed to the world`, model.body_weldid[i] === 0, kg === "static");
    if (kg === "static") continue;
    mass += Number(kg);
    same(`${name}: mass`, [model.body_mass[i]], [Number(kg)]);
    same(`${name}: centre of mass`, slice(model.body_ipos, i, 3), numbers(com), 1);
    const inertia = tensor(slice(model.body_iquat, i, 4), slice(model.body_inertia, i, 3));
    same(`${name}: inertia`, inertia, tensor(numbers(axes), numbers(diagonal)));
  }
  const moving = bodies
    .filter((_, i) => model.body_weldid[i] !== 0)
    .map((name) => model.body_mass[bodies.indexOf(name)]);
  same("mass of what moves", [moving.reduce((sum: number, m: number) => sum + m, 0)], [mass]);

  const joints = await namesOf(model, "JOINT", model.njnt);
  const jointRows = rowsOf(tables.joints);
  equal("joints", joints.join(" "), jointRows.map(([name]) => name).join(" "));
  jointRows.forEach(([name, body, type, axis, range, damping, armature, frictionloss, margin], i) => {
    const dof = model.jnt_dofadr[i];
    equal(`${name}: body`, bodies[model.jnt_bodyid[i]], body);
    equal(`${name}: type`, JOINT_TYPES[model.jnt_type[i]], type);
    if (axis) same(`${name}: axis`, slice(model.jnt_axis, i, 3), numbers(axis));
    if (range) same(`${name}: range`, slice(model.jnt_range, i, 2), numbers(range));
    for (const [what, actual, cell] of [
      ["damping", model.dof_damping[dof], damping],
      ["armature", model.dof_armature[dof], armature],
      ["frictionloss", model.dof_frictionloss[dof], frictionloss],
      ["margin", model.jnt_margin[i], margin],
    ] as const) {
      if (cell) same(`${name}: ${what}`, [actual], [Number(cell)]);
    }
    same(`${name}: stiffness`, [model.jnt_stiffness[i]], [0]);
    same(`${name}: solref of the limit`, slice(model.jnt_solref, i, 2), tables.limits?.solref ?? [0.02, 1]);
    same(
      `${name}: solimp of the limit`,
      slice(model.jnt_solimp, i, 5),
      tables.limits?.solimp ?? [0.9, 0.95, 0.001, 0.5, 2],
    );
  });

  const classes = new Map(rowsOf(tables.contactClasses).map(([name, ...cells]) => [name, cells]));
  const left = new Set(
    Array.from({ length: model.ngeom }, (_, i) => i).filter(
      (i) => model.geom_contype[i] !== 0 || model.geom_conaffinity[i] !== 0,
    ),
  );
  const meshes = await namesOf(model, "MESH", model.nmesh);
  for (const [what, on, shape, size, pos, orientation, className] of rowsOf(tables.geoms)) {
    for (const body of on.split(",").map((name) => name.trim())) {
      const close = (actual: readonly number[], printed: readonly number[], scale: number) =>
        printed.every((value, k) => Math.abs(actual[k] - value) <= 1e-9 * scale);
      const found = [...left].find(
        (i) =>
          bodies[model.geom_bodyid[i]] === body &&
          model.geom_type[i] === SHAPES[shape] &&
          (shape === "mesh"
            ? meshes[model.geom_dataid[i]] === size
            : close(slice(model.geom_size, i, 3), numbers(size), 1) &&
              close(slice(model.geom_pos, i, 3), numbers(pos), 1) &&
              close(rotation(slice(model.geom_quat, i, 4)).flat(), rotation(numbers(orientation)).flat(), 4)),
      );
      if (found === undefined) {
        wrong.push(`there is no ${shape} ${what} of this size and place on ${body}`);
        continue;
      }
      left.delete(found);
      const [contype, conaffinity, condim, friction, margin, gap, solref, solimp] = classes.get(className)!;
      const label = `${what} on ${body}`;
      equal(`${label}: contype`, model.geom_contype[found], Number(contype));
      equal(`${label}: conaffinity`, model.geom_conaffinity[found], Number(conaffinity));
      equal(`${label}: condim`, model.geom_condim[found], Number(condim));
      same(`${label}: friction`, slice(model.geom_friction, found, 3), numbers(friction));
      same(`${label}: margin`, [model.geom_margin[found]], numbers(margin));
      same(`${label}: gap`, [model.geom_gap[found]], numbers(gap));
      same(`${label}: solref`, slice(model.geom_solref, found, 2), numbers(solref));
      same(`${label}: solimp`, slice(model.geom_solimp, found, 5), numbers(solimp));
    }
  }
  equal("geoms that collide and are in no row", [...left].length, 0);
  const corners = tables.vertices ? rowsOf(tables.vertices) : [];
  for (const mesh of meshes) wrong.push(...misplacedCorners(model, meshes.indexOf(mesh), mesh, corners));

  const geoms = await namesOf(model, "GEOM", model.ngeom);
  const pairRows = tables.pairs ? rowsOf(tables.pairs) : [];
  equal("explicit contact pairs", model.npair, pairRows.length);
  equal("contact excludes", model.nexclude, 0);
  pairRows.forEach(([one, other, condim, friction, margin, solref, solimp], i) => {
    const label = `pair ${one}, ${other}`;
    equal(label, `${geoms[model.pair_geom1[i]]}, ${geoms[model.pair_geom2[i]]}`, `${one}, ${other}`);
    equal(`${label}: condim`, model.pair_dim[i], Number(condim));
    same(`${label}: friction`, slice(model.pair_friction, i, 5), numbers(friction));
    same(`${label}: margin and gap`, [model.pair_margin[i], model.pair_gap[i]], [Number(margin), 0]);
    same(`${label}: solref`, slice(model.pair_solref, i, 2), numbers(solref));
    same(`${label}: solimp`, slice(model.pair_solimp, i, 5), numbers(solimp));
  });

  const tendons = await namesOf(model, "TENDON", model.ntendon);
  const tendonRows = tables.tendons ? rowsOf(tables.tendons) : [];
  equal("tendons", tendons.join(" "), tendonRows.map(([name]) => name).join(" "));
  tendonRows.forEach(([name, through, coefficients, limits, margin], i) => {
    const first = model.tendon_adr[i];
    const wraps = Array.from({ length: model.tendon_num[i] }, (_, k) => first + k);
    equal(`${name}: joints`, wraps.map((k) => joints[model.wrap_objid[k]]).join(", "), through);
    same(
      `${name}: coefficients`,
      wraps.map((k) => model.wrap_prm[k]),
      numbers(coefficients.replaceAll(",", " ")),
    );
    same(`${name}: limits`, slice(model.tendon_range, i, 2), numbers(limits));
    same(`${name}: margin`, [model.tendon_margin[i]], [Number(margin)]);
    same(`${name}: damping, stiffness`, [model.tendon_damping[i], model.tendon_stiffness[i]], [0, 0]);
  });

  const actuators = await namesOf(model, "ACTUATOR", model.nu);
  const actuatorRows = rowsOf(tables.actuators);
  equal("actuators", actuators.join(" "), actuatorRows.map(([name]) => name).join(" "));
  actuatorRows.forEach(([name, joint, gear, gain, bias, range], i) => {
    equal(`${name}: joint`, joints[model.actuator_trnid[2 * i]], joint);
    same(`${name}: gear`, slice(model.actuator_gear, i, 6), [...numbers(gear), 0, 0, 0, 0, 0].slice(0, 6));
    const width = model.actuator_gainprm.length / model.nu;
    same(`${name}: gain`, slice(model.actuator_gainprm, i, width).slice(0, 3), numbers(gain));
    same(`${name}: bias`, slice(model.actuator_biasprm, i, width).slice(0, 3), numbers(bias));
    same(`${name}: ctrlrange`, slice(model.actuator_ctrlrange, i, 2), numbers(range));
    same(`${name}: force limit`, slice(model.actuator_forcerange, i, 2), [0, 0]);
  });

  const sites = await namesOf(model, "SITE", model.nsite);
  for (const [name, body, pos] of tables.sites ? rowsOf(tables.sites) : []) {
    const i = sites.indexOf(name);
    equal(`site ${name}: there`, i >= 0, true);
    if (i < 0) continue;
    equal(`site ${name}: body`, bodies[model.site_bodyid[i]], body);
    same(`site ${name}: pos`, slice(model.site_pos, i, 3), numbers(pos), 1);
  }
  expect(wrong).toEqual([]);
}
