import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { lockOwner } from "../../src/runs/lock.js";
import { command } from "../cli/support/process.js";
import { temporaryDirectory } from "../runs/support/fake.js";
import { remainsOf, runsIn, SMALL_SUITE, undisturbed } from "../suites/support/killed-suites.js";
import { until } from "../support/executor-contract.js";
import { installSlurm, startSlurm } from "./one-node.js";

const MINUTES = 60_000;
const place = mkdtempSync(join(tmpdir(), "slurm-"));
let slurm: Awaited<ReturnType<typeof startSlurm>>;

beforeAll(async () => {
  const lacking = installSlurm();
  if (lacking !== undefined) throw new Error(lacking);
  slurm = await startSlurm(place);
}, 5 * MINUTES);
afterAll(async () => {
  await slurm?.stop();
  rmSync(place, { recursive: true, force: true });
}, 2 * MINUTES);

const parentOf = (pid: number): number =>
  Number(
    readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /, "")
      .split(" ")[1],
  );
const states = async (cwd: string, suite: string) => {
  const { out } = await command(cwd, "suite", "status", suite, "--json");
  return JSON.parse(out.trim().split("\n").at(-1)!) as Record<string, number>;
};

test(
  "a suite of which a run and slurmd are killed, and a job is asked to stop, ends bit for bit like one that was never touched",
  async () => {
    const cwd = temporaryDirectory();
    const whole = await undisturbed(cwd);
    const handed = await command(cwd, "suite", "run", "small.yaml", "--out", "cut", "--on", "slurm");
    expect(handed, handed.err).toMatchObject({ code: 0, out: expect.stringContaining("4 runs handed to slurm") });
    const again = await command(cwd, "suite", "run", "cut");
    expect(again.out).toContain("0 runs handed to slurm");
    const suite = join(cwd, "cut");
    const owners = () => runsIn(suite).flatMap((run) => lockOwner(run) ?? []);

    await until(() => owners().length > 0, 2 * MINUTES);
    process.kill(owners()[0].pid, "SIGKILL");
    slurm.killNode();
    await until(() => owners().length > 0, 2 * MINUTES);
    process.kill(parentOf(owners()[0].pid), "SIGTERM"); // as Slurm does before the time limit
    await until(
      async () => /Slurm job \d+_\d+: BeginTime/.test((await command(cwd, "suite", "status", "cut")).out),
      2 * MINUTES,
    );

    await until(async () => (await states(cwd, "cut")).finished === 4, 8 * MINUTES);
    expect(remainsOf(suite)).toEqual(whole);
  },
  15 * MINUTES,
);

test(
  "what waits is taken back, and what Slurm refuses is said in its words",
  async () => {
    const cwd = temporaryDirectory();
    writeFileSync(join(cwd, "small.yaml"), JSON.stringify(SMALL_SUITE));
    const refused = await command(
      cwd,
      "suite",
      "run",
      "small.yaml",
      "--out",
      "no",
      "--on",
      "slurm",
      "--with",
      "partition=none",
    );
    expect(refused).toMatchObject({ code: 2, err: expect.stringContaining("invalid partition specified: none") });

    await command(
      cwd,
      "suite",
      "run",
      "small.yaml",
      "--out",
      "later",
      "--on",
      "slurm",
      "--with",
      "flags=--begin=now+1hour",
    );
    // Slurm says why a job waits a moment after it took it.
    await until(async () =>
      /queued .*Slurm job \d+_0: BeginTime/.test((await command(cwd, "suite", "status", "later")).out),
    );
    expect((await command(cwd, "suite", "cancel", "later")).code).toBe(0);
    expect(await states(cwd, "later")).toMatchObject({ cancelled: 4 });
    expect((await command(cwd, "suite", "status", "later")).out).not.toContain("Slurm job");
  },
  5 * MINUTES,
);
