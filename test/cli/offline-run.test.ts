import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { command, ended, remains, start, TRAIN } from "./support/process.js";

/** A run from the dataset in `set`, of whatever length is asked for. */
const [BEFORE_SAMPLES, AFTER_SAMPLES] = [TRAIN.slice(0, TRAIN.indexOf("--samples")), TRAIN.slice(7)];
const offline = (out: string, ...more: readonly string[]) => [
  ...BEFORE_SAMPLES,
  ...AFTER_SAMPLES,
  ...["--data", "set", "--set", "data.bufferSize=null", "--out", out, ...more],
];
let cwd = "";

beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), "stackelberg-offline-"));
  expect(await command(cwd, ...TRAIN, "--samples", "200", "--out", "made")).toMatchObject({ code: 0 });
  const exported = await command(cwd, "export", "made", "--minari", "set");
  expect(exported).toMatchObject({ code: 0, out: "set: 200 samples in 8 episodes\n" });
  expect(existsSync(join(cwd, "made", "export"))).toBe(false);
}, 120_000);

test("a run that was killed before its first checkpoint begins again from the dataset, and is the unbroken one", async () => {
  const whole = await command(cwd, ...offline("whole", "--offline", "3"));
  expect(whole).toMatchObject({ code: 0, err: "" });
  expect(whole.out).toMatch(/, 3 iterations from the dataset alone\n/);
  const { metrics } = remains(join(cwd, "whole"));
  expect(metrics.map(({ iteration, samples }) => [iteration, samples])).toEqual([1, 2, 3].map((k) => [k, 200]));
  expect(readFileSync(join(cwd, "whole", "learning-curve.svg"), "utf8")).not.toMatch(/NaN|undefined|Infinity/);
  const child = start(cwd, offline("killed", "--offline", "3"));
  const config = join(cwd, "killed", "config.json");
  while (!existsSync(config)) await new Promise((done) => setTimeout(done, 5));
  child.kill("SIGKILL");
  await ended(child);
  expect(await command(cwd, "resume", "killed")).toMatchObject({ code: 0 });
  expect(remains(join(cwd, "killed"))).toEqual(remains(join(cwd, "whole")));
});

test("a finished one goes on with samples where they are asked for, as if they had been from the start", async () => {
  expect(await command(cwd, ...offline("longer", "--offline", "2", "--samples", "250"))).toMatchObject({ code: 0 });
  expect(await command(cwd, ...offline("alone", "--offline", "2"))).toMatchObject({ code: 0 });
  const again = await command(cwd, "resume", "alone");
  expect(again).toMatchObject({ code: 0, err: "", out: expect.stringMatching(/The run has its 200 samples/) });
  expect(await command(cwd, "resume", "alone", "--samples", "250")).toMatchObject({ code: 0 });
  const { metrics, networks } = remains(join(cwd, "longer"));
  expect(metrics.map(({ samples }) => samples)).toEqual([200, 200, 250]);
  expect(remains(join(cwd, "alone"))).toMatchObject({ metrics, networks });
});

test("what does not fit is one line and exit code 2, and no run directory is left", async () => {
  const refused = async (...line: readonly string[]) => {
    const { code, out, err } = await command(cwd, ...line);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toMatch(/^[^\n]+\n$/);
    return err;
  };
  expect(await refused(...offline("none", "--set", "data.bufferSize=60"))).toMatch(/the dataset has 200 samples/);
  expect(await refused(...TRAIN, "--offline", "2", "--out", "none")).toMatch(/need a dataset to learn from/);
  const walker = offline("none").map((word) => (word === "point-mass" ? "walker2d" : word));
  expect(await refused(...walker)).toMatch(/its observations are 6 numbers, those of walker2d-v2 18 numbers/);
  expect(existsSync(join(cwd, "none"))).toBe(false);
  const missing = await command(cwd, ...offline("none", "--data", "nowhere"));
  expect(missing).toMatchObject({ code: 1, out: "", err: expect.stringMatching(/nowhere: is no Minari dataset/) });
});
