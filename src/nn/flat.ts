import type { Tensors } from "../compute/engine.js";
import type { Node } from "../compute/node.js";
import { concat, input, reshape, rows, slice } from "../compute/operators.js";
import { type AdamState, adamSchedule, adamStep } from "./adam.js";
import { count, type Layout } from "./layout.js";
import type { Learner } from "./regression.js";

/** Updates with critics in one run: long enough that copying the state does not count, short enough that a command can be stopped. */
export const UPDATES_PER_RUN = 25;

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

/** A learner and its schedule over some updates, as `movedInputs` and `scheduleInputs` take them. */
export function learnerTensors(name: string, { parameters, adam }: Learner, rate: number, updates: number): Tensors {
  const { rates, epsilons } = adamSchedule(adam, rate, updates);
  return {
    ...movedTensors(name, parameters, adam),
    [`${name}.rates`]: { shape: [updates], data: rates },
    [`${name}.epsilons`]: { shape: [updates], data: epsilons },
  };
}

/** The learner that some updates left, from outputs `new.name.…`. */
export function learnerAfter(results: Tensors, name: string, before: Learner, updates: number): Learner {
  const part = (key: string) => results[`new.${name}.${key}`].data as Float32Array;
  return {
    parameters: part("parameter"),
    adam: { first: part("first"), second: part("second"), steps: before.adam.steps + updates },
  };
}

/** Mean of each column of what was watched, a row of `names` for each update. */
export function watchedMeans<N extends string>(table: Float32Array, names: readonly N[]): Record<N, number> {
  const updates = table.length / names.length;
  const means = names.map((name, i) => {
    let total = 0;
    for (let u = 0; u < updates; u++) total += table[u * names.length + i];
    return [name, total / updates];
  });
  return Object.fromEntries(means) as Record<N, number>;
}
