import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Compute } from "../../src/compute/engine.js";
import { type NodeComputeOptions, openNodeCompute } from "../../src/compute/engine-node.js";

const WORKER = new URL("../../dist/compute/engine-worker.js", import.meta.url);

/** Engines for tests that run from sources: their worker threads need JavaScript, which `npm run build` makes. */
export function openTestCompute(options: Omit<NodeComputeOptions, "workerUrl"> = {}): Promise<Compute> {
  if (!existsSync(fileURLToPath(WORKER)))
    throw new Error("dist/compute/engine-worker.js is missing. Run npm run build (npm test does)");
  return openNodeCompute({ workers: 1, ...options, workerUrl: WORKER });
}
