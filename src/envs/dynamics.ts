import type { MjModel } from "@mujoco/mujoco";
import { ConfigError } from "../errors/errors.js";
import { suggest } from "../errors/nearest.js";
import type { Rng } from "../random/rng.js";

/** Whether a robot is the same in every episode, or its masses, friction and gains are drawn anew at each reset (ROBEL). */
export type Dynamics = "nominal" | "random";

/** The dynamics, the default first. */
export const DYNAMICS: readonly Dynamics[] = ["nominal", "random"];

/** Options of the tasks that know both. */
export interface DynamicsOptions {
  /** `"nominal"` by default. */
  readonly dynamics?: Dynamics;
}

/**
 * The dynamics asked for, `"nominal"` by default.
 *
 * @throws {ConfigError} where they have another name
 */
export function dynamicsOf(task: string, options: DynamicsOptions): Dynamics {
  const dynamics = options.dynamics ?? "nominal";
  if (DYNAMICS.includes(dynamics)) return dynamics;
  throw new ConfigError(
    `${task}.dynamics`,
    `there are no dynamics ${JSON.stringify(dynamics)}`,
    suggest(String(dynamics), DYNAMICS),
  );
}

/** Uniform in low … high. Draws from rng. */
export function between(low: number, high: number, rng: Rng): number {
  return low + (high - low) * rng.uniform();
}

/** Gives every position servo of a model the same gain, N·m/rad. */
export function setServoGain(model: MjModel, gain: number): void {
  const [gains, biases] = [model.actuator_gainprm as Float64Array, model.actuator_biasprm as Float64Array];
  const width = gains.length / model.nu;
  for (let i = 0; i < model.nu; i++) {
    gains[i * width] = gain;
    biases[i * width + 1] = -gain;
  }
}

/** ROBEL's contact friction: the same sliding, spinning and rolling coefficients for every geom. Draws from rng. */
export function drawFriction(model: MjModel, rng: Rng): void {
  const friction = [between(0.8, 1.2, rng), between(0.003, 0.007, rng), between(5e-5, 1.5e-4, rng)];
  const all = model.geom_friction as Float64Array;
  for (let i = 0; i < all.length; i++) all[i] = friction[i % 3]!;
}

/** Scales masses and inertias of the nominal model to this total mass, kg. */
export function setTotalMass(model: MjModel, nominal: MjModel, total: number): void {
  const mass = nominal.body_mass as Float64Array;
  const scale = total / mass.reduce((sum, entry) => sum + entry, 0);
  (model.body_mass as Float64Array).set(mass.map((entry) => scale * entry));
  (model.body_inertia as Float64Array).set((nominal.body_inertia as Float64Array).map((entry) => scale * entry));
}

/** Sensor noise: uniform in ± 2.5 % of the width of each entry's range, on entries from `first` on, in place. Draws from rng. */
export function disturbEntries(observation: Float64Array, first: number, widths: readonly number[], rng: Rng): void {
  for (const [i, width] of widths.entries()) observation[first + i]! += between(-0.025, 0.025, rng) * width;
}
