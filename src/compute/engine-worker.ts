import { parentPort, workerData } from "node:worker_threads";
import type * as Ort from "onnxruntime-node";
import { EngineHost } from "./engine-host.js";
import type { EngineRequest } from "./engine-messages.js";
import { loadOnnxRuntime } from "./onnxruntime.js";

/** How a worker is opened. */
export interface WorkerSetup {
  readonly provider: string;
  /** Shared flags, one number each: the owner says that no more work is wanted, the worker that it is in the middle of some. */
  readonly closing: Flag;
  readonly busy: Flag;
}
export type Flag = Int32Array<SharedArrayBuffer>;

const { provider, closing, busy } = workerData as WorkerSetup;
const port = parentPort!;
const ort = await loadOnnxRuntime();

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

const host = new EngineHost<Ort.Tensor>(
  {
    feed: ({ shape, data }) =>
      data instanceof Float32Array
        ? new ort.Tensor("float32", data, shape as number[])
        : new ort.Tensor("int32", data as Int32Array, shape as number[]),
    async open(model) {
      const session = await ort.InferenceSession.create(model, sessionOptions);
      return {
        run: async (feeds) =>
          Object.fromEntries(
            Object.entries(await session.run(feeds)).map(([name, tensor]) => [
              name,
              { shape: tensor.dims, data: tensor.data as Float32Array },
            ]),
          ),
      };
    },
  },
  provider,
);

let queue = Promise.resolve();
port.on("message", (request: EngineRequest) => {
  queue = queue.then(async () => {
    Atomics.store(busy, 0, 1);
    try {
      if (Atomics.load(closing, 0) === 1) {
        port.close();
        return;
      }
      const { reply, handOver } = await host.answer(request);
      port.postMessage(reply, handOver);
    } finally {
      Atomics.store(busy, 0, 0);
      Atomics.notify(busy, 0);
    }
  });
});
