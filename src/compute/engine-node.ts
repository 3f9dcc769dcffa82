import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { ComputeError } from "../errors/errors.js";
import type { Compute } from "./engine.js";
import type { EngineReply, EngineRequest } from "./engine-messages.js";
import type { Flag, WorkerSetup } from "./engine-worker.js";
import { encodeOnnx } from "./onnx.js";
import { loadOnnxRuntime } from "./onnxruntime.js";
import { PROBE, probe } from "./probe.js";
import { RemoteEngine } from "./remote-engine.js";

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

/** An engine in a worker thread. */
class WorkerEngine extends RemoteEngine {
  readonly #worker: Worker;
  readonly #closing: Flag;
  readonly #exited: Promise<void>;

  constructor(url: URL, provider: string) {
    const setup: WorkerSetup = { provider, closing: flag(), busy: flag() };
    const worker = new Worker(url, { workerData: setup });
    super({
      post: (request, handOver) => worker.postMessage(request, handOver as ArrayBuffer[]),
      waits: (is) => (is ? worker.ref() : worker.unref()), // an idle engine keeps no process alive
    });
    this.#worker = worker;
    this.#closing = setup.closing;
    worker.unref();
    open.add(setup);
    worker.on("message", (reply: EngineReply) => this.hear(reply));
    worker.on("error", (error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error);
      this.fail(
        new ComputeError(
          "engine",
          `its worker thread failed (${reason})`,
          "Check that onnxruntime-node is installed for this platform",
          { cause: error },
        ),
      );
    });
    this.#exited = new Promise((resolve) => {
      worker.on("exit", () => {
        open.delete(setup);
        this.fail(new ComputeError("engine", "its worker thread has ended", "Open a new one"));
        resolve();
      });
    });
  }

  /** Rejects what is under way, and returns when ONNX Runtime has come to the end of it. */
  close(): Promise<void> {
    this.fail(new ComputeError("engine", "it has been closed", "Open a new one"));
    this.#worker.ref();
    Atomics.store(this.#closing, 0, 1);
    this.#worker.postMessage({ kind: "close", id: -1 } satisfies EngineRequest);
    return this.#exited;
  }
}
