import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { lockRun } from "../../src/runs/lock.js";
import { runOf } from "../../src/suites/frozen-suite.js";
import { failureOf, isFinal, markCancelled, noteFailure } from "../../src/suites/marks.js";
import { countStates, progressOf } from "../../src/suites/progress.js";
import { fakeEvent, temporaryDirectory } from "../runs/support/fake.js";
import { tinySuite } from "./support/tiny-suite.js";

const noted = { kind: "failed", iteration: 0, message: "m", date: "d", host: "h" } as const;

/** A run directory as far as lists read it. */
function runWith(run: string, lines: number, summary?: object): void {
  mkdirSync(run, { recursive: true });
  writeFileSync(join(run, "config.json"), "{}");
  const log = Array.from({ length: lines }, (_, i) => JSON.stringify(fakeEvent(i + 1)));
  writeFileSync(join(run, "metrics.jsonl"), [JSON.stringify({ type: "start" }), ...log, ""].join("\n"));
  if (summary !== undefined) writeFileSync(join(run, "summary.json"), JSON.stringify(summary));
}

test("a run's state is what its directory says", () => {
  const suite = tinySuite(temporaryDirectory(), 7);
  const run = (i: number) => runOf(suite, suite.jobs[i].id);
  runWith(run(1), 3, { reason: "finished", samples: 750, iterations: 3, evaluation: null });
  runWith(run(2), 2);
  runWith(run(3), 1);
  const lock = lockRun(run(3));
  runWith(run(4), 2, { reason: "failed", samples: 500, iterations: 2, evaluation: null });
  noteFailure(suite, suite.jobs[4].id, { ...noted, kind: "diverged" });
  markCancelled(suite, [suite.jobs[5].id]);
  runWith(run(6), 1, { reason: "finished", samples: 500, iterations: 1, evaluation: null }); // of a suite that was longer since
  const progress = progressOf(suite);
  expect(progress.map(({ state }) => state)).toEqual([
    "waiting",
    "finished",
    "begun",
    "running",
    "failed",
    "cancelled",
    "begun",
  ]);
  expect(progress[2]).toMatchObject({ iteration: 2, samples: fakeEvent(2).samples });
  expect(countStates(progress)).toMatchObject({ begun: 2, finished: 1, failed: 1, waiting: 1 });
  lock.release();
});

test("attempts count from where the run last got on", () => {
  const suite = tinySuite(temporaryDirectory(), 1);
  const [{ id }] = suite.jobs;
  for (const attempts of [1, 2]) expect(noteFailure(suite, id, { ...noted, iteration: 4 }).attempts).toBe(attempts);
  expect(isFinal(failureOf(suite, id)!, suite.attempts)).toBe(false);
  expect(noteFailure(suite, id, { ...noted, iteration: 5 }).attempts).toBe(1);
  for (const _ of [2, 3]) noteFailure(suite, id, { ...noted, iteration: 5 });
  expect(isFinal(failureOf(suite, id)!, suite.attempts)).toBe(true);
});

test("1,000 runs are looked at in a fraction of a second", () => {
  const suite = tinySuite(temporaryDirectory(), 1000);
  for (const { id, index } of suite.jobs)
    runWith(
      runOf(suite, id),
      40,
      index % 2 === 0 ? { reason: "finished", samples: 750, iterations: 40, evaluation: null } : undefined,
    );
  const size = readFileSync(join(runOf(suite, suite.jobs[0].id), "metrics.jsonl")).length;
  const began = process.cpuUsage();
  expect(countStates(progressOf(suite))).toMatchObject({ finished: 500, begun: 500 });
  const { user, system } = process.cpuUsage(began);
  rmSync(join(suite.directory, "runs"), { recursive: true }); // takes longer than a hook may
  expect(size).toBeGreaterThan(16 * 1024); // its end is read alone
  expect((user + system) / 1e6).toBeLessThan(1); // s of a core; 0.2 s where it was measured
});
