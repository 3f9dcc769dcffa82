import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { RunEvent } from "../../src/runs/events.js";
import { appendEvent, loggedIterations, metricsPath, readEvents, rewindLog } from "../../src/runs/metrics-log.js";
import { fakeEvent, temporaryDirectory } from "./support/fake.js";

const start = (iteration: number): RunEvent => ({
  type: "start",
  iteration,
  date: "2026-01-01T00:00:00Z",
  version: "0",
});
const end: RunEvent = { type: "end", reason: "finished", iteration: 3 };

function logOf(...events: RunEvent[]): string {
  const run = temporaryDirectory();
  for (const event of events) appendEvent(run, event);
  return run;
}

test("what was appended is read back", () => {
  const change = {
    type: "task-change",
    iteration: 2,
    samples: 100,
    atSamples: 90,
    options: { forearm: "1.2" },
  } as const;
  const events = [start(0), fakeEvent(1), change, fakeEvent(2), end];
  expect(readEvents(logOf(...events))).toEqual(events);
  expect(readEvents(temporaryDirectory())).toEqual([]);
});

test("a torn last line is passed over, any other broken line is named", () => {
  const run = logOf(start(0), fakeEvent(1));
  appendFileSync(metricsPath(run), '{"type":"iteration","iter');
  expect(readEvents(run)).toHaveLength(2);
  appendFileSync(metricsPath(run), "\n");
  expect(() => readEvents(run)).toThrow("metrics.jsonl, line 3: is not an event");
  expect(loggedIterations(run)).toBe(1);
});

test("going back keeps the lines up to that iteration, byte for byte, and drops all others", () => {
  const run = logOf(start(0), fakeEvent(1), start(1), fakeEvent(2), fakeEvent(3), end);
  appendFileSync(metricsPath(run), '{"type":"it');
  const lines = readFileSync(metricsPath(run), "utf8").split("\n");
  expect(rewindLog(run, 2).map(({ type }) => type)).toEqual(["start", "iteration", "start", "iteration"]);
  expect(readFileSync(metricsPath(run), "utf8")).toBe(`${lines.slice(0, 4).join("\n")}\n`);
  expect(rewindLog(run, 0)).toEqual([]);
  expect(readFileSync(metricsPath(run), "utf8")).toBe("");
});

test("iterations count only as far as there is no gap", () => {
  expect(loggedIterations(logOf(start(0), fakeEvent(1), fakeEvent(2), end))).toBe(2);
  expect(loggedIterations(logOf(start(0), fakeEvent(1), fakeEvent(3)))).toBe(1);
  const run = temporaryDirectory();
  writeFileSync(metricsPath(run), "\0\0\0\0");
  expect(loggedIterations(run)).toBe(0);
});
