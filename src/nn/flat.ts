import type { Node } from "../compute/node.js";
import { concat, input, reshape, rows, slice } from "../compute/operators.js";
import { type AdamState, adamStep } from "./adam.js";
import { count, type Layout } from "./layout.js";

/** The tensors of a flat vector of parameters, as nodes. */
export function unflattened({ tensors }: Layout, flat: Node): readonly Node[] {
  let start = 0;
  return tensors.map(({ shape }) => {
    const part = slice(flat, 0, start, start + count(shape));
    start += count(shape);
    return reshape(part, shape);
  });
}

/** Tensors one after the other in a flat vector. */
export const flattened = ({ tensors }: Layout, nodes: readonly Node[]): Node =>
  concat(
    nodes.map((node, i) => reshape(node, [count(tensors[i].shape)])),
    0,
  );

/** A vector that Adam moves, as nodes: carried from update to update. */
export interface Moved {
  readonly parameter: Node;
  readonly first: Node;
  readonly second: Node;
}

/** Step sizes and ε of a run's updates, as `adamSchedule` makes them; inputs `name.rates` and `name.epsilons`. */
export const scheduleInputs = (name: string): readonly [rates: Node, epsilons: Node] => [
  input(`${name}.rates`, ["steps"]),
  input(`${name}.epsilons`, ["steps"]),
];

/** Adam's step of an update: one for the whole vector. */
export function moved(state: Moved, gradient: Node, schedule: readonly [Node, Node], round: Node): Moved {
  const [rate, epsilon] = schedule.map((values) => reshape(rows(values, round, 1, "step"), [])) as [Node, Node];
  return adamStep({ ...state, gradient }, rate, epsilon);
}

export const movedInputs = (name: string, size: number): Moved => ({
  parameter: input(`${name}.parameter`, [size]),
  first: input(`${name}.first`, [size]),
  second: input(`${name}.second`, [size]),
});

export const movedTensors = (name: string, parameter: Float32Array, { first, second }: AdamState) =>
  Object.fromEntries(
    Object.entries({ parameter, first, second }).map(([key, data]) => [
      `${name}.${key}`,
      { shape: [data.length], data },
    ]),
  );
