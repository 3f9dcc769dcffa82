import type { InferenceSession, Tensor as OrtTensor } from "onnxruntime-common";
import { ComputeError } from "../errors/errors.js";
import { checkBound, checkInputs } from "./check-inputs.js";
import type { BoundProgram, Compute, Engine, Program, Tensor, Tensors } from "./engine.js";
import type { Graph } from "./graph.js";
import { encodeOnnx } from "./onnx.js";
import { probe } from "./probe.js";

/** Where kernels run: in WebAssembly, everywhere; or on the graphics card, where the browser has WebGPU. */
export const WEB_PROVIDERS = ["wasm", "webgpu"] as const;
export type WebProvider = (typeof WEB_PROVIDERS)[number];

export interface WebComputeOptions {
  /** Default `wasm`. */
  readonly provider?: WebProvider;
  /** Folder of onnxruntime-web's `.wasm` and `.mjs` files, or their addresses. Default: where the bundler put them. */
  readonly wasmPaths?: string | { readonly wasm?: string; readonly mjs?: string };
  /** Threads of WebAssembly; more than one needs a page that is cross-origin isolated. Default 1. */
  readonly threads?: number;
}

type Ort = typeof import("onnxruntime-web/wasm");
/** One way to each: bundlers then take along only what is asked for, when it is asked for. */
const runtimes: Readonly<Record<WebProvider, () => Promise<Ort>>> = {
  wasm: () => import("onnxruntime-web/wasm"),
  webgpu: () => import("onnxruntime-web/webgpu"),
};

/**
 * One engine on onnxruntime-web. It computes in the thread that calls it: a page that must stay responsive opens it
 * in a worker. All engines of a page share the settings of the first one opened. A content security policy must
 * allow 'unsafe-eval', because protobufjs compiles the ONNX encoder when it is first used.
 *
 * @throws {ComputeError} where the provider is not available in this browser, or its files are not found
 */
export async function openWebCompute(options: WebComputeOptions = {}): Promise<Compute> {
  const { provider = "wasm", wasmPaths, threads = 1 } = options;
  if (!Number.isInteger(threads) || threads < 1) {
    throw new ComputeError("threads", `must be a whole number of at least 1, got ${threads}`, "Leave it out for one");
  }
  const ort = await runtimes[provider]();
  ort.env.wasm.numThreads = threads;
  ort.env.logLevel = "fatal"; // errors are thrown
  if (wasmPaths !== undefined) ort.env.wasm.wasmPaths = wasmPaths;
  const engine = new WebEngine(ort, provider);
  const mend =
    provider === "wasm"
      ? "Serve onnxruntime-web's .wasm files and set wasmPaths to their folder"
      : "Use the provider wasm, which runs everywhere";
  await probe(engine, provider, mend);
  return { engines: [engine], provider, close: () => engine.close() };
}

class WebEngine implements Engine {
  readonly #ort: Ort;
  readonly #provider: WebProvider;
  readonly #programs = new Map<Graph, Promise<Program>>();
  readonly #sessions: InferenceSession[] = [];
  /** Requests run one after the other, in the order in which they came. */
  #queue: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(ort: Ort, provider: WebProvider) {
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
      this.#ort.InferenceSession.create(encodeOnnx(graph), {
        executionProviders: [this.#provider],
        graphOptimizationLevel: "all",
        logSeverityLevel: 4,
      }),
    );
    this.#sessions.push(session);
    const run = (feeds: Record<string, OrtTensor>) =>
      this.#inTurn(`graph ${graph.name}`, "Check the inputs' shapes and the memory left", async () =>
        tensorsOf(await session.run(feeds, { logSeverityLevel: 4 })),
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
    const toOrt = ({ shape, data }: Tensor): OrtTensor =>
      data instanceof Float32Array
        ? new this.#ort.Tensor("float32", data.slice(), shape)
        : new this.#ort.Tensor("int32", data.slice() as Int32Array, shape);
    return Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [name, toOrt(tensor)]));
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

function tensorsOf(results: Readonly<Record<string, OrtTensor>>): Tensors {
  return Object.fromEntries(
    Object.entries(results).map(([name, { dims, data }]) => [name, { shape: dims, data: data as Float32Array }]),
  );
}
