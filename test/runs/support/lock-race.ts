import { type ChildProcess, fork, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { lockOwner } from "../../../src/runs/lock.js";

const RACER = fileURLToPath(new URL("lock-racer.mjs", import.meta.url));
const LOCK = pathToFileURL(resolve("dist/runs/lock.js")).href;
/** How long the parent gives its children to hear of the start, ms. */
const LEAD = 3;

async function said(racer: ChildProcess): Promise<string> {
  return String((await once(racer, "message"))[0]);
}

/** What three processes said that took one stale lock at the same moment, and what the directory held then and after. */
export interface Round {
  readonly said: readonly string[];
  readonly owner: number | undefined;
  readonly winner: number | undefined;
  readonly left: readonly string[];
}

/**
 * Three processes race to take the lock of a process that is gone, so many times, each time in a new directory.
 *
 * @param damage what stands in the lock instead of the owner that is gone, in some rounds
 */
export async function raceForStaleLocks(parent: string, rounds: number): Promise<Round[]> {
  const gone = spawnSync(process.execPath, ["-e", ""]).pid;
  const racers = [1, 2, 3].map(() => fork(RACER, [LOCK]));
  const results: Round[] = [];
  try {
    await Promise.all(racers.map(said));
    for (let round = 0; round < rounds; round++) {
      const run = join(parent, String(round));
      mkdirSync(run);
      // In every tenth round a lock that a power cut has damaged.
      const stale = round % 10 === 9 ? "null" : JSON.stringify({ pid: gone, host: hostname(), started: null });
      writeFileSync(join(run, "run.lock"), `${stale}\n`);
      const answers = racers.map(said);
      for (const racer of racers) racer.send({ run, at: Date.now() + LEAD });
      const heard = await Promise.all(answers);
      const owner = lockOwner(run)?.pid;
      const winner = racers[heard.indexOf("owner")]?.pid;
      const released = racers.map(said);
      for (const racer of racers) racer.send({ release: true });
      await Promise.all(released);
      results.push({ said: heard.sort(), owner, winner, left: readdirSync(run) });
    }
  } finally {
    for (const racer of racers) racer.kill();
  }
  return results;
}

/** The rounds in which not exactly one process became the owner, or something was left behind. */
export const unfair = (rounds: readonly Round[]): readonly Round[] =>
  rounds.filter(
    ({ said, owner, winner, left }) => said.join() !== "owner,refused,refused" || owner !== winner || left.length > 0,
  );
