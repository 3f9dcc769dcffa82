import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/learning/**", "test/long/**", "test/slurm/**"],
    testTimeout: 120_000, // a test takes seconds at most where the cores are free; where they are shared, many times that
    maxWorkers: 2,
  },
});
