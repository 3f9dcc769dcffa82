import { defineConfig } from "vitest/config";

/** What `npm run docs` built: `npm run docs:check`. */
export default defineConfig({
  test: { include: ["test/docs/site/**/*.test.ts"], testTimeout: 120_000, maxWorkers: 1 },
});
