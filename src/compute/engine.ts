import type { Graph } from "./graph.js";

/** A dense array with its shape, row-major. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array | Uint8Array;
}
export type Tensors = Readonly<Record<string, Tensor>>;

/** A compiled graph. */
export interface Program {
  /**
   * Runs the graph. Inputs that were bound are left out.
   * @throws {ShapeError} where an input is missing, unknown or of the wrong shape
   */
  run(inputs: Tensors): Promise<Tensors>;
  /** The same program with some inputs kept where it runs, for many calls with the same data. */
  bind(inputs: Tensors): Promise<BoundProgram>;
}

/** A program whose bound inputs stay where it runs until `release`. */
export interface BoundProgram {
  run(inputs: Tensors): Promise<Tensors>;
  release(): Promise<void>;
}

/** One place where programs run, one after the other. */
export interface Engine {
  /** Compiles a graph; the same graph again gives the same program. */
  load(graph: Graph): Promise<Program>;
}

/**
 * One or several engines that run at the same time. Results do not depend on their number: each engine
 * runs single-threaded, and callers share work out in pieces whose size does not depend on it either.
 */
export interface Compute {
  readonly engines: readonly Engine[];
  /** `cpu`, `webgpu`, `cuda` or `wasm`. */
  readonly provider: string;
  close(): Promise<void>;
}
