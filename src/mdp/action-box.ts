import type { Space } from "./task.js";

/**
 * Policies act in units of the half-width of the action box: u = 0 is its centre and ±1 its faces. The world and
 * the model get the executed action centre + halfWidth · clip(u, −1, 1).
 */
export interface ActionBox {
  readonly centre: Float32Array;
  readonly halfWidth: Float32Array;
}

export function actionBox({ low, high }: Space): ActionBox {
  return {
    centre: Float32Array.from(low, (l, i) => (l + high[i]) / 2),
    halfWidth: Float32Array.from(low, (l, i) => (high[i] - l) / 2),
  };
}

/** The executed actions of policy samples u, [rows, action size]. */
export function executedActions({ centre, halfWidth }: ActionBox, samples: Float32Array): Float32Array {
  const size = centre.length;
  return samples.map((u, i) => centre[i % size] + halfWidth[i % size] * Math.min(Math.max(u, -1), 1));
}
