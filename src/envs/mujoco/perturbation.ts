import type { MainModule, MjModel } from "@mujoco/mujoco";
import { ConfigError } from "../../errors/errors.js";
import { suggest } from "../../errors/nearest.js";
import type { Perturbation } from "../../mdp/task.js";

interface Quantity {
  /** What is multiplied, for lists. */
  readonly about: string;
  /** The model's arrays that hold it; only those with something in them count. */
  readonly arrays: (model: MjModel) => readonly Float64Array[];
  /** Smallest factor that makes sense. */
  readonly isPossible: (factor: number) => boolean;
  readonly possible: string;
}

const notNegative = { isPossible: (factor: number) => factor >= 0, possible: "at least 0" };

/** Whether some geom of the model can touch another. */
function canTouch(model: MjModel): boolean {
  const [types, affinities] = [model.geom_contype as Int32Array, model.geom_conaffinity as Int32Array];
  return types.some((type, i) => affinities.some((affinity, j) => i !== j && (type & affinity) !== 0));
}

/** What of a MuJoCo model can be changed by a factor, by name. */
const QUANTITIES: Readonly<Record<string, Quantity>> = {
  mass: {
    about: "masses and inertias of all bodies",
    arrays: (model) => [model.body_mass as Float64Array, model.body_inertia as Float64Array],
    isPossible: (factor) => factor > 0,
    possible: "above 0",
  },
  friction: {
    about: "friction of contacts (sliding, torsional, rolling) and of joints",
    arrays: (model) => [
      ...(canTouch(model) ? [model.geom_friction as Float64Array] : []),
      model.pair_friction as Float64Array,
      model.dof_frictionloss as Float64Array,
    ],
    ...notNegative,
  },
  damping: {
    about: "damping of joints",
    arrays: (model) => [model.dof_damping as Float64Array],
    ...notNegative,
  },
  gear: {
    about: "force of the motors per unit of action",
    arrays: (model) => [model.actuator_gear as Float64Array],
    ...notNegative,
  },
  gravity: {
    about: "gravity",
    arrays: (model) => [model.opt.gravity as Float64Array],
    ...notNegative,
  },
};

/** Names of what can be changed, each with what it is. */
export const PERTURBATIONS: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(QUANTITIES).map(([name, { about }]) => [name, about]),
);

/** @throws {ConfigError} where a name is unknown or a factor impossible */
export function checkPerturbation(factors: Perturbation): void {
  for (const [name, factor] of Object.entries(factors)) {
    const quantity = Object.hasOwn(QUANTITIES, name) ? QUANTITIES[name] : undefined;
    if (quantity === undefined)
      throw new ConfigError(`perturb ${name}`, "there is no such quantity", suggest(name, Object.keys(QUANTITIES)));
    if (!Number.isFinite(factor) || !quantity.isPossible(factor)) {
      throw new ConfigError(
        `perturb ${name}`,
        `must be a finite factor, ${quantity.possible}, got ${factor}`,
        `For instance ${name}=1.3`,
      );
    }
  }
}

/**
 * Multiplies quantities of a compiled model, in place, and brings what the engine derives from them up to date.
 *
 * @throws {ConfigError} where a factor is not valid, or the model has nothing of its quantity
 */
export function perturbModel(mujoco: MainModule, where: string, model: MjModel, factors: Perturbation): void {
  checkPerturbation(factors);
  if (Object.keys(factors).length === 0) return;
  for (const [name, factor] of Object.entries(factors)) {
    const arrays = QUANTITIES[name].arrays(model);
    if (arrays.every((array) => array.every((x) => x === 0))) {
      throw new ConfigError(
        `perturb ${name}`,
        `${where} has none: there is nothing to multiply`,
        `Others are ${Object.keys(QUANTITIES)
          .filter((other) => other !== name)
          .join(", ")}`,
      );
    }
    for (const array of arrays) for (let i = 0; i < array.length; i++) array[i] *= factor;
  }
  const data = new mujoco.MjData(model);
  try {
    mujoco.mj_setConst(model, data);
  } finally {
    data.delete();
  }
}
