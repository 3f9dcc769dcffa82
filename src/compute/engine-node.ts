import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { ComputeError } from "../errors/errors.js";
import { checkBound, checkInputs } from "./check-inputs.js";
import type { BoundProgram, Compute, Engine, Program, Tensors } from "./engine.js";
import type { Flag, WorkerReply, WorkerRequest, WorkerSetup } from "./engine-worker.js";
import type { Graph } from "./graph.js";
import { encodeOnnx } from "./onnx.js";
import { loadOnnxRuntime } from "./onnxruntime.js";
import { PROBE, probe } from "./probe.js";

/** Where kernels run. `webgpu` ships with onnxruntime-node; `cuda` needs the user's own CUDA libraries. */
export const NODE_PROVIDERS = ["cpu", "webgpu", "cuda"] as const;
export type NodeProvider = (typeof NODE_PROVIDERS)[number];

/** Each worker is a thread of the system, and a game shares its work out among some ten. */
export const MOST_WORKERS = 64;

export interface NodeComputeOptions {
  /** Engines that run at the same time, each on a thread of its own, at most 64. Default: one per core, at most 8. */
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
 * @throws {ComputeError} where the provider is not available on this machine, or telemetry cannot be turned off
 */
export async function openNodeCompute(options: NodeComputeOptions = {}): Promise<Compute> {
  const { provider = "cpu", workerUrl = new URL("./engine-worker.js", import.meta.url) } = options;
  const workers = options.workers ?? Math.min(availableParallelism(), 8);
  if (!Number.isInteger(workers) || workers < 1 || workers > MOST_WORKERS) {
    throw new ComputeError(
      "workers",
      `must be a whole number from 1 to ${MOST_WORKERS}, got ${workers}`,
      "Leave it out for one per core; results do not depend on it",
    );
  }
  await flushDenormals();
  const engines: WorkerEngine[] = [];
  try {
    for (let i = 0; i < workers; i++) engines.push(new WorkerEngine(workerUrl, provider));
    await Promise.all(engines.map((engine) => engine.ready()));
    if (provider !== "cpu") await probe(engines[0], provider, "Use the provider cpu, which runs everywhere");
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

/**
 * Makes every thread begun from here on treat denormal numbers as zero. ONNX Runtime sets the mode once in a process, on
 * the thread that opens the first session; threads inherit it. If a worker opened that session, only this worker would
 * flush: twice as fast as the others on a solved task, and with other bits in numbers under 1e-38.
 */
async function flushDenormals(): Promise<void> {
  const ort = await loadOnnxRuntime();
  const session = await ort.InferenceSession.create(encodeOnnx(PROBE), {
    extra: { session: { set_denormal_as_zero: "1" } },
  });
  await session.release();
}

/**
 * Workers that may be computing when the process ends. A thread that is stopped in the middle of a run brings the
 * whole process down (onnxruntime-node 1.30 aborts), so the process waits for the run's end before it goes.
 */
const open = new Set<Pick<WorkerSetup, "closing" | "busy">>();
const LONGEST_WAIT = 30_000; // ms
process.once("exit", () => {
  for (const { closing } of open) Atomics.store(closing, 0, 1);
  for (const { busy } of open) Atomics.wait(busy, 0, 1, LONGEST_WAIT);
});

const flag = (): Flag => new Int32Array(new SharedArrayBuffer(4));

type Request = WorkerRequest extends infer R ? (R extends WorkerRequest ? Omit<R, "id"> : never) : never;

/** One worker thread: requests go in order, replies come back by number. */
class WorkerEngine implements Engine {
  readonly #worker: Worker;
  readonly #closing = flag();
  readonly #exited: Promise<void>;
  readonly #waiting = new Map<number, { resolve: (outputs: Tensors) => void; reject: (error: Error) => void }>();
  readonly #programs = new WeakMap<Graph, Promise<Program>>();
  #next = 0;
  #gone: Error | undefined;

  constructor(url: URL, provider: string) {
    const setup: WorkerSetup = { provider, closing: this.#closing, busy: flag() };
    this.#worker = new Worker(url, { workerData: setup });
    this.#worker.unref();
    open.add(setup);
    this.#worker.on("message", (reply: WorkerReply) => {
      const waiter = this.#waiting.get(reply.id);
      this.#waiting.delete(reply.id);
      if (this.#waiting.size === 0 && this.#gone === undefined) this.#worker.unref();
      if (reply.error !== undefined) {
        const cause = new Error(reply.reason);
        waiter?.reject(
          new ComputeError(
            reply.where ?? "engine",
            reply.error,
            reply.mend ?? "See the message of ONNX Runtime above",
            { cause },
          ),
        );
      } else waiter?.resolve(reply.outputs ?? {});
    });
    this.#worker.on("error", (error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error);
      this.#fail(
        new ComputeError(
          "engine",
          `its worker thread failed (${reason})`,
          "Check that onnxruntime-node is installed for this platform",
          { cause: error },
        ),
      );
    });
    this.#exited = new Promise((resolve) => {
      this.#worker.on("exit", () => {
        open.delete(setup);
        this.#fail(new ComputeError("engine", "its worker thread has ended", "Open a new one"));
        resolve();
      });
    });
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
      if (!("inputs" in request)) this.#worker.postMessage({ ...request, id });
      else {
        // One copy, handed over: the caller keeps its arrays, and a view takes only its own part along.
        const inputs = Object.fromEntries(
          Object.entries(request.inputs).map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]),
        );
        this.#worker.postMessage(
          { ...request, inputs, id },
          Object.values(inputs).map(({ data }) => data.buffer),
        );
      }
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

  /** Rejects what is under way, and returns when ONNX Runtime has come to the end of it. */
  close(): Promise<void> {
    this.#fail(new ComputeError("engine", "it has been closed", "Open a new one"));
    this.#worker.ref();
    Atomics.store(this.#closing, 0, 1);
    this.#worker.postMessage({ kind: "close", id: -1 } satisfies WorkerRequest);
    return this.#exited;
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
    checkBound(graph, bound);
    await engine.request({ kind: "bind", binding, inputs: bound });
    let released = false;
    return {
      run: async (inputs) => {
        checkInputs(graph, inputs, bound);
        if (released)
          throw new ComputeError(`graph ${graph.name}`, "its bound inputs have been released", "Bind them again");
        return engine.request({ kind: "run", program, binding, inputs });
      },
      release: async () => {
        released = true;
        await engine.request({ kind: "release", binding });
      },
    };
  }
}
