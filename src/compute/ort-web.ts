import type { InferenceSession, Tensor as OrtTensor } from "onnxruntime-common";
import type { Tensor, Tensors } from "./engine.js";

/** Where kernels run: in WebAssembly, everywhere; or on the graphics card, where the browser has WebGPU. */
export const WEB_PROVIDERS = ["wasm", "webgpu"] as const;
export type WebProvider = (typeof WEB_PROVIDERS)[number];

/** How onnxruntime-web is set up. */
export interface OrtSetup {
  readonly provider: WebProvider;
  /** Folder of onnxruntime-web's `.wasm` and `.mjs` files, or their addresses. Default: where the bundler put them. */
  readonly wasmPaths?: string | { readonly wasm?: string; readonly mjs?: string };
  readonly threads: number;
}

type Ort = typeof import("onnxruntime-web/wasm");
/** One way to each: bundlers then take along only what is asked for, when it is asked for. */
const runtimes: Readonly<Record<WebProvider, () => Promise<Ort>>> = {
  wasm: () => import("onnxruntime-web/wasm"),
  webgpu: () => import("onnxruntime-web/webgpu"),
};

/** onnxruntime-web, set up. All that use it in one thread share the settings of the first. */
export async function loadOrt({ provider, wasmPaths, threads }: OrtSetup): Promise<Ort> {
  const ort = await runtimes[provider]();
  ort.env.wasm.numThreads = threads;
  ort.env.logLevel = "fatal"; // errors are thrown
  if (wasmPaths !== undefined) ort.env.wasm.wasmPaths = wasmPaths;
  return ort;
}

/** A tensor as the runtime takes it: the same memory. */
export const toOrt = (ort: Ort, { shape, data }: Tensor): OrtTensor =>
  data instanceof Float32Array
    ? new ort.Tensor("float32", data, shape)
    : new ort.Tensor("int32", data as Int32Array, shape);

/** A model, ready to run. Errors are thrown, not printed too. */
export const openSession = (ort: Ort, model: Uint8Array, provider: WebProvider): Promise<InferenceSession> =>
  ort.InferenceSession.create(model, {
    executionProviders: [provider],
    graphOptimizationLevel: "all",
    logSeverityLevel: 4,
  });

export async function runSession(
  session: InferenceSession,
  feeds: Readonly<Record<string, OrtTensor>>,
): Promise<Tensors> {
  const results = await session.run(feeds, { logSeverityLevel: 4 });
  return Object.fromEntries(
    Object.entries(results).map(([name, { dims, data }]) => [name, { shape: dims, data: data as Float32Array }]),
  );
}
