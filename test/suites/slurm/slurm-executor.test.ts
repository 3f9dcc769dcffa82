import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { ExecutorContext } from "../../../src/suites/executor.js";
import { attemptHere } from "../../../src/suites/executors.js";
import { SlurmExecutor, slurmKind } from "../../../src/suites/slurm/slurm-executor.js";
import { temporaryDirectory } from "../../runs/support/fake.js";
import { executorContract, until } from "../../support/executor-contract.js";
import { fakeSlurm } from "../support/fake-slurm.js";
import { tinySuite } from "../support/tiny-suite.js";

const TASK = resolve("dist/suites/slurm/task.js");
const FAKE_WORK = fileURLToPath(new URL("../../support/fake-work.mjs", import.meta.url));
const engine = fakeSlurm();
const open = (context: ExecutorContext) => new SlurmExecutor(context, { grace: 60, flags: [] }, TASK);

executorContract("slurm", async (context) => open(context));

const context = (options: Readonly<Record<string, string>>, runs = 1): ExecutorContext => ({
  suite: tinySuite(temporaryDirectory(), runs),
  command: [process.execPath, FAKE_WORK],
  options,
  say: () => {},
});

test("a run that Slurm asks to stop before the time limit stops once, and is queued again", async () => {
  const made = context({});
  const { directory, jobs } = made.suite;
  mkdirSync(join(directory, "plans"));
  writeFileSync(join(directory, "plans", jobs[0].id), "long done");
  const executor = open(made);
  const lines = (file: string) =>
    existsSync(join(directory, file)) ? readFileSync(join(directory, file), "utf8").trim().split("\n") : [];
  await executor.submit(jobs);
  await until(() => lines("started").length === 1);
  for (const pid of engine.pids()) process.kill(pid, "SIGTERM");
  await until(async () => (await executor.status()).size === 0);
  expect([lines("stopped"), lines("started")]).toEqual([[jobs[0].id], [jobs[0].id, jobs[0].id]]);
});

test("what a job asks for comes from the suite and from the options", async () => {
  const made = context({
    partition: "long",
    account: "lab",
    time: "12:00:00",
    jobs: "5",
    grace: "90",
    flags: "--nice=10  -C avx2",
  });
  await (await slurmKind.open(made)).submit(made.suite.jobs);
  const line = engine.submitted().at(-1);
  expect(line).toEqual(
    expect.arrayContaining([
      "--array=0%5",
      "--partition=long",
      "--account=lab",
      "--time=12:00:00",
      "--signal=B:TERM@90",
    ]),
  );
  expect(line).toEqual(expect.arrayContaining(["--cpus-per-task=1", "--mem=1M", "--requeue", "--open-mode=append"]));
  expect(line?.slice(-3)).toEqual(["--nice=10", "-C", "avx2"]);
});

test("a job that Slurm refuses is refused in Slurm's words", async () => {
  const made = context({ partition: "none" });
  const executor = await slurmKind.open(made);
  await expect(executor.submit(made.suite.jobs)).rejects.toThrow(
    /^sbatch: Slurm says: Batch job submission failed: Invalid partition name specified\. /,
  );
});

test("where Slurm is not installed, that is said", async () => {
  const [path, made] = [process.env.PATH, context({})];
  process.env.PATH = temporaryDirectory();
  try {
    await expect(open(made).status()).rejects.toThrow(/^squeue: there is no such command here/);
  } finally {
    process.env.PATH = path;
  }
});

test.each([{ jobs: "0" }, { grace: "soon" }, { grace: "1e9" }])(
  "options that make no sense are refused: %j",
  async (options) => {
    await expect(slurmKind.open(context(options))).rejects.toThrow(/must be a whole number from 1 to 65535, got/);
  },
);

test("a former attempt is over where Slurm started this job again, and not where it is a first attempt or another job", () => {
  const ours = { SLURM_JOB_NAME: "stackelberg-tiny-0123456789ab-0" };
  expect(attemptHere({ ...ours, SLURM_RESTART_COUNT: "1" })).toEqual({ formerIsOver: true });
  expect(attemptHere(ours)).toEqual({ formerIsOver: false });
  expect(attemptHere({ SLURM_JOB_NAME: "bash", SLURM_RESTART_COUNT: "1" })).toEqual({ formerIsOver: false });
});
