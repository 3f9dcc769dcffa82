import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { seeded } from "../../../src/random/rng.js";
import { lockOwner } from "../../../src/runs/lock.js";
import { ended, start } from "../../cli/support/process.js";
import { remainsOf, runsIn } from "./killed-suites.js";

/** About as long as the suite takes with two workers on free cores, ms. */
const LIFE = 3000;
/** Seconds after which the runs of a dead worker are given to another. */
const PATIENCE = "1";

const after = (ms: number) => new Promise((done) => setTimeout(done, ms));
type Process = ReturnType<typeof start>;
const isRunning = ({ exitCode, signalCode }: Process) => exitCode === null && signalCode === null;

/** Lines of iterations in what the runs of a suite said. */
const iterationsSaid = (suite: string): number =>
  readdirSync(join(suite, "logs")).reduce(
    (sum, name) => sum + (readFileSync(join(suite, "logs", name), "utf8").match(/^iteration \d+ · /gm)?.length ?? 0),
    0,
  );

/**
 * A suite in a queue with two workers, of which at random moments a worker, a run, or the command that hands the suite in is killed,
 * until so many processes were killed. It must end like the suite that nobody touched, bit for bit, and nothing may be done twice but
 * the iteration that was under way; where it ended before, another begins.
 *
 * @param whole what is left of the suite that nobody touched (`undisturbed`), whose file is in `parent`
 * @returns how many suites it took
 */
export async function killWorkers(
  {
    parent,
    whole,
    url,
  }: { readonly parent: string; readonly whole: ReturnType<typeof remainsOf>; readonly url: string },
  kills: number,
  seed: number,
): Promise<number> {
  const iterations = Object.values(whole).reduce((sum, { metrics }) => sum + metrics.length, 0);
  let killed = 0;
  for (let n = 1; ; n++) {
    const rng = seeded(seed).stream("queue", n);
    const suite = join(parent, `cut-${seed}-${n}`);
    const before = killed;
    const all: Process[] = [];
    const handIn = () =>
      start(parent, ["suite", "run", "small.yaml", "--out", suite, "--on", "queue", "--with", `url=${url}`]);
    const worker = () => {
      all.push(start(parent, ["suite", "worker", url, "--jobs", "1", "--until-empty", "--patience", PATIENCE]));
      return all.at(-1)!;
    };
    const kill = (pid: number): void => {
      try {
        process.kill(pid, "SIGKILL");
        killed++;
      } catch {
        // it has just come to its end
      }
    };
    for (let isIn = false; !isIn; ) {
      const child = handIn();
      const end = ended(child);
      if (killed < kills && rng.uniform() < 0.5) {
        await after((rng.uniform() * LIFE) / 4);
        if (isRunning(child)) kill(child.pid!);
      }
      const { code } = await end;
      isIn = code === 0;
    }
    const workers = [worker(), worker()];
    const over = () => workers.every((each) => !isRunning(each));
    while (killed < kills && !over()) {
      await after(rng.uniform() * LIFE);
      const owners = runsIn(suite).flatMap((run) => lockOwner(run) ?? []);
      const which = rng.integer(2);
      if (rng.uniform() < 0.5 && owners.length > 0) kill(owners[rng.integer(owners.length)].pid);
      else if (isRunning(workers[which])) {
        kill(workers[which].pid!);
        workers[which] = worker();
      }
    }
    while (!over()) await after(50);
    for (const each of workers) expect(each.exitCode, each.said().err).toBe(0);
    expect(remainsOf(suite), `suite ${n}`).toEqual(whole);
    // On a machine that is very busy a lock may run out though its worker lives: that costs an iteration as well.
    const late = all.filter((each) => each.said().out.includes("its lock ran out")).length;
    expect(iterationsSaid(suite) - iterations).toBeLessThanOrEqual(killed - before + late);
    for (const run of runsIn(suite))
      expect(readdirSync(run).filter((name) => /lock|tmp|damaged|aside/.test(name))).toEqual([]);
    if (killed >= kills) return n;
  }
}
