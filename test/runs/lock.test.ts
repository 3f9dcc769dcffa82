import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { StorageError } from "../../src/errors/errors.js";
import { forgetLock, lockOwner, lockRun } from "../../src/runs/lock.js";
import { temporaryDirectory } from "./support/fake.js";
import { raceForStaleLocks, unfair } from "./support/lock-race.js";

const write = (run: string, owner: object | string) =>
  writeFileSync(join(run, "run.lock"), typeof owner === "string" ? owner : JSON.stringify(owner));

test("a directory in use is refused, and free again after it was given back", () => {
  const run = temporaryDirectory();
  const { release: unlock } = lockRun(run);
  expect(lockOwner(run)?.pid).toBe(process.pid);
  expect(() => lockRun(run)).toThrow(`is in use by process ${process.pid}`);
  unlock();
  expect(readdirSync(run)).toEqual([]);
  lockRun(run).release();
});

test("the lock of a process that is gone, and a lock that is not readable, are taken over", () => {
  const run = temporaryDirectory();
  const gone = spawnSync(process.execPath, ["-e", ""]).pid;
  write(run, { pid: gone, host: hostname(), started: null });
  writeFileSync(join(run, `run.lock.${gone}`), "");
  lockRun(run).release();
  expect(readdirSync(run)).toEqual([]);
  write(run, '{"pid":');
  lockRun(run).release();
});

test("what was left by a process that was killed at its end is forgotten, and a live one keeps its lock", () => {
  const run = temporaryDirectory();
  const { release } = lockRun(run);
  forgetLock(run);
  expect(lockOwner(run)?.pid).toBe(process.pid);
  release();
  const gone = spawnSync(process.execPath, ["-e", ""]).pid;
  write(run, { pid: gone, host: hostname(), started: null });
  writeFileSync(join(run, `run.lock.${gone}`), "");
  forgetLock(run);
  expect(readdirSync(run)).toEqual([]);
  forgetLock(run);
  expect(readdirSync(run)).toEqual([]);
  write(run, { pid: 1, host: "elsewhere", started: null });
  forgetLock(run);
  expect(readdirSync(run)).toEqual(["run.lock"]);
});

test.runIf(existsSync("/proc/self/stat"))(
  "a process that only has the number of the owner does not count",
  async () => {
    const run = temporaryDirectory();
    const other = spawn(process.execPath, ["-e", "setTimeout(() => {}, 60_000)"]);
    try {
      write(run, { pid: other.pid, host: hostname(), started: "1" });
      lockRun(run).release();
      write(run, { pid: other.pid, host: hostname(), started: null });
      expect(() => lockRun(run)).toThrow(`is in use by process ${other.pid}`);
    } finally {
      other.kill("SIGKILL");
    }
  },
);

test("the lock of another machine counts until somebody takes it over", () => {
  const run = temporaryDirectory();
  write(run, { pid: 1, host: "another-machine", started: null });
  expect(() => lockRun(run)).toThrow("on another-machine");
  expect(() => lockRun(run)).toThrow("--take-over");
  const { release: unlock } = lockRun(run, true);
  expect(lockOwner(run)?.pid).toBe(process.pid);
  unlock();
});

test("an owner that lost the directory does not take the lock from the new one", () => {
  const run = temporaryDirectory();
  const { release: unlock } = lockRun(run);
  write(run, { pid: 1, host: "another-machine", started: null });
  unlock();
  expect(lockOwner(run)?.host).toBe("another-machine");
});

test("whatever stands in a lock has a defined answer, and a damaged lock is taken over", () => {
  for (const text of [
    ...["", '{"pid":12,"h', "null", "5", "[]", "{}", '"owner"', "\0\0\0", "{".repeat(10_000)],
    ...[{ pid: 0 }, { pid: -1 }, { pid: 1e300 }, { pid: "1" }, { pid: 1, host: null }].map((owner) =>
      JSON.stringify({ host: hostname(), started: null, ...owner }),
    ),
  ]) {
    const run = temporaryDirectory();
    write(run, text);
    expect(lockOwner(run), text).toBeUndefined();
    const { check, release } = lockRun(run);
    check();
    release();
    expect(readdirSync(run), text).toEqual([]);
  }
});

test("a lock that cannot be read names nobody, and is left to the user", () => {
  const run = temporaryDirectory();
  mkdirSync(join(run, "run.lock"));
  expect(lockOwner(run)).toBeUndefined();
  for (const force of [false, true]) expect(() => lockRun(run, force)).toThrow(/run\.lock: cannot be read.*remove it/);
  expect(readdirSync(run)).toEqual(["run.lock"]);
  rmSync(join(run, "run.lock"), { recursive: true });
  symlinkSync("nowhere", join(run, "run.lock"));
  expect(lockOwner(run)).toBeUndefined();
  expect(() => lockRun(run)).toThrow(StorageError);
  expect(readdirSync(run)).toEqual(["run.lock"]);
});

test("an owner hears at its next look that it lost the run, by whose hand, and leaves the other's lock", () => {
  const run = temporaryDirectory();
  const first = lockRun(run);
  first.check();
  const second = lockRun(run, true);
  expect(() => first.check()).toThrow(StorageError);
  expect(() => first.check()).toThrow(
    new RegExp(`no longer this process's: process ${process.pid} on .* has taken it over. Nothing more is written`),
  );
  first.release();
  second.check();
  second.release();
  expect(readdirSync(run)).toEqual([]);
  const removed = lockRun(run);
  rmSync(join(run, "run.lock"));
  expect(() => removed.check()).toThrow("run.lock was removed or changed");
  removed.release();
});

test("locks of version 0.1, which have no token, count and are taken over alike", () => {
  const run = temporaryDirectory();
  write(run, `${JSON.stringify({ pid: process.pid, host: hostname(), started: null })}\n`);
  expect(lockOwner(run)?.pid).toBe(process.pid);
  expect(() => lockRun(run)).toThrow("is in use");
  lockRun(run, true).release();
  expect(readdirSync(run)).toEqual([]);
});

test("what a process leaves that is killed while it takes a stale lock does not keep the next one out", () => {
  const run = temporaryDirectory();
  const gone = spawnSync(process.execPath, ["-e", ""]).pid;
  const dead = (token: string) => `${JSON.stringify({ pid: gone, host: hostname(), started: null, token })}\n`;
  const guardOf = (name: string, text: string) =>
    `run.lock.of-${createHash("sha256").update(`${name}\n${text}`).digest("hex").slice(0, 24)}`;
  const guard = guardOf("run.lock", dead("a"));
  writeFileSync(join(run, "run.lock"), dead("a"));
  writeFileSync(join(run, guard), dead("b"));
  writeFileSync(join(run, guardOf(guard, dead("b"))), dead("c"));
  writeFileSync(join(run, `run.lock.${gone}.0-1`), dead("b"));
  const { check, release } = lockRun(run);
  check();
  expect(readdirSync(run)).toEqual(["run.lock"]);
  release();
});

test("of three processes that take one stale lock at the same moment, one gets it", async () => {
  const rounds = await raceForStaleLocks(temporaryDirectory(), 100);
  expect(rounds).toHaveLength(100);
  expect(unfair(rounds)).toEqual([]);
});

test("of 1000 random texts in a lock, each names a process that lives or may live elsewhere, or nobody", () => {
  const run = temporaryDirectory();
  const value = fc.oneof(fc.jsonValue(), fc.integer(), fc.constant(process.pid), fc.constant(hostname()));
  const owner = fc.record({ pid: value, host: value, started: value, token: value }, { requiredKeys: [] });
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        owner.map((each) => JSON.stringify(each)),
      ),
      (text) => {
        write(run, text);
        const found = lockOwner(run);
        if (found === undefined) return;
        expect(Number.isSafeInteger(found.pid) && found.pid > 0).toBe(true);
        if (found.host === hostname()) expect(() => process.kill(found.pid, 0)).not.toThrow(/ESRCH/);
      },
    ),
    { numRuns: 1000, seed: 1 },
  );
});
