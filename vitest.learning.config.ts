import { defineConfig } from "vitest/config";

/** The slow tests: several seeds learn a task from scratch. */
export default defineConfig({
  test: { include: ["test/learning/**/*.test.ts"], testTimeout: 900_000, maxWorkers: 1, fileParallelism: false },
});
