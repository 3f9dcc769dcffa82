import { isMainThread } from "node:worker_threads";
import type * as Ort from "onnxruntime-node";
import { ComputeError } from "../errors/errors.js";

/**
 * The one place that loads onnxruntime-node. Its builds of 1.30 send usage data to their vendor unless this variable of
 * the environment says no: they write a device id and an event database into the user's cache folder with the first
 * session, and look up a host after a minute. The library reads the variable with `getenv`, where only the main thread's
 * `process.env` reaches it: a worker has a copy. So it is set when this file is loaded, before anything can open a session.
 */
const SWITCH = "ORT_DISABLE_TELEMETRY";

const off = (): boolean => process.env[SWITCH] === "1";

if (isMainThread && !off()) process.env[SWITCH] = "1";

/**
 * onnxruntime-node, with its telemetry off.
 *
 * @throws {ComputeError} in a worker thread of a process whose main thread has not turned telemetry off
 */
export async function loadOnnxRuntime(): Promise<typeof Ort> {
  if (!off()) {
    throw new ComputeError(
      "onnxruntime-node",
      "its telemetry cannot be turned off from a worker thread",
      `Import "stackelberg/node" in the main thread before it starts the worker, or start the process with ${SWITCH}=1`,
    );
  }
  const ort = (await import("onnxruntime-node")).default as unknown as typeof Ort;
  ort.env.logLevel = "fatal"; // errors are thrown; a provider that is not there would be printed as well
  return ort;
}
