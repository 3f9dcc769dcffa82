import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { temporaryDirectory } from "../runs/support/fake.js";

/** The command in a process group of its own, as a terminal starts it, on a task of a user's own. */
const MAIN = resolve("dist/cli/main.js");
const LIBRARY = resolve("dist/index.js");
const TINY = ["model.hidden=[8]", "model.epochs=1", "npg.trajectoriesPerModel=4", "evaluation.episodes=1"];
const SIZES = [...TINY, "data.initialSamples=20", "data.samplesPerIteration=20"].flatMap((each) => ["--set", each]);

/** A task that gets stuck in one of its functions once the file `stuck` is there. */
function task(folder: string, where: "step" | "reward" | "import"): string {
  const loops = (name: string) =>
    name === where ? `if (existsSync(${JSON.stringify(join(folder, "stuck"))})) for (;;);` : "";
  const file = join(folder, "task.mjs");
  writeFileSync(
    file,
    `import { existsSync } from "node:fs";
     import { defineTask } from ${JSON.stringify(LIBRARY)};
     ${loops("import")}
     export default defineTask({
       id: "stuck-v0",
       observation: { names: ["x"] },
       action: { names: ["a"], low: [-1], high: [1] },
       horizon: 10,
       controlStep: 0.1,
       reward: (s, a, next) => { ${loops("reward")} return -(next[0] ** 2); },
       isTerminal: () => false,
       dynamics: { start: () => [1], step: ([x], [a]) => { ${loops("step")} return [x + 0.1 * a]; } },
     });`,
  );
  return file;
}

function start(folder: string, ...line: string[]): ChildProcess & { readonly said: () => string } {
  const child = spawn(process.execPath, [MAIN, ...line], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (said += chunk));
  return Object.assign(child, { said: () => said });
}
const ended = (child: ChildProcess) =>
  new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((done) =>
    child.on("close", (code, signal) => done({ code, signal })),
  );
/** Waits for something; what is never so ends the test instead of hanging it. */
const until = async (claim: () => boolean, patience = 60_000) => {
  for (const begun = Date.now(); !claim(); await new Promise((done) => setTimeout(done, 20)))
    if (Date.now() - begun > patience) throw new Error(`not so after ${patience} ms: ${claim}`);
};
const pressCtrlC = (child: ChildProcess) => process.kill(-child.pid!, "SIGINT");
/** Processes of a group, but for those that have ended. */
const group = (pid: number) =>
  execFileSync("ps", ["-eo", "pgid=,stat=,args="], { encoding: "utf8" })
    .split("\n")
    .filter((each) => each.trim().startsWith(`${pid} `) && !/^\s*\d+\s+Z/.test(each));

describe("a task that loops for ever", () => {
  test.each(["step", "reward"] as const)(
    "in %s: the second Ctrl-C ends the command, and the run goes on from its last iteration",
    async (where) => {
      const folder = temporaryDirectory();
      const file = task(folder, where);
      const child = start(folder, "train", "pal", file, "--out", "run", "--samples", "100000", ...SIZES);
      await until(() => child.said().includes("iteration 2"));
      writeFileSync(join(folder, "stuck"), "");
      await new Promise((done) => setTimeout(done, 1000));
      pressCtrlC(child);
      await until(() => child.said().includes("The task does not answer."));
      const begun = Date.now();
      pressCtrlC(child);
      expect((await ended(child)).signal).toBe("SIGKILL");
      expect(Date.now() - begun).toBeLessThan(5000);
      expect(group(child.pid!)).toEqual([]);
      expect(child.said()).toContain("What its run had finished is safe.");
      execFileSync("rm", [join(folder, "stuck")]);
      const lines = readFileSync(join(folder, "run/metrics.jsonl"), "utf8").split('"type":"iteration"').length - 1;
      const again = start(folder, "resume", "run", "--samples", String(20 * (lines + 4)));
      expect((await ended(again)).code).toBe(0);
      expect(again.said()).toContain(`iteration ${lines}`);
    },
  );

  test("while it is loaded: the first Ctrl-C ends the command, as nothing has begun", async () => {
    const folder = temporaryDirectory();
    const file = task(folder, "import");
    writeFileSync(join(folder, "stuck"), "");
    const child = start(folder, "train", "pal", file, "--out", "run");
    await until(() => group(child.pid!).length === 2);
    await new Promise((done) => setTimeout(done, 500));
    pressCtrlC(child);
    expect((await ended(child)).signal).toBe("SIGINT");
    await until(() => group(child.pid!).length === 0);
    expect(existsSync(join(folder, "run"))).toBe(false);
  });
});

describe("the process that watches", () => {
  test("stops nothing that answers: one Ctrl-C ends after the iteration, with code 130", async () => {
    const folder = temporaryDirectory();
    const child = start(folder, "train", "pal", task(folder, "step"), "--out", "run", "--samples", "100000", ...SIZES);
    await until(() => child.said().includes("iteration 2"));
    pressCtrlC(child);
    expect((await ended(child)).code).toBe(130);
    expect(child.said()).not.toContain("does not answer");
    await until(() => group(child.pid!).length === 0);
  });

  test("ends with the command, also when that is killed", async () => {
    const folder = temporaryDirectory();
    const child = start(folder, "train", "pal", task(folder, "step"), "--out", "run", "--samples", "100000", ...SIZES);
    await until(() => child.said().includes("iteration 1"));
    expect(group(child.pid!)).toHaveLength(2);
    child.kill("SIGKILL");
    await ended(child);
    await until(() => group(child.pid!).length === 0);
  });

  test("is not there for a task of the catalogue", async () => {
    const folder = temporaryDirectory();
    const child = start(folder, "train", "pal", "point-mass", "--out", "run", "--samples", "100000", ...SIZES);
    await until(() => child.said().includes("iteration 1"));
    expect(group(child.pid!)).toHaveLength(1);
    child.kill("SIGKILL");
    await ended(child);
  });
});
