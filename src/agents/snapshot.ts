import type { Learner } from "../nn/regression.js";

/** A named array as checkpoints hold it. */
export interface NamedTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array | Int32Array | Uint8Array;
}

/**
 * All that is needed, with the resolved config and its seed, to go on from here bit for bit.
 * Tensor names begin with the part they belong to: `policy/…`, `value/…`, `model/…`, `buffer/…`; a store may keep each part in a file of its own.
 */
export interface Snapshot {
  readonly tensors: Readonly<Record<string, NamedTensor>>;
  /** Plain JSON: counters (`iteration`, `samples`, `episodes`) and whatever else the agents need. */
  readonly meta: Readonly<Record<string, unknown>> & { readonly iteration: number; readonly samples: number };
}

/** What a player puts into a snapshot. */
export interface Part {
  readonly tensors: Readonly<Record<string, NamedTensor>>;
  readonly meta: Readonly<Record<string, unknown>>;
  /** Steps of its optimisers, by the name of what they optimise. */
  readonly adamSteps: Readonly<Record<string, number>>;
}

/** A list of numbers as a tensor. */
export const vector = (data: NamedTensor["data"]): NamedTensor => ({ shape: [data.length], data });

/** Several learners as tensors `name/parameters`, `name/adam.first` and `name/adam.second`. */
export function learnersPart(learners: Readonly<Record<string, Learner>>): Pick<Part, "tensors" | "adamSteps"> {
  const entries = Object.entries(learners);
  return {
    tensors: Object.fromEntries(
      entries.flatMap(([name, { parameters, adam }]) => [
        [`${name}/parameters`, vector(parameters)],
        [`${name}/adam.first`, vector(adam.first)],
        [`${name}/adam.second`, vector(adam.second)],
      ]),
    ),
    adamSteps: Object.fromEntries(entries.map(([name, { adam }]) => [name, adam.steps])),
  };
}

/** How many changes of the task were in force when a snapshot was made. */
export function stageOf(snapshot: Pick<Snapshot, "meta"> | undefined): number {
  return (snapshot?.meta.taskChanges as number | undefined) ?? 0;
}
