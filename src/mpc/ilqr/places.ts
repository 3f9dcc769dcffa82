import type { Tensor } from "../../compute/engine.js";
import { actionBox } from "../../mdp/action-box.js";
import type { Nominal } from "./follow.js";
import type { Opened } from "./opened.js";

/** A step of a particle that is alive. */
export interface Place {
  readonly t: number;
  /** Number of the particle. */
  readonly particle: number;
}

/** s, a (executed) and s′ of places, [rows, size]; each place so many times over, its rows together. */
export function rowsAt(
  { task, particles }: Pick<Opened, "task" | "particles">,
  { plan, states }: Nominal,
  places: readonly Place[],
  times: number,
): { readonly states: Float32Array; readonly actions: Float32Array; readonly next: Float32Array } {
  const [n, m, count] = [task.observation.size, task.action.size, particles.weights.length];
  const { centre, halfWidth } = actionBox(task.action);
  const blank = (width: number) => new Float32Array(places.length * times * width);
  const rows = { states: blank(n), actions: blank(m), next: blank(n) };
  for (const [i, { t, particle }] of places.entries()) {
    const at = (t * count + particle) * n;
    for (let row = i * times; row < (i + 1) * times; row++) {
      rows.states.set(states.subarray(at, at + n), row * n);
      rows.next.set(states.subarray(at + count * n, at + count * n + n), row * n);
      for (let j = 0; j < m; j++) rows.actions[row * m + j] = centre[j] + halfWidth[j] * plan[t * m + j];
    }
  }
  return rows;
}

export const table = (data: Float32Array, width: number): Tensor => ({ shape: [data.length / width, width], data });

/** Runs of so many items. */
export const pieces = <T>(items: readonly T[], each: number): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(items.length / each) }, (_, i) => items.slice(i * each, (i + 1) * each));
