import { defineConfig } from "vitest/config";

/** The long tests: what `npm test` tries on hundreds of cases, on thousands. */
export default defineConfig({
  test: { include: ["test/long/**/*.test.ts"], testTimeout: 900_000, maxWorkers: 1, fileParallelism: false },
});
