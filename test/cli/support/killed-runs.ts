import type { ChildProcess } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { seeded } from "../../../src/random/rng.js";
import { lockOwner } from "../../../src/runs/lock.js";
import { metricsPath, readLog } from "../../../src/runs/metrics-log.js";
import { command, ended, remains, start, TRAIN } from "./process.js";

/** About as long as a run of the smallest kind takes on free cores once it has begun, ms: kills fall into all of it. */
const LIFE = 1000;

const iterationsIn = (run: string): number =>
  readLog(run).lines.filter(({ event }) => event.type === "iteration").length;

const isRunning = ({ exitCode, signalCode }: ChildProcess) => exitCode === null && signalCode === null;
const after = (ms: number) => new Promise((done) => setTimeout(done, ms));

/** Two processes that resume one run at the same moment; one may be killed, so long after one has got it. @returns whether it was */
async function rivals(cwd: string, kill?: { readonly owner: boolean; readonly after: number }): Promise<boolean> {
  const run = join(cwd, "run");
  const logged = iterationsIn(run);
  const two = [0, 1].map(() => start(cwd, ["resume", "run", "--workers", "1"]));
  const ends = two.map(ended);
  if (kill !== undefined) {
    while (lockOwner(run) === undefined && two.some(isRunning)) await after(2);
    const owner = two.find(({ pid }) => pid === lockOwner(run)?.pid) ?? two[0];
    await after(kill.after);
    (kill.owner ? owner : two.find((each) => each !== owner)!).kill("SIGKILL");
  }
  const how = await Promise.all(ends);
  for (const [i, { code, signal }] of how.entries()) {
    const { out, err } = two[i].said();
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
    while (!existsSync(metricsPath(run)) && isRunning(first)) await after(2);
    await after(rng.uniform() * LIFE);
    first.kill("SIGKILL");
    if ((await firstEnd).signal === "SIGKILL") count++;
    if (await rivals(cwd, { owner: rng.uniform() < 0.75, after: (rng.uniform() * LIFE) / 2 })) count++;
    await rivals(cwd);
    expect(remains(run), `run ${n}`).toEqual(whole);
    expect(readdirSync(run).filter((name) => /lock|tmp|damaged|aside/.test(name))).toEqual([]);
    if (count >= kills) return n;
  }
}
