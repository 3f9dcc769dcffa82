import { defineConfig } from "vitest/config";

/** A day's work in an hour: `npm run test:soak -- --minutes 60`. */
export default defineConfig({
  test: { include: ["test/soak/**/*.test.ts"], testTimeout: 14_400_000, maxWorkers: 1, fileParallelism: false },
});
