import type { Node } from "../compute/node.js";
import { clip as clipped, square } from "../compute/operators.js";
import type { NumberRow, Space } from "../mdp/task.js";
import { rowSum } from "../mdp/task-graphs.js";
import type { Rng } from "../random/rng.js";

/** A space of named entries; a bound b stands for −b … b, none for unlimited. */
export function box(entries: readonly (readonly [name: string, bound?: number])[]): Space {
  const bounds = entries.map(([, bound]) => bound ?? Number.POSITIVE_INFINITY);
  return {
    size: entries.length,
    names: entries.map(([name]) => name),
    low: bounds.map((bound) => -bound),
    high: bounds,
  };
}

/** x brought into −bound … bound. */
export function clip(x: number, bound: number): number {
  return Math.min(Math.max(x, -bound), bound);
}

/** Σ aᵢ² of the action as executed, that is clipped to −bound … bound. */
export function squaredEffort(action: NumberRow, bound: number): number {
  let sum = 0;
  for (let i = 0; i < action.length; i++) sum += clip(action[i], bound) ** 2;
  return sum;
}

/** The same of actions in a graph: [...rows, size] in and [...rows] out. */
export const squaredEffortNode = (actions: Node, bound: number): Node =>
  rowSum(square(clipped(actions, -bound, bound)));

/** Whether every number is finite. */
export function allFinite(row: NumberRow): boolean {
  for (let i = 0; i < row.length; i++) if (!Number.isFinite(row[i])) return false;
  return true;
}

/** centre + uniform(−spread, spread) on each entry. Draws from rng. */
export function uniformAround(centre: NumberRow, spread: number, rng: Rng): Float64Array {
  return Float64Array.from(centre, (entry) => entry + spread * (2 * rng.uniform() - 1));
}

/** centre + deviation × standard normal on each entry. Draws from rng. */
export function normalAround(centre: NumberRow, deviation: number, rng: Rng): Float64Array {
  return Float64Array.from(centre, (entry) => entry + deviation * rng.normal());
}
