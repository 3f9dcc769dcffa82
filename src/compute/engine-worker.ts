import { parentPort, workerData } from "node:worker_threads";
import type * as Ort from "onnxruntime-node";
import type { Tensor, Tensors } from "./engine.js";

/** How a worker is opened. */
export interface WorkerSetup {
  readonly provider: string;
}

/** What a worker is asked; each request is answered by one reply with its id. */
export type WorkerRequest =
  | { readonly id: number; readonly kind: "ping" }
  | { readonly id: number; readonly kind: "load"; readonly program: number; readonly name: string; readonly model: Uint8Array }
  | { readonly id: number; readonly kind: "bind"; readonly binding: number; readonly inputs: Tensors }
  | { readonly id: number; readonly kind: "release"; readonly binding: number }
  | { readonly id: number; readonly kind: "run"; readonly program: number; readonly binding?: number; readonly inputs: Tensors };

export interface WorkerReply {
  readonly id: number;
  readonly outputs?: Tensors;
  readonly error?: string;
  readonly where?: string;
  readonly mend?: string;
}

const { provider } = workerData as WorkerSetup;
const port = parentPort!;
const ort: typeof Ort = (await import("onnxruntime-node")).default as unknown as typeof Ort;
const sessions = new Map<number, { readonly name: string; readonly session: Ort.InferenceSession }>();
const bindings = new Map<number, Record<string, Ort.Tensor>>();

/** One thread; denormals flushed, which halves the time of a fit on a solved task; warnings off. */
const sessionOptions: Ort.InferenceSession.SessionOptions = {
  executionProviders: [provider],
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: "sequential",
  graphOptimizationLevel: "all",
  logSeverityLevel: 3,
  extra: { session: { set_denormal_as_zero: "1" } },
};

function toOrt({ shape, data }: Tensor): Ort.Tensor {
  return data instanceof Float32Array
    ? new ort.Tensor("float32", data, shape as number[])
    : new ort.Tensor("int32", data as Int32Array, shape as number[]);
}

const toOrtAll = (inputs: Tensors): Record<string, Ort.Tensor> =>
  Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [name, toOrt(tensor)]));

async function answer(request: WorkerRequest): Promise<Tensors> {
  switch (request.kind) {
    case "ping":
      return {};
    case "load":
      sessions.set(request.program, { name: request.name, session: await ort.InferenceSession.create(request.model, sessionOptions) });
      return {};
    case "bind":
      bindings.set(request.binding, toOrtAll(request.inputs));
      return {};
    case "release":
      bindings.delete(request.binding);
      return {};
    case "run": {
      const bound = request.binding === undefined ? {} : bindings.get(request.binding);
      const { session } = sessions.get(request.program)!;
      const results = await session.run({ ...bound, ...toOrtAll(request.inputs) });
      return Object.fromEntries(
        Object.entries(results).map(([name, tensor]) => [name, { shape: tensor.dims, data: tensor.data as Float32Array }]),
      );
    }
  }
}

function explain(request: WorkerRequest, error: unknown): WorkerReply {
  const message = error instanceof Error ? error.message : String(error);
  if (request.kind === "load") {
    const unavailable = provider !== "cpu";
    return {
      id: request.id,
      where: unavailable ? `provider ${provider}` : `graph ${request.name}`,
      error: unavailable ? `is not available here (${message})` : `cannot be compiled (${message})`,
      mend: unavailable ? "Use the provider cpu, which runs everywhere" : "Check the operators and shapes of the graph",
    };
  }
  const where = request.kind === "run" ? `graph ${sessions.get(request.program)?.name}` : "engine";
  return { id: request.id, where, error: message, mend: "Check the inputs' shapes and the memory left" };
}

let queue = Promise.resolve();
port.on("message", (request: WorkerRequest) => {
  queue = queue.then(async () => {
    try {
      const outputs = await answer(request);
      const buffers = new Set(Object.values(outputs).map(({ data }) => data.buffer as ArrayBuffer));
      port.postMessage({ id: request.id, outputs } satisfies WorkerReply, [...buffers]);
    } catch (error) {
      port.postMessage(explain(request, error));
    }
  });
});
