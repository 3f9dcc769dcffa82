import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { seeded } from "../../../src/random/rng.js";
import { metricsPath, readLog } from "../../../src/runs/metrics-log.js";
import { command, ended, remains, start, TRAIN } from "./process.js";

/** Longer than a run of the smallest kind takes on free cores, ms: kills fall into all of it. */
const LIFE = 1500;

const iterationsIn = (run: string): number =>
  readLog(run).lines.filter(({ event }) => event.type === "iteration").length;

const after = (ms: number) => new Promise((done) => setTimeout(done, ms));

/** Two processes that resume one run at the same moment. One may be killed. @returns whether it was */
async function rivals(
  cwd: string,
  killed: { readonly which: number; readonly at: number } | undefined,
): Promise<boolean> {
  const run = join(cwd, "run");
  const logged = iterationsIn(run);
  const two = [0, 1].map(() => start(cwd, ["resume", "run", "--workers", "1"]));
  const ends = two.map(ended);
  if (killed !== undefined) {
    await after(killed.at);
    two[killed.which]!.kill("SIGKILL");
  }
  const how = await Promise.all(ends);
  for (const [i, { code, signal }] of how.entries()) {
    const { out, err } = two[i]!.said();
    const said = `exit ${code} ${signal}\n${out}${err}`;
    if (signal === null) expect(code === 0 || /is in use by process/.test(err), said).toBe(true);
    const from = /going on from iteration (\d+)/.exec(out)?.[1];
    // The line of an iteration is there before its checkpoint: the last one may have been under way.
    if (from !== undefined) expect(Number(from), said).toBeGreaterThanOrEqual(logged - 1);
  }
  const died = how.some(({ signal }) => signal === "SIGKILL");
  if (!died) expect(how.some(({ code }) => code === 0)).toBe(true);
  return died;
}

/**
 * Runs that are killed at random moments, while they are begun and while two processes resume them at the same time, until
 * so many processes were killed. Each must end like a run that nobody touched, bit for bit.
 *
 * @returns how many runs it took
 */
export async function killAtRandom(parent: string, kills: number, seed: number): Promise<number> {
  expect(await command(parent, ...TRAIN, "--out", "whole", "--quiet")).toMatchObject({ code: 0, err: "" });
  const whole = remains(join(parent, "whole"));
  let count = 0;
  for (let n = 1; ; n++) {
    const rng = seeded(seed).stream("kill", n);
    const cwd = join(parent, String(n));
    const run = join(cwd, "run");
    const first = start(parent, [...TRAIN, "--workers", "1", "--out", run]);
    const firstEnd = ended(first);
    while (!existsSync(metricsPath(run)) && first.exitCode === null) await after(2);
    await after(rng.uniform() * LIFE);
    first.kill("SIGKILL");
    if ((await firstEnd).signal === "SIGKILL") count++;
    if (await rivals(cwd, { which: rng.uniform() < 0.5 ? 0 : 1, at: rng.uniform() * LIFE })) count++;
    await rivals(cwd, undefined);
    expect(remains(run), `run ${n}`).toEqual(whole);
    expect(readdirSync(run).filter((name) => /lock|tmp|damaged|aside/.test(name))).toEqual([]);
    if (count >= kills) return n;
  }
}
