import { StorageError } from "../errors/errors.js";
import type { AdamState } from "../nn/adam.js";
import type { Learner } from "../nn/regression.js";
import type { NamedTensor, Snapshot } from "./snapshot.js";

/** Reads a snapshot's tensors, and refuses what does not fit. */
export class SnapshotReader {
  readonly #snapshot: Snapshot;

  constructor(snapshot: Snapshot) {
    this.#snapshot = snapshot;
  }

  get meta(): Snapshot["meta"] {
    return this.#snapshot.meta;
  }

  has(name: string): boolean {
    return this.#snapshot.tensors[name] !== undefined;
  }

  /**
   * The numbers of a tensor.
   *
   * @throws {StorageError} where it is missing, of another type, or not as long as asked for
   */
  tensor<A extends NamedTensor["data"]>(name: string, like: new (n: number) => A, length?: number): A {
    const tensor = this.#snapshot.tensors[name];
    if (
      tensor === undefined ||
      !(tensor.data instanceof like) ||
      (length !== undefined && tensor.data.length !== length)
    ) {
      const got =
        tensor === undefined ? "is missing" : `has ${tensor.data.length} entries of ${tensor.data.constructor.name}`;
      throw new StorageError(
        "checkpoint",
        `tensor ${name} ${got}, expected ${length ?? "some"} of ${like.name}`,
        "Resume with the run's own task and settings, or from another checkpoint",
      );
    }
    return tensor.data;
  }

  /** A network of so many parameters with its optimiser. @throws {StorageError} */
  learner(name: string, size: number): Learner {
    return { parameters: this.tensor(`${name}/parameters`, Float32Array, size), adam: this.adam(name, size) };
  }

  /** The moments of an optimiser of so many parameters. @throws {StorageError} */
  adam(name: string, size: number): AdamState {
    return {
      first: this.tensor(`${name}/adam.first`, Float32Array, size),
      second: this.tensor(`${name}/adam.second`, Float32Array, size),
      steps: (this.meta.adamSteps as Readonly<Record<string, number>>)[name],
    };
  }
}
