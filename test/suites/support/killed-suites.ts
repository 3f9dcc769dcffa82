import type { ChildProcess } from "node:child_process";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { seeded } from "../../../src/random/rng.js";
import { lockOwner } from "../../../src/runs/lock.js";
import { ended, remains, start } from "../../cli/support/process.js";

/** About as long as such a suite takes on free cores once it has begun, ms. */
const LIFE = 4000;
/** The smallest runs that still play the whole game: two games, two seeds. */
export const SMALL_SUITE = {
  name: "small",
  ways: ["pal", "mal"],
  tasks: ["point-mass"],
  seeds: 2,
  samples: 250,
  attempts: 1000, // a run that is killed in its first iteration again and again is none that fails
  settings: {
    model: { hidden: [8], epochs: 2, ensembleSize: 2 },
    policy: { hidden: [8] },
    value: { hidden: [8] },
    npg: { trajectoriesPerModel: 4, steps: 2 },
    data: { initialSamples: 50, samplesPerIteration: 50 },
    evaluation: { episodes: 2 },
  },
};

const after = (ms: number) => new Promise((done) => setTimeout(done, ms));
const isRunning = ({ exitCode, signalCode }: ChildProcess) => exitCode === null && signalCode === null;
export const runsIn = (suite: string): readonly string[] => {
  const runs = join(suite, "runs");
  return existsSync(runs) ? readdirSync(runs).map((name) => join(runs, name)) : [];
};

/** Writes the suite's file, and runs it undisturbed. @returns what is left of each run */
export async function undisturbed(parent: string, suite = SMALL_SUITE): Promise<ReturnType<typeof remainsOf>> {
  writeFileSync(join(parent, "small.yaml"), JSON.stringify(suite));
  const child = start(parent, ["suite", "run", "small.yaml", "--out", "whole", "--with", "jobs=2"]);
  expect(await ended(child), child.said().err).toMatchObject({ code: 0 });
  return remainsOf(join(parent, "whole"));
}

export const remainsOf = (suite: string) =>
  Object.fromEntries(runsIn(suite).map((run) => [run.slice(suite.length), remains(run)]));

/**
 * A suite of which the command, or one of its runs, is killed at random moments, until so many processes were killed. It must end like
 * the suite that nobody touched, bit for bit; where it ended before, another begins.
 *
 * @returns how many suites it took
 */
export async function killSuites(parent: string, kills: number, seed: number): Promise<number> {
  const whole = await undisturbed(parent);
  let killed = 0;
  for (let n = 1; ; n++) {
    const rng = seeded(seed).stream("suite", n);
    const suite = join(parent, `cut-${n}`);
    for (let over = false; !over; ) {
      const child = start(parent, ["suite", "run", "small.yaml", "--out", suite, "--with", "jobs=2"]);
      const end = ended(child);
      const enough = killed >= kills;
      while (!enough && isRunning(child) && runsIn(suite).length === 0) await after(5);
      for (let more = !enough; more; ) {
        await after(rng.uniform() * LIFE);
        const owners = runsIn(suite).flatMap((run) => lockOwner(run) ?? []);
        const all = rng.uniform() < 0.4 || owners.length === 0;
        if (!isRunning(child)) break;
        try {
          process.kill(all ? child.pid! : owners[rng.integer(owners.length)].pid, "SIGKILL");
          killed++;
        } catch {
          // the run has just come to its end
        }
        more = !all && killed < kills;
      }
      const { code, signal } = await end;
      if (signal === null) expect(code, child.said().err).toBe(0);
      over = signal === null;
    }
    expect(remainsOf(suite), `suite ${n}`).toEqual(whole);
    for (const run of runsIn(suite))
      expect(readdirSync(run).filter((name) => /lock|tmp|damaged|aside/.test(name))).toEqual([]);
    if (killed >= kills) return n;
  }
}
