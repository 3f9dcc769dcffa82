import { expect, test } from "vitest";
import { fuzzDamagedRuns } from "../cli/support/damaged-runs.js";
import { killAtRandom } from "../cli/support/killed-runs.js";
import { temporaryDirectory } from "../runs/support/fake.js";
import { fuzzLines } from "../runs/support/lines.js";
import { raceForStaleLocks, unfair } from "../runs/support/lock-race.js";
import { killSuites } from "../suites/support/killed-suites.js";

test("in each of 1000 rounds, one of three processes that take one stale lock gets it", async () => {
  const rounds = await raceForStaleLocks(temporaryDirectory(), 1000);
  console.log(`${rounds.length} rounds, ${unfair(rounds).length} without exactly one owner`);
  expect(unfair(rounds)).toEqual([]);
});

test("runs killed 100 times at random, while rivals resume them, end bit for bit like one that was never touched", async () => {
  const runs = await killAtRandom(temporaryDirectory(), 100, 2);
  console.log(`100 processes killed in ${runs} runs`);
  expect(runs).toBeGreaterThanOrEqual(50);
}, 3_600_000);

test("of 3000 runs damaged at random, no command fails but in words, and what is whole is kept", async () => {
  const cases = await fuzzDamagedRuns(3000, 2);
  console.log(`${cases} damaged runs`);
  expect(cases).toBe(3000);
}, 3_600_000);

test("of 20000 damaged lines, each is an event that all readers can use, or is said to be none", () => {
  const { events, refused } = fuzzLines(20_000, 2);
  console.log(`${events + refused} damaged lines, ${events} of them usable`);
  expect(events + refused).toBe(20_000);
});

test("suites of which command and runs were killed 20 times at random end bit for bit like one that was never touched", async () => {
  const suites = await killSuites(temporaryDirectory(), 20, 3);
  console.log(`20 processes killed in ${suites} suites`);
}, 3_600_000);
