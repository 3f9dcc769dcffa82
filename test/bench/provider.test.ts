import { execFile } from "node:child_process";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

/** What `npm run build` made of bench/, as `npm run bench:provider` runs it. */
const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const bench = (...args: string[]) =>
  promisify(execFile)(process.execPath, ["dist-bench/provider.js", ...args], { cwd: ROOT });
const SLOW = 120_000; // ms; 8 s on idle cores

test("the CPU beside itself: every program of an iteration has the same bits, and every work a time", {
  timeout: SLOW,
}, async () => {
  const report = JSON.parse((await bench("cpu", "--quick", "--rounds", "1", "--json")).stdout);
  expect(Object.keys(report.agreement)).toEqual(["npg", "actor-critic"]);
  for (const programs of Object.values(report.agreement) as Record<string, number>[]) {
    expect(Object.keys(programs).length).toBeGreaterThan(5);
    expect(new Set(Object.values(programs))).toEqual(new Set([0]));
  }
  expect(report.works).toHaveLength(5);
  for (const { cpu } of report.works) expect(cpu).toBeGreaterThan(0);
});

test("a provider that there is not is one line, and no stack", async () => {
  await expect(bench("gpu")).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^provider: there is no "gpu"[^\n]*\n$/),
  });
});
