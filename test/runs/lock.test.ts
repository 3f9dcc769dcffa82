import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { lockOwner, lockRun } from "../../src/runs/lock.js";
import { temporaryDirectory } from "./support/fake.js";

const write = (run: string, owner: object | string) =>
  writeFileSync(join(run, "run.lock"), typeof owner === "string" ? owner : JSON.stringify(owner));

test("a directory in use is refused, and free again after it was given back", () => {
  const run = temporaryDirectory();
  const unlock = lockRun(run);
  expect(lockOwner(run)?.pid).toBe(process.pid);
  expect(() => lockRun(run)).toThrow(`is in use by process ${process.pid}`);
  unlock();
  expect(readdirSync(run)).toEqual([]);
  lockRun(run)();
});

test("the lock of a process that is gone, and a lock that is not readable, are taken over", () => {
  const run = temporaryDirectory();
  const gone = spawnSync(process.execPath, ["-e", ""]).pid;
  write(run, { pid: gone, host: hostname(), started: null });
  writeFileSync(join(run, `run.lock.${gone}`), "");
  lockRun(run)();
  expect(readdirSync(run)).toEqual([]);
  write(run, '{"pid":');
  lockRun(run)();
});

test.runIf(existsSync("/proc/self/stat"))(
  "a process that only has the number of the owner does not count",
  async () => {
    const run = temporaryDirectory();
    const other = spawn(process.execPath, ["-e", "setTimeout(() => {}, 60_000)"]);
    try {
      write(run, { pid: other.pid, host: hostname(), started: "1" });
      lockRun(run)();
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
  const unlock = lockRun(run, true);
  expect(lockOwner(run)?.pid).toBe(process.pid);
  unlock();
});

test("an owner that lost the directory does not take the lock from the new one", () => {
  const run = temporaryDirectory();
  const unlock = lockRun(run);
  write(run, { pid: 1, host: "another-machine", started: null });
  unlock();
  expect(lockOwner(run)?.host).toBe("another-machine");
});
