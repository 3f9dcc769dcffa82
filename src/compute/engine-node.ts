import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { ComputeError } from "../errors/errors.js";
import { checkInputs } from "./check-inputs.js";
import type { BoundProgram, Compute, Engine, Program, Tensors } from "./engine.js";
import type { Graph } from "./graph.js";
import { encodeOnnx } from "./onnx.js";
import type { WorkerReply, WorkerRequest, WorkerSetup } from "./engine-worker.js";

/** Where kernels run. `webgpu` ships with onnxruntime-node; `cuda` needs the user's own CUDA libraries. */
export const NODE_PROVIDERS = ["cpu", "webgpu", "cuda"] as const;
export type NodeProvider = (typeof NODE_PROVIDERS)[number];

export interface NodeComputeOptions {
  /** Engines that run at the same time, each on a thread of its own. Default: one per core, at most 8. */
  readonly workers?: number;
  /** Default `cpu`. */
  readonly provider?: NodeProvider;
  /** Where the worker's compiled code lies; tests that run from sources set it. */
  readonly workerUrl?: URL;
}

/**
 * Engines on onnxruntime-node, each in a worker thread with one compute thread: `run` blocks its thread inside
 * ONNX Runtime, and workers keep the caller responsive.
 *
 * @throws {ComputeError} where the provider is not available on this machine
 */
export async function openNodeCompute(options: NodeComputeOptions = {}): Promise<Compute> {
  const { provider = "cpu", workerUrl = new URL("./engine-worker.js", import.meta.url) } = options;
  const workers = options.workers ?? Math.min(availableParallelism(), 8);
  if (!Number.isInteger(workers) || workers < 1) {
    throw new ComputeError("workers", `must be a whole number of at least 1, got ${workers}`, "Leave it out for one per core");
  }
  const engines: WorkerEngine[] = [];
  try {
    for (let i = 0; i < workers; i++) engines.push(new WorkerEngine(workerUrl, { provider }));
    await Promise.all(engines.map((engine) => engine.ready()));
  } catch (error) {
    await Promise.all(engines.map((engine) => engine.close()));
    throw error;
  }
  return {
    engines,
    provider,
    close: async () => {
      await Promise.all(engines.map((engine) => engine.close()));
    },
  };
}

type Request = WorkerRequest extends infer R ? (R extends WorkerRequest ? Omit<R, "id"> : never) : never;

/** One worker thread: requests go in order, replies come back by number. */
class WorkerEngine implements Engine {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, { resolve: (outputs: Tensors) => void; reject: (error: Error) => void }>();
  readonly #programs = new WeakMap<Graph, Promise<Program>>();
  #next = 0;
  #gone: Error | undefined;

  constructor(url: URL, setup: WorkerSetup) {
    this.#worker = new Worker(url, { workerData: setup });
    this.#worker.unref();
    this.#worker.on("message", (reply: WorkerReply) => {
      const waiter = this.#waiting.get(reply.id);
      this.#waiting.delete(reply.id);
      if (this.#waiting.size === 0) this.#worker.unref();
      if (reply.error !== undefined) waiter?.reject(new ComputeError(reply.where ?? "engine", reply.error, reply.mend ?? "See the message of ONNX Runtime above"));
      else waiter?.resolve(reply.outputs ?? {});
    });
    this.#worker.on("error", (error) => this.#fail(error as Error));
    this.#worker.on("exit", () => this.#fail(new ComputeError("engine", "its worker thread has ended", "Open a new one")));
  }

  #fail(error: Error): void {
    this.#gone ??= error;
    for (const { reject } of this.#waiting.values()) reject(this.#gone);
    this.#waiting.clear();
  }

  request(request: Request): Promise<Tensors> {
    if (this.#gone !== undefined) return Promise.reject(this.#gone);
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      if (this.#waiting.size === 0) this.#worker.ref();
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ ...request, id });
    });
  }

  ready(): Promise<Tensors> {
    return this.request({ kind: "ping" });
  }

  number(): number {
    return this.#next++;
  }

  load(graph: Graph): Promise<Program> {
    let program = this.#programs.get(graph);
    if (program === undefined) {
      program = this.#load(graph);
      this.#programs.set(graph, program);
    }
    return program;
  }

  async #load(graph: Graph): Promise<Program> {
    const program = this.number();
    await this.request({ kind: "load", program, name: graph.name, model: encodeOnnx(graph) });
    return new WorkerProgram(this, graph, program);
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}

class WorkerProgram implements Program {
  readonly #engine: WorkerEngine;
  readonly #graph: Graph;
  readonly #program: number;

  constructor(engine: WorkerEngine, graph: Graph, program: number) {
    this.#engine = engine;
    this.#graph = graph;
    this.#program = program;
  }

  async run(inputs: Tensors): Promise<Tensors> {
    checkInputs(this.#graph, inputs);
    return this.#engine.request({ kind: "run", program: this.#program, inputs });
  }

  async bind(bound: Tensors): Promise<BoundProgram> {
    const [engine, graph, program, binding] = [this.#engine, this.#graph, this.#program, this.#engine.number()];
    const kept = Object.keys(bound);
    await engine.request({ kind: "bind", binding, inputs: bound });
    return {
      run: async (inputs) => {
        checkInputs(graph, inputs, kept);
        return engine.request({ kind: "run", program, binding, inputs });
      },
      release: async () => {
        await engine.request({ kind: "release", binding });
      },
    };
  }
}
