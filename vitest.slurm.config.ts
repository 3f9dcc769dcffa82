import { defineConfig } from "vitest/config";

/** A real Slurm of one node, which the tests install where it is not there, and start. As root. */
export default defineConfig({
  test: { include: ["test/slurm/**/*.test.ts"], testTimeout: 900_000, maxWorkers: 1, fileParallelism: false },
});
