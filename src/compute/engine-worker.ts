import { parentPort, workerData } from "node:worker_threads";
import type * as Ort from "onnxruntime-node";
import type { Tensor, Tensors } from "./engine.js";
import { loadOnnxRuntime } from "./onnxruntime.js";

/** How a worker is opened. */
export interface WorkerSetup {
  readonly provider: string;
  /** Shared flags, one number each: the owner says that no more work is wanted, the worker that it is in the middle of some. */
  readonly closing: Flag;
  readonly busy: Flag;
}
export type Flag = Int32Array<SharedArrayBuffer>;

/** What a worker is asked; each request is answered by one reply with its id. */
export type WorkerRequest =
  | { readonly id: number; readonly kind: "ping" | "close" }
  | {
      readonly id: number;
      readonly kind: "load";
      readonly program: number;
      readonly name: string;
      readonly model: Uint8Array;
    }
  | { readonly id: number; readonly kind: "bind"; readonly binding: number; readonly inputs: Tensors }
  | { readonly id: number; readonly kind: "release"; readonly binding: number }
  | {
      readonly id: number;
      readonly kind: "run";
      readonly program: number;
      readonly binding?: number;
      readonly inputs: Tensors;
    };

export interface WorkerReply {
  readonly id: number;
  readonly outputs?: Tensors;
  readonly error?: string;
  /** ONNX Runtime's own message. */
  readonly reason?: string;
  readonly where?: string;
  readonly mend?: string;
}

const { provider, closing, busy } = workerData as WorkerSetup;
const port = parentPort!;
const ort = await loadOnnxRuntime();
const sessions = new Map<number, { readonly name: string; readonly session: Ort.InferenceSession }>();
const bindings = new Map<number, Record<string, Ort.Tensor>>();

/** One thread; denormals flushed, which halves the time of a fit on a solved task; errors are thrown, not printed too. */
const sessionOptions: Ort.InferenceSession.SessionOptions = {
  executionProviders: [provider],
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: "sequential",
  graphOptimizationLevel: "all",
  logSeverityLevel: 4,
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
    case "close":
      return {};
    case "load":
      sessions.set(request.program, {
        name: request.name,
        session: await ort.InferenceSession.create(request.model, sessionOptions),
      });
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
        Object.entries(results).map(([name, tensor]) => [
          name,
          { shape: tensor.dims, data: tensor.data as Float32Array },
        ]),
      );
    }
  }
}

function explain(request: WorkerRequest, error: unknown): WorkerReply {
  const message = (error instanceof Error ? error.message : String(error)).trim().replace(/\.$/, "");
  if (request.kind === "load") {
    return {
      id: request.id,
      reason: message,
      where: `graph ${request.name}`,
      error: `cannot be compiled for the provider ${provider} (${message})`,
      mend: "Check the operators and shapes of the graph",
    };
  }
  const where = request.kind === "run" ? `graph ${sessions.get(request.program)?.name}` : "engine";
  return {
    id: request.id,
    reason: message,
    where,
    error: message,
    mend: "Check the inputs' shapes and the memory left",
  };
}

let queue = Promise.resolve();
port.on("message", (request: WorkerRequest) => {
  queue = queue.then(async () => {
    Atomics.store(busy, 0, 1);
    try {
      if (Atomics.load(closing, 0) === 1) {
        port.close();
        return;
      }
      const outputs = await answer(request);
      const buffers = new Set(Object.values(outputs).map(({ data }) => data.buffer as ArrayBuffer));
      port.postMessage({ id: request.id, outputs } satisfies WorkerReply, [...buffers]);
    } catch (error) {
      port.postMessage(explain(request, error));
    } finally {
      Atomics.store(busy, 0, 0);
      Atomics.notify(busy, 0);
    }
  });
});
