import type { MjModel } from "@mujoco/mujoco";
import { drawSeed } from "../../mdp/task.js";
import { type Rng, seeded } from "../../random/rng.js";
import { between, drawFriction, setFriction, setServoGain, setTotalMass } from "../dynamics.js";
import { LEG_JOINTS } from "./dkitty-orient-mjcf.js";

/** First degree of freedom of the legs. */
const LEGS = 6;

/** How many numbers `drawDynamics` gives. */
export const DYNAMICS_SIZE = 8;

/**
 * Physical parameters of the randomised D'Kitty, uniform in their ranges:
 *
 * | entries | parameter | range |
 * |---|---|---|
 * | 0 | damping of all leg joints | 0.1 … 0.2 N·m·s/rad |
 * | 1 | friction of all leg joints | 0.001 … 0.005 N·m |
 * | 2 | gain of all servos | 2.8 … 3.2 N·m/rad |
 * | 3–5 | sliding, spinning and rolling friction of all solids | 0.8 … 1.2, 0.003 … 0.007, 5e-5 … 1.5e-4 |
 * | 6 | total mass | 1.6 … 2 kg |
 * | 7 | seed of the ground's heights | each height −0.005 … 0.045 m |
 *
 * The first three ranges do not contain the nominal values (1, 0 and 5): in ROBEL, too, this is another robot, not one
 * around the nominal. Draws from rng.
 */
export function drawDynamics(rng: Rng): readonly number[] {
  return [
    between(0.1, 0.2, rng),
    between(0.001, 0.005, rng),
    between(2.8, 3.2, rng),
    ...drawFriction(rng),
    between(1.6, 2, rng),
    drawSeed(rng),
  ];
}

/** Writes drawn parameters into a model of the world's own. */
export function applyDynamics(model: MjModel, drawn: Float64Array): void {
  const [damping, friction, gain, , , , mass, ground] = drawn as unknown as readonly number[];
  model.dof_damping.fill(damping, LEGS);
  model.dof_frictionloss.fill(friction, LEGS);
  setServoGain(model, gain);
  setFriction(model, drawn.subarray(3, 6));
  setTotalMass(model, mass);
  const rng = seeded(ground).stream("ground");
  const heights: Float32Array = model.hfield_data; // in units of the field's own height
  for (let i = 0; i < heights.length; i++) heights[i] = rng.uniform();
}

/** Half-widths of the sensors' errors, 2.5 % of the width of each range: 12 leg joints, and their rates (±π rad/s). */
export const SENSOR_ERRORS: readonly number[] = [
  ...LEG_JOINTS.map(({ reach: [low, high] }) => 0.025 * (high - low)),
  ...LEG_JOINTS.map(() => 0.025 * 2 * Math.PI),
];
