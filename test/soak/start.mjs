/** `npm run test:soak [-- --minutes 60] [-- --seed 1]`: hands the length to the test. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: { minutes: { type: "string", default: "60" }, seed: { type: "string", default: "1" } },
});
for (const [name, text] of Object.entries(values)) {
  if (Number(text) > 0) continue;
  console.error(`--${name}: must be a number above 0, got ${text}. For instance --${name} 10.`);
  process.exit(2);
}
const { status } = spawnSync(
  process.execPath,
  [
    fileURLToPath(new URL("../../node_modules/vitest/vitest.mjs", import.meta.url)),
    "run",
    "--config",
    "vitest.soak.config.ts",
    "--disable-console-intercept",
  ],
  { stdio: "inherit", env: { ...process.env, SOAK_MINUTES: values.minutes, SOAK_SEED: values.seed } },
);
process.exitCode = status ?? 1;
