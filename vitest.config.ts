import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  // Examples that are tested on the sources, not on what was built of them.
  resolve: { alias: [{ find: /^stackelberg$/, replacement: fileURLToPath(new URL("src/index.ts", import.meta.url)) }] },
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/learning/**", "test/long/**", "test/slurm/**", "test/soak/**", "test/docs/site/**"],
    testTimeout: 120_000, // a test takes seconds at most where the cores are free; where they are shared, many times that
    hookTimeout: 120_000,
    maxWorkers: 3, // of two cores: many tests wait, for browsers, pauses and commands
  },
});
