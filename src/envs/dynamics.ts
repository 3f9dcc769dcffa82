import type { MjModel } from "@mujoco/mujoco";
import type { Rng } from "../random/rng.js";

/** `random` draws physical parameters anew at each reset, and adds errors to the sensors (ROBEL's randomised variants). */
export const DYNAMICS_OPTIONS = { dynamics: ["nominal", "random"] } as const;

/** Uniform in low … high. Draws from rng. */
export function between(low: number, high: number, rng: Rng): number {
  return low + (high - low) * rng.uniform();
}

/** Sliding, spinning and rolling friction of all solids, as ROBEL draws it. Draws from rng. */
export function drawFriction(rng: Rng): readonly [number, number, number] {
  return [between(0.8, 1.2, rng), between(0.003, 0.007, rng), between(5e-5, 1.5e-4, rng)];
}

/** Gives every solid the same friction, [3]. */
export function setFriction(model: MjModel, friction: ArrayLike<number>): void {
  const all: Float64Array = model.geom_friction;
  for (let at = 0; at < all.length; at += 3) all.set(friction, at);
}

/** Gives every position servo the same gain, N·m/rad. */
export function setServoGain(model: MjModel, gain: number): void {
  const gains: Float64Array = model.actuator_gainprm;
  const biases: Float64Array = model.actuator_biasprm;
  const width = gains.length / model.nu;
  for (let at = 0; at < gains.length; at += width) {
    gains[at] = gain;
    biases[at + 1] = -gain;
  }
}

const nominal = new WeakMap<MjModel, { readonly mass: Float64Array; readonly inertia: Float64Array }>();

/**
 * Scales all masses and inertias of a world's own model so that they sum up to this, kg. The first call finds the model
 * as it was compiled; later ones start from there again, so that the same total gives the same numbers.
 */
export function setTotalMass(model: MjModel, total: number): void {
  const compiled = nominal.get(model) ?? { mass: model.body_mass.slice(), inertia: model.body_inertia.slice() };
  nominal.set(model, compiled);
  const scale = total / compiled.mass.reduce((sum: number, mass: number) => sum + mass, 0);
  model.body_mass.set(compiled.mass.map((mass: number) => scale * mass));
  model.body_inertia.set(compiled.inertia.map((moment: number) => scale * moment));
}
