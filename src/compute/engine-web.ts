import type { InferenceSession, Tensor as OrtTensor } from "onnxruntime-common";
import { ComputeError } from "../errors/errors.js";
import { checkBound, checkInputs } from "./check-inputs.js";
import type { BoundProgram, Compute, Engine, Program, Tensor, Tensors } from "./engine.js";
import type { EngineReply } from "./engine-messages.js";
import type { Graph } from "./graph.js";
import { encodeOnnx } from "./onnx.js";
import { loadOrt, type OrtSetup, openSession, runSession, toOrt, type WebProvider } from "./ort-web.js";
import { probe } from "./probe.js";
import { RemoteEngine } from "./remote-engine.js";

/** Each worker has a runtime and memory of its own. */
const MOST_WORKERS = 16;

export interface WebComputeOptions {
  /** Default `wasm`. */
  readonly provider?: WebProvider;
  /** Folder of onnxruntime-web's `.wasm` and `.mjs` files, or their addresses. Default: where the bundler put them. */
  readonly wasmPaths?: OrtSetup["wasmPaths"];
  /**
   * Engines that run at the same time, each in a worker of its own, at most 16; results do not depend on it. Default 0:
   * one engine, in the thread that calls it.
   */
  readonly workers?: number;
  /** Threads of WebAssembly; more than one needs a page that is cross-origin isolated. Default 1. */
  readonly threads?: number;
}

/** What to do where a bundler has moved the runtime away from its files. */
export const PREBUNDLED =
  'In vite.config, write optimizeDeps: { exclude: ["stackelberg", "onnxruntime-web", "@mujoco/mujoco"] } and worker: { format: "es" }';

/**
 * Engines on onnxruntime-web. Without `workers` it is one, which computes in the thread that calls it: a page that must
 * stay responsive asks for workers, or opens it in one. All engines of a thread share the settings of the first one
 * opened. A content security policy must allow 'wasm-unsafe-eval', and no more.
 *
 * @throws {ComputeError} where the provider is not available in this browser, or its files are not found
 */
export async function openWebCompute(options: WebComputeOptions = {}): Promise<Compute> {
  const { provider = "wasm", wasmPaths, threads = 1, workers = 0 } = options;
  if (!Number.isInteger(threads) || threads < 1) {
    throw new ComputeError("threads", `must be a whole number of at least 1, got ${threads}`, "Leave it out for one");
  }
  if (!Number.isInteger(workers) || workers < 0 || workers > MOST_WORKERS) {
    throw new ComputeError(
      "workers",
      `must be a whole number from 0 to ${MOST_WORKERS}, got ${workers}`,
      "Leave it out for one engine in this thread; results do not depend on it",
    );
  }
  const setup: OrtSetup = { provider, threads, ...(wasmPaths !== undefined && { wasmPaths }) };
  const engines =
    workers === 0
      ? [new WebEngine(await loadOrt(setup), provider)]
      : Array.from({ length: workers }, () => new WorkerEngine(setup));
  const close = async () => {
    await Promise.all(engines.map((engine) => engine.close()));
  };
  const mend =
    provider === "wasm"
      ? `Serve onnxruntime-web's .wasm files and set wasmPaths to their folder. ${PREBUNDLED}`
      : "Use the provider wasm, which runs everywhere";
  try {
    await Promise.all(engines.map((engine) => probe(engine, provider, mend)));
  } catch (error) {
    await close();
    throw error;
  }
  return { engines, provider, close };
}

/** An engine in a worker. */
class WorkerEngine extends RemoteEngine {
  readonly #worker: Worker;

  constructor(setup: OrtSetup) {
    const worker = new Worker(new URL("./engine-web-worker.js", import.meta.url), { type: "module" });
    super({ post: (request, handOver) => worker.postMessage(request, handOver as ArrayBuffer[]) });
    this.#worker = worker;
    worker.onmessage = ({ data }) => this.hear(data as EngineReply);
    worker.onerror = (event) => {
      event.preventDefault(); // the error is thrown
      const reason = event.message || "its script cannot be loaded";
      this.fail(new ComputeError("engine", `its worker failed (${reason})`, PREBUNDLED));
    };
    worker.postMessage(setup);
  }

  async close(): Promise<void> {
    this.fail(new ComputeError("engine", "it has been closed", "Open a new one"));
    this.#worker.terminate();
  }
}

/** An engine in the thread that calls it. */
class WebEngine implements Engine {
  readonly #ort: Awaited<ReturnType<typeof loadOrt>>;
  readonly #provider: WebProvider;
  readonly #programs = new Map<Graph, Promise<Program>>();
  readonly #sessions: InferenceSession[] = [];
  /** Requests run one after the other, in the order in which they came. */
  #queue: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(ort: Awaited<ReturnType<typeof loadOrt>>, provider: WebProvider) {
    this.#ort = ort;
    this.#provider = provider;
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
    const session = await this.#inTurn(`graph ${graph.name}`, "Check the operators and shapes of the graph", () =>
      openSession(this.#ort, encodeOnnx(graph), this.#provider),
    );
    this.#sessions.push(session);
    const run = (feeds: Record<string, OrtTensor>) =>
      this.#inTurn(`graph ${graph.name}`, "Check the inputs' shapes and the memory left", () =>
        runSession(session, feeds),
      );
    return {
      run: async (inputs) => {
        checkInputs(graph, inputs);
        return run(this.#feeds(inputs));
      },
      bind: async (bound) => {
        checkBound(graph, bound);
        return this.#bind(graph, bound, run);
      },
    };
  }

  #bind(graph: Graph, bound: Tensors, run: (feeds: Record<string, OrtTensor>) => Promise<Tensors>): BoundProgram {
    let kept: Record<string, OrtTensor> | undefined = this.#feeds(bound);
    return {
      run: async (inputs) => {
        checkInputs(graph, inputs, bound);
        if (kept === undefined)
          throw new ComputeError(`graph ${graph.name}`, "its bound inputs have been released", "Bind them again");
        return run({ ...kept, ...this.#feeds(inputs) });
      },
      release: async () => {
        kept = undefined;
      },
    };
  }

  /** Copies, so that what the caller does to its arrays afterwards changes nothing: as with engines in other threads. */
  #feeds(inputs: Tensors): Record<string, OrtTensor> {
    const copied = ({ shape, data }: Tensor) => toOrt(this.#ort, { shape, data: data.slice() });
    return Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [name, copied(tensor)]));
  }

  #inTurn<Result>(where: string, mend: string, work: () => Promise<Result>): Promise<Result> {
    const result = this.#queue.then(async () => {
      if (this.#closed) throw new ComputeError("engine", "it has been closed", "Open a new one");
      try {
        return await work();
      } catch (error) {
        const message = (error instanceof Error ? error.message : String(error)).trim().replace(/\.$/, "");
        throw new ComputeError(where, message, mend, { cause: error });
      }
    });
    this.#queue = result.catch(() => undefined);
    return result;
  }

  async close(): Promise<void> {
    await this.#queue;
    this.#closed = true;
    await Promise.all(this.#sessions.splice(0).map((session) => session.release()));
  }
}
