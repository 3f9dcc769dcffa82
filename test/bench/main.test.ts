import { execFile } from "node:child_process";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import type { Report } from "../../bench/report.js";

/** What `npm run build` made of bench/, as `npm run bench` runs it. */
const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const bench = async (...args: string[]): Promise<string> =>
  (await promisify(execFile)(process.execPath, ["dist-bench/main.js", ...args], { cwd: ROOT })).stdout;
const SLOW = 60_000; // ms; 2 s on idle cores

test("measures every line, and a target that is missed is no failure", { timeout: SLOW }, async () => {
  const report = JSON.parse(await bench("--quick", "--json", "--engines", "2")) as Report;
  expect(report.peaks.map(({ engines }) => engines)).toEqual([1, 2]);
  const { floors, iterations, sideBySide, memory } = report;
  expect(floors.map(({ target }) => target)).toEqual([1.5, 1.35, 2, 1.5, 2, 2, 2]); // the networks of --quick are far too small for them
  expect(floors.some(({ met }) => !met)).toBe(true);
  expect(iterations.map(({ target }) => target)).toEqual([25, 25]);
  const figures = [
    ...report.peaks.flatMap((peak) => [peak.flopsPerSecond, peak.flopsPerCpuSecond]),
    ...floors.flatMap((line) => [line.ratio, line.cpuRatio, line.seconds, line.flops]),
    ...iterations.flatMap(({ seconds: s }) => [s.fit, s.improve, s.sample, s.total]),
    ...sideBySide.map(({ times }) => times),
    memory!.peak,
  ];
  expect(figures.filter((x) => !(Number.isFinite(x) && x > 0))).toEqual([]);
  for (const { ratio, target, met } of floors) expect(met).toBe(ratio <= target);
  for (const { seconds: s } of iterations) expect(s.fit + s.improve + s.sample).toBeLessThanOrEqual(s.total + 1e-6);
});

test("prints tables with each target beside its figure", { timeout: SLOW }, async () => {
  const text = await bench("--quick", "--engines", "1", "--rounds", "1");
  for (const target of ["≤ 1.50", "≤ 1.35", "≤ 2.00", "≤ 25 s", "≤ 1.50 GiB"]) expect(text).toContain(target);
  expect(text).toContain("MISSED");
});

test("measures one line alone where it is asked for one", { timeout: SLOW }, async () => {
  const report = JSON.parse(
    await bench("--quick", "--json", "--engines", "1", "--rounds", "1", "--only", "Fisher"),
  ) as Report;
  expect(report.floors.map(({ name }) => name)).toEqual([expect.stringMatching(/^Fisher-vector product/)]);
  expect([report.iterations, report.sideBySide, report.memory]).toEqual([[], [], null]);
});
