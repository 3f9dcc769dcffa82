import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { localKind } from "../../../src/suites/local/local-executor.js";
import { Pool } from "../../../src/suites/local/pool.js";
import { temporaryDirectory } from "../../runs/support/fake.js";
import { executorContract } from "../../support/executor-contract.js";
import { tinySuite } from "../support/tiny-suite.js";

const MACHINE = { cores: 2, memory: 2 ** 30 };

executorContract("local", async (context) => new Pool(context, MACHINE, Number.POSITIVE_INFINITY));

const context = (options: Readonly<Record<string, string>>) => ({
  suite: tinySuite(temporaryDirectory(), 1),
  command: [],
  options,
  say: () => {},
});

test.each([{ jobs: "0" }, { jobs: "two" }, { cores: "1.5" }, { memory: "-1" }, { memory: "" }])(
  "options that make no sense are refused with what would do: %j",
  async (options) => {
    await expect(localKind.open(context(options))).rejects.toThrow(/must be a .*number above 0, got/);
  },
);

test("where nothing can be written the pool ends in order, and says why", async () => {
  const suite = tinySuite(temporaryDirectory(), 3);
  writeFileSync(join(suite.directory, "logs"), "in the way");
  const pool = new Pool({ suite, command: [process.execPath], options: {}, say: () => {} }, MACHINE, 2);
  await pool.submit(suite.jobs);
  await expect(pool.idle()).rejects.toThrow(
    /logs: cannot be written .* Make room on the disk, then run the suite again/,
  );
  await pool.close();
});

test("a run that is to be tried later is tried, though the time of day went back by an hour meanwhile", async () => {
  const suite = tinySuite(temporaryDirectory(), 1);
  mkdirSync(join(suite.directory, "plans"));
  writeFileSync(join(suite.directory, "plans", suite.jobs[0].id), "busy done");
  const said: string[] = [];
  const say = (line: string) => {
    said.push(line);
    if (!line.endsWith("goes on later")) return;
    const real = Date.now;
    queueMicrotask(() => vi.spyOn(Date, "now").mockImplementation(() => real() - 3_600_000)); // once the pool has its plan
    onTestFinished(() => void vi.restoreAllMocks());
  };
  const command = [process.execPath, resolve("test/support/fake-work.mjs")];
  const pool = new Pool({ suite, command, options: {}, say }, MACHINE, 1);
  await pool.submit(suite.jobs);
  await pool.idle();
  await pool.close();
  expect(said.map((line) => line.replace(/^.*: /, ""))).toEqual(["started", "goes on later", "started", "done"]);
}, 30_000);
