import { afterAll, beforeAll } from "vitest";
import type { Compute, Engine } from "../../src/compute/engine.js";
import { openTestCompute } from "./engines.js";

/** Threads start slowly on a machine with other work, ms. */
const PATIENCE = 60_000;

/** Engines for the tests of a file: opened before the first and closed after the last. */
export function useCompute(workers = 1): () => Compute {
  let opened: Compute | undefined;
  beforeAll(async () => {
    opened = await openTestCompute({ workers });
  }, PATIENCE);
  afterAll(async () => {
    await opened?.close();
  });
  return () => opened!;
}

/** The first engine of a compute, or the first `count` of them. */
export const firstEngine = (compute: Compute): Engine => compute.engines[0];
export const only = (compute: Compute, count: number): Compute => ({
  ...compute,
  engines: compute.engines.slice(0, count),
});
