import type { MjModel } from "@mujoco/mujoco";
import type { Rng } from "../../random/rng.js";
import { between, drawFriction, setFriction, setServoGain } from "../dynamics.js";

/** Joints of claw and valve, all of which are drawn. */
const JOINTS = 10;
/** Index of the body `mount` (the world and the marker come before it), and its height, m. */
const MOUNT = 2;
const MOUNT_HEIGHT = 0.335;

/** How many numbers `drawDynamics` gives. */
export const DYNAMICS_SIZE = 2 * JOINTS + 1 + 3 + 3;

/**
 * Physical parameters of the randomised claw, uniform in their ranges:
 *
 * | entries | parameter | range |
 * |---|---|---|
 * | 0–9 | damping of each joint | 0.005 … 0.1 N·m·s/rad |
 * | 10–19 | friction of each joint | 0.001 … 0.005 N·m |
 * | 20 | gain of all servos | 1 … 3 N·m/rad |
 * | 21–23 | sliding, spinning and rolling friction of all solids | 0.8 … 1.2, 0.003 … 0.007, 5e-5 … 1.5e-4 |
 * | 24–26 | offset of the mount | ±0.01 m per axis |
 *
 * Draws from rng.
 */
export function drawDynamics(rng: Rng): Float64Array {
  const drawn = new Float64Array(DYNAMICS_SIZE);
  for (let i = 0; i < JOINTS; i++) drawn[i] = between(0.005, 0.1, rng);
  for (let i = JOINTS; i < 2 * JOINTS; i++) drawn[i] = between(0.001, 0.005, rng);
  drawn[20] = between(1, 3, rng);
  drawn.set(drawFriction(rng), 21);
  for (let i = 24; i < 27; i++) drawn[i] = between(-0.01, 0.01, rng);
  return drawn;
}

/** Writes drawn parameters into a model of the world's own. */
export function applyDynamics(model: MjModel, drawn: Float64Array): void {
  model.dof_damping.set(drawn.subarray(0, JOINTS));
  model.dof_frictionloss.set(drawn.subarray(JOINTS, 2 * JOINTS));
  setServoGain(model, drawn[20]);
  setFriction(model, drawn.subarray(21, 24));
  model.body_pos.set([drawn[24], drawn[25], MOUNT_HEIGHT + drawn[26]], 3 * MOUNT);
}

/**
 * Half-widths of the sensors' errors, 2.5 % of the width of each range: nine joints (±0.48, ±π/3, ±π/2 rad per finger),
 * their velocities (±2π/3 rad/s), the valve's angle (±π).
 */
export const SENSOR_ERRORS: readonly number[] = [
  ...Array.from({ length: 9 }, (_, i) => 0.05 * [0.48, Math.PI / 3, Math.PI / 2][i % 3]),
  ...new Array<number>(9).fill((0.05 * 2 * Math.PI) / 3),
  0.05 * Math.PI,
];
