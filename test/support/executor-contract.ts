import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { Executor, ExecutorContext } from "../../src/suites/executor.js";
import type { Suite } from "../../src/suites/frozen-suite.js";
import { failureOf, markCancelled } from "../../src/suites/marks.js";
import { temporaryDirectory } from "../runs/support/fake.js";
import { tinySuite } from "../suites/support/tiny-suite.js";

const FAKE_WORK = fileURLToPath(new URL("./fake-work.mjs", import.meta.url));
/** How long an engine may take to come to what it should, ms. */
const PATIENCE = 60_000;

/** Waits until something holds. */
export async function until(holds: () => boolean | Promise<boolean>, patience = PATIENCE): Promise<void> {
  const end = Date.now() + patience;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`not within ${patience} ms`);
    await new Promise((done) => setTimeout(done, 20));
  }
}

/**
 * What every executor keeps to. It starts a stand-in for `suite work`.
 *
 * @param open opens one; `runs at once` must be at least two
 */
export function executorContract(name: string, open: (context: ExecutorContext) => Promise<Executor>): void {
  /** A suite of so many runs, what attempts at each are to do, and an open executor. */
  async function begun(runs: number, plans: Readonly<Record<number, string>> = {}) {
    const suite = tinySuite(temporaryDirectory(), runs);
    mkdirSync(join(suite.directory, "plans"), { recursive: true });
    for (const [index, plan] of Object.entries(plans))
      writeFileSync(join(suite.directory, "plans", suite.jobs[Number(index)].id), plan);
    const executor = await open({ suite, command: [process.execPath, FAKE_WORK], options: {}, say: () => {} });
    return { suite, executor };
  }
  const lines = ({ directory }: Suite, file: string): readonly string[] =>
    existsSync(join(directory, file)) ? readFileSync(join(directory, file), "utf8").trim().split("\n") : [];
  const starts = (suite: Suite, index: number): number =>
    lines(suite, "started").filter((id) => id === suite.jobs[index].id).length;
  const over = (executor: Executor) => until(async () => (await executor.status()).size === 0);

  test(`${name}: works on every run, each once`, async () => {
    const { suite, executor } = await begun(4);
    expect(await executor.submit(suite.jobs)).toBe(4);
    await over(executor);
    expect([...lines(suite, "started")].sort()).toEqual(suite.jobs.map(({ id }) => id).sort());
    await executor.close();
  });

  test(`${name}: a run that it has is not taken twice, and it says what waits and what is under way`, async () => {
    const { suite, executor } = await begun(3, { 0: "long", 1: "long", 2: "long" });
    await executor.submit(suite.jobs);
    expect(await executor.submit(suite.jobs)).toBe(0);
    await until(() => lines(suite, "started").length >= 2);
    const standings = await executor.status();
    expect([...standings.keys()].sort()).toEqual(suite.jobs.map(({ id }) => id).sort());
    expect([...standings.values()].filter(({ state }) => state === "running").length).toBeGreaterThanOrEqual(1);
    markCancelled(
      suite,
      suite.jobs.map(({ id }) => id),
    );
    await executor.cancel(suite.jobs.map(({ id }) => id));
    await over(executor);
    for (const { index } of suite.jobs) expect(starts(suite, index)).toBeLessThanOrEqual(1);
    await executor.close();
  });

  test(`${name}: wrong settings and divergence are never tried again, other failures as often as the suite says`, async () => {
    const { suite, executor } = await begun(5, {
      0: "settings",
      1: "diverged",
      2: "failed",
      3: "failed done",
      4: "killed done",
    });
    await executor.submit(suite.jobs);
    await over(executor);
    expect(suite.jobs.map(({ index }) => starts(suite, index))).toEqual([1, 1, suite.attempts, 2, 2]);
    expect(failureOf(suite, suite.jobs[2].id)).toMatchObject({ kind: "failed", attempts: suite.attempts });
    await executor.close();
  });

  test(`${name}: a run that was stopped goes on, and one that another process has is tried later: neither is an attempt`, async () => {
    const { suite, executor } = await begun(2, { 0: "again again again again done", 1: "busy done" });
    await executor.submit(suite.jobs);
    await over(executor);
    expect(starts(suite, 0)).toBe(5);
    expect(starts(suite, 1)).toBe(2);
    expect(suite.jobs.map(({ id }) => failureOf(suite, id))).toEqual([undefined, undefined]);
    await executor.close();
  });

  test(`${name}: a cancelled run that waits does not start, and one under way stops and is not started again`, async () => {
    const { suite, executor } = await begun(2, { 0: "long", 1: "done" });
    markCancelled(suite, [suite.jobs[1].id]);
    await executor.submit(suite.jobs);
    await until(() => starts(suite, 0) === 1);
    markCancelled(suite, [suite.jobs[0].id]);
    await executor.cancel([suite.jobs[0].id]);
    await over(executor);
    expect([starts(suite, 0), starts(suite, 1)]).toEqual([1, 0]);
    await executor.close();
  });
}
