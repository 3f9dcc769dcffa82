import { appendFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { expect, test } from "vitest";
import { csvLine } from "../../src/runs/csv.js";
import type { IterationEvent, RunEvent } from "../../src/runs/events.js";
import { appendEvent, metricsPath, readEvents, readLog, rewindLog, unlogged } from "../../src/runs/metrics-log.js";
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

const bad = (run: string) => readLog(run).bad;

test("a torn last line is passed over, any other broken line is named", () => {
  const run = logOf(start(0), fakeEvent(1));
  appendFileSync(metricsPath(run), '{"type":"iteration","iter');
  expect(readEvents(run)).toHaveLength(2);
  appendFileSync(metricsPath(run), "\n");
  expect(() => readEvents(run)).toThrow("metrics.jsonl, line 3: is not an event");
  expect(bad(run)).toEqual([{ line: 3, wrong: "not JSON" }]);
});

test("a last line that only lacks its end counts", () => {
  const run = logOf(start(0), fakeEvent(1));
  appendFileSync(metricsPath(run), JSON.stringify(fakeEvent(2)));
  expect(readEvents(run)).toEqual([start(0), fakeEvent(1), fakeEvent(2)]);
});

test("one bad line hides no other, and each is reported with what it lacks", () => {
  const run = logOf(start(0), fakeEvent(1));
  const { seconds: _, ...untimed } = fakeEvent(2);
  const lines = [
    "null",
    "5",
    '"end"',
    "{}",
    '{"type":"iteration"}',
    '{"type":"end"}',
    '{"type":"start","iteration":0}',
  ];
  for (const line of [...lines, JSON.stringify(untimed), "\0\0"]) appendFileSync(metricsPath(run), `${line}\n`);
  appendEvent(run, fakeEvent(3));
  const warnings: string[] = [];
  expect(readEvents(run, (message) => warnings.push(message))).toEqual([start(0), fakeEvent(1), fakeEvent(3)]);
  expect(bad(run).map(({ line }) => line)).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11]);
  expect(bad(run)[7]).toEqual({ line: 10, wrong: "seconds must be a group of named values" });
  expect(warnings).toHaveLength(6);
  expect(warnings[5]).toMatch(/metrics\.jsonl: 4 more of its lines are not events\. It is left out/);
});

test("iterations stand in order: a line out of place is the bad one, not those around it", () => {
  const numbers = (...list: number[]) => logOf(...list.map(fakeEvent));
  const kept = (run: string) => readEvents(run, () => {}).map(({ iteration }) => iteration);
  expect(kept(numbers(1, 2, 3))).toEqual([1, 2, 3]);
  expect(kept(numbers(1, 50, 3, 4))).toEqual([1, 3, 4]);
  expect(kept(numbers(50, 2, 3))).toEqual([2, 3]);
  expect(kept(numbers(1, 2, 2, 3))).toEqual([1, 2, 3]);
  expect(kept(numbers(1, 2, 3, 2, 3, 4))).toEqual([1, 2, 3, 4]);
  expect(kept(numbers(1, 3, 4))).toEqual([1, 3, 4]);
  expect(bad(numbers(1, 50, 3))).toEqual([{ line: 2, wrong: "iteration 50 stands in the wrong place" }]);
});

test("numbers that were none when they were written are none when they are read", () => {
  const event = { ...fakeEvent(1), gap: Number.NaN };
  const run = logOf(event);
  expect(readEvents(run)).toEqual([event]);
  expect(csvLine(readEvents(run)[0] as IterationEvent)).toBe(csvLine(event));
});

test("the logs of all recorded runs, old ones too, are read in full and back to the same text", () => {
  const runs = readdirSync("results", { recursive: true, encoding: "utf8" })
    .filter((path) => basename(path) === "metrics.jsonl")
    .map((path) => join("results", dirname(path)));
  expect(runs.length).toBeGreaterThan(50);
  for (const run of runs) {
    const { lines, bad } = readLog(run);
    expect(bad, run).toEqual([]);
    for (const { text, event } of lines) expect(JSON.stringify(event)).toBe(text);
  }
});

test("going back keeps the lines up to that iteration, byte for byte, and drops all others", () => {
  const run = logOf(start(0), fakeEvent(1), start(1), fakeEvent(2), fakeEvent(3), end);
  appendFileSync(metricsPath(run), '{"type":"it');
  const lines = readFileSync(metricsPath(run), "utf8").split("\n");
  const back = (iteration: number) => rewindLog(run, readLog(run), iteration);
  expect(back(2).map(({ type }) => type)).toEqual(["start", "iteration", "start", "iteration"]);
  expect(readFileSync(metricsPath(run), "utf8")).toBe(`${lines.slice(0, 4).join("\n")}\n`);
  expect(back(0)).toEqual([]);
  expect(readFileSync(metricsPath(run), "utf8")).toBe("");
});

test("iterations without a line are counted up to the one asked for", () => {
  expect(unlogged(readLog(logOf(start(0), fakeEvent(1), fakeEvent(2), end)), 2)).toEqual([]);
  expect(unlogged(readLog(logOf(start(0), fakeEvent(1), fakeEvent(3))), 4)).toEqual([2, 4]);
  const run = temporaryDirectory();
  writeFileSync(metricsPath(run), "\0\0\0\0");
  expect(unlogged(readLog(run), 1)).toEqual([1]);
});
