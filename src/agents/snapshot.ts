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

/** How many changes of the task were in force when a snapshot was made. */
export function stageOf(snapshot: Pick<Snapshot, "meta"> | undefined): number {
  return (snapshot?.meta.taskChanges as number | undefined) ?? 0;
}
