import { StorageError } from "../errors/errors.js";
import { type LoadedPolicy, loadedPolicy } from "./loaded-policy.js";

/** Where onnxruntime-web's files are, as for `openWebCompute`. */
export interface LoadPolicyOptions {
  readonly wasmPaths?: string | { readonly wasm?: string; readonly mjs?: string };
}

/**
 * The mean policy of a `policy.onnx`, ready to act in a page. It computes in the thread that calls it.
 *
 * @param source the file's bytes, or its address
 * @throws {StorageError} where it cannot be fetched, or is no policy that stackelberg exported
 */
export async function loadPolicy(
  source: Uint8Array | string | URL,
  { wasmPaths }: LoadPolicyOptions = {},
): Promise<LoadedPolicy> {
  const bytes = source instanceof Uint8Array ? source : await fetched(source);
  return loadedPolicy(bytes, async (file) => {
    const ort = await import("onnxruntime-web/wasm");
    if (wasmPaths !== undefined) ort.env.wasm.wasmPaths = wasmPaths;
    const session = await ort.InferenceSession.create(file, { executionProviders: ["wasm"], logSeverityLevel: 4 });
    return {
      async run(observations, rows) {
        const shape = [rows, observations.length / rows];
        const { actions } = await session.run({ observations: new ort.Tensor("float32", observations, shape) });
        return actions.data as Float32Array;
      },
      release: () => session.release(),
    };
  });
}

async function fetched(source: string | URL): Promise<Uint8Array> {
  const answer = await fetch(source);
  if (!answer.ok)
    throw new StorageError(String(source), `the server answers ${answer.status}`, "Check the file's address");
  return new Uint8Array(await answer.arrayBuffer());
}
