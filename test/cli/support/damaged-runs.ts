import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import fc from "fast-check";
import { expect } from "vitest";
import { listCheckpoints, readCheckpoint } from "../../../src/runs/checkpoint.js";
import { isRun, readHead } from "../../../src/runs/config.js";
import { readLog } from "../../../src/runs/metrics-log.js";
import { damageRun, damages, filesBelow } from "../../runs/support/damage.js";
import { cli, type Shown } from "./harness.js";

/** How long a command may take, ms. */
const PATIENCE = 20_000;
const TRAIN = ["train", "pal", "point-mass", "--keep-every", "1", "--quiet"];

/** A directory in memory where the system has one: disks are slow, and no part of this. */
const PLACE = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

/** Where cases are played: in `whole` a run of six iterations that may go on, in `longer` what it becomes in eight. */
async function makePlace(): Promise<string> {
  const cwd = mkdtempSync(join(PLACE, "stackelberg-fuzz-"));
  await cli([...TRAIN, "--samples", "600", "--out", "whole"], { cwd });
  await cli([...TRAIN, "--samples", "800", "--out", "longer"], { cwd });
  return cwd;
}

interface Treasure {
  readonly checkpoints: readonly string[];
  readonly iterations: readonly number[];
}

/** What must not be lost: checkpoints that are whole, and lines of iterations, but those that are made again. */
function treasure(run: string): Treasure {
  const checkpoints = wholeBelow(run, listed(run));
  const newest = Math.max(...checkpoints.map(Number.parseFloat));
  return { checkpoints, iterations: loggedIn(run).filter((k) => checkpoints.length === 0 || k <= newest) };
}

const attempt = <T>(read: () => T, otherwise: T): T => {
  try {
    return read();
  } catch {
    return otherwise;
  }
};
const listed = (run: string) => attempt(() => listCheckpoints(run), []);
const wholeBelow = (run: string, iterations: readonly number[]): string[] =>
  iterations.flatMap((k) =>
    attempt(() => {
      const { tensors, meta } = readCheckpoint(run, k);
      return [`${k} ${meta.samples} ${tensors["policy/w"].data}`];
    }, []),
  );
const loggedIn = (run: string): number[] =>
  attempt(() => readLog(run).lines.flatMap(({ event }) => (event.type === "iteration" ? [event.iteration] : [])), []);

/** The same after a run was resumed: the run itself and what it has set aside. */
function treasureAfter(run: string): Treasure {
  const aside = filesBelow(run)
    .filter((file) => basename(file) === "state.json")
    .map((file) => join(run, dirname(dirname(dirname(file)))));
  const places = [...new Set([run, ...aside])];
  const logs = filesBelow(run).filter((file) => /^metrics.*\.jsonl$/.test(basename(file)));
  const lines = logs.flatMap((file) => readFileSync(join(run, file), "utf8").split("\n"));
  return {
    checkpoints: places.flatMap((place) => wholeBelow(place, listed(place))),
    iterations: lines.flatMap((line) =>
      attempt(() => {
        const { type, iteration } = JSON.parse(line);
        return type === "iteration" ? [iteration] : [];
      }, []),
    ),
  };
}

/** Runs a command, and looks at what holds of each: it ends, it says in words what is wrong, and numbers are numbers. */
async function said(line: readonly string[], cwd: string): Promise<Shown> {
  const began = performance.now();
  const shown = await cli(line, { cwd });
  const all = `stackelberg ${line.join(" ")}: exit ${shown.code}\n${shown.out}${shown.err}`;
  expect(performance.now() - began, all).toBeLessThan(PATIENCE);
  expect(all).not.toMatch(/^\s+at .*:\d+:\d+\)?$/m);
  expect(all).not.toContain("This is a fault of stackelberg");
  if (shown.code === 0) expect(all).not.toMatch(/\b(NaN|undefined)\b/);
  else expect(shown.err, all).not.toBe("");
  return shown;
}

/** Damage that no resume can get round: something stands where a file or the lock has to be. */
const OBSTACLES = /run\.lock: cannot be read|cannot be written|EISDIR|is in use by process \d+ on|ENOTDIR/;

async function looksAt(cwd: string): Promise<void> {
  const info = await said(["info", "run"], cwd);
  if (info.code === 0) expect(info.out).toMatch(/^progress .*iteration/m);
  expect((await said(["info", ".", "--json"], cwd)).out).toMatch(/"run":"[^"]*whole","status":"finished"/);
  for (const more of [[], ["--y", "model-loss"]]) {
    rmSync(join(cwd, "x.svg"), { force: true });
    const plot = await said(["plot", "run", ...more, "--out", "x.svg"], cwd);
    if (plot.code === 0) expect(readFileSync(join(cwd, "x.svg"), "utf8")).not.toMatch(/NaN|undefined|Infinity/);
  }
  const evaluated = await said(["evaluate", "run", "--episodes", "2", "--json"], cwd);
  if (evaluated.code === 0) expect(JSON.parse(evaluated.out)).toMatchObject({ return: { mean: 10 } });
  const exported = await said(["export", "run", "--format", "all", "--out", "x"], cwd);
  if (exported.code === 0) {
    for (const name of ["policy.onnx", "model.safetensors"])
      expect(statSync(join(cwd, "x", name)).size).toBeGreaterThan(7);
  }
}

async function goesOn(cwd: string): Promise<void> {
  const run = join(cwd, "run");
  const same = attempt(() => JSON.stringify(readHead(run)) === JSON.stringify(readHead(join(cwd, "whole"))), false);
  const before = treasure(run);
  const usable = before.checkpoints.length > 0;
  let resumed = await said(["resume", "run", "--samples", "800"], cwd);
  if (resumed.code !== 0 && same) {
    if (usable) expect(resumed.err).toMatch(OBSTACLES);
    if (resumed.err.includes("is in use by process")) {
      resumed = await said(["resume", "run", "--samples", "800", "--take-over"], cwd);
    }
    if (resumed.err.includes("--from-scratch")) {
      resumed = await said(["resume", "run", "--samples", "800", "--from-scratch"], cwd);
    }
    if (resumed.code !== 0) expect(resumed.err).toMatch(OBSTACLES);
  }
  if (resumed.code === 0 && same) {
    expect(JSON.parse(readFileSync(join(run, "summary.json"), "utf8"))).toMatchObject({
      reason: "finished",
      samples: 800,
    });
    expect(readCheckpoint(run, 8)).toEqual(readCheckpoint(join(cwd, "longer"), 8));
    expect(readLog(run).bad).toEqual([]);
    expect(existsSync(join(run, "run.lock"))).toBe(false);
  }
  if (same) {
    const after = treasureAfter(run);
    expect(after.checkpoints).toEqual(expect.arrayContaining([...before.checkpoints]));
    expect(after.iterations).toEqual(expect.arrayContaining([...before.iterations]));
  }
}

/** Damages so many runs at random, each in another way, and has every command look at them. @returns how many */
export async function fuzzDamagedRuns(cases: number, seed: number): Promise<number> {
  const cwd = await makePlace();
  const run = join(cwd, "run");
  let count = 0;
  try {
    await fc.assert(
      fc.asyncProperty(damages, async (list) => {
        rmSync(run, { recursive: true, force: true });
        cpSync(join(cwd, "whole"), run, { recursive: true });
        damageRun(run, list);
        await looksAt(cwd);
        if (isRun(run)) await goesOn(cwd);
        await looksAt(cwd);
        count++;
      }),
      { numRuns: cases, seed },
    );
  } finally {
    rmSync(cwd, { recursive: true });
  }
  return count;
}
