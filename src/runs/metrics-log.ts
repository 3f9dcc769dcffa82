import { lstatSync } from "node:fs";
import { join } from "node:path";
import { StorageError } from "../errors/errors.js";
import { parseEvent } from "./event-schema.js";
import type { IterationEvent, RunEvent } from "./events.js";
import { appendSynced, readBytes, writeAtomic } from "./files.js";

/** `metrics.jsonl`: one event a line, appended and forced to the disk one by one. */
export const metricsPath = (run: string): string => join(run, "metrics.jsonl");

/** How many bad lines are reported one by one. */
const TOLD = 5;

/** Appends one event; when this returns, it is on the disk. @throws {StorageError} where it cannot be written */
export function appendEvent(run: string, event: RunEvent): void {
  appendSynced(metricsPath(run), `${JSON.stringify(event)}\n`);
}

interface Line {
  readonly text: string;
  readonly event: RunEvent;
}

/** A log as it was found: the lines that are events, and what is wrong with each of the others, by its number from 1. */
export interface Log {
  readonly lines: readonly Line[];
  readonly bad: readonly { readonly line: number; readonly wrong: string }[];
}

/**
 * The log of a run. One bad line hides no other. A last line without an end, which a killed process may leave, is no bad
 * line and is passed over, unless it is an event.
 *
 * @throws {StorageError} where the file cannot be read
 */
export function readLog(run: string): Log {
  const path = metricsPath(run);
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return { lines: [], bad: [] };
  const texts = readBytes(path, "Make it readable, or restore it from a copy").toString("utf8").split("\n");
  const lines: (Line & { readonly line: number })[] = [];
  const bad: { line: number; wrong: string }[] = [];
  texts.forEach((text, i) => {
    if (text === "") return;
    const parsed = parseEvent(text);
    if ("event" in parsed) lines.push({ line: i + 1, text, event: parsed.event });
    else if (i < texts.length - 1) bad.push({ line: i + 1, wrong: parsed.wrong });
  });
  const { kept, misplaced } = inOrder(lines);
  return { lines: kept, bad: [...bad, ...misplaced].sort((a, b) => a.line - b.line) };
}

/** Iterations rise, and samples do not fall (offline they stay). A line that rises above the one after it is the wrong one of the two. */
function inOrder(lines: readonly (Line & { readonly line: number })[]) {
  const kept: Line[] = [];
  const misplaced: { line: number; wrong: string }[] = [];
  const iterations = lines.flatMap(({ event }) => (event.type === "iteration" ? [event] : []));
  let [at, last]: [number, IterationEvent | undefined] = [0, undefined];
  for (const line of lines) {
    const { event } = line;
    if (event.type !== "iteration") {
      kept.push(line);
      continue;
    }
    const next = iterations[++at];
    const rises = last === undefined || isBefore(last, event);
    if (rises && (next === undefined || isBefore(event, next) || (last !== undefined && !isBefore(last, next)))) {
      kept.push(line);
      last = event;
    } else misplaced.push({ line: line.line, wrong: `iteration ${event.iteration} stands in the wrong place` });
  }
  return { kept, misplaced };
}

const isBefore = (a: IterationEvent, b: IterationEvent): boolean => a.iteration < b.iteration && a.samples <= b.samples;

const placeOf = (run: string, line: number) => `${metricsPath(run)}, line ${line}`;
const notAnEvent = (wrong: string) => `is not an event (${wrong})`;

/** What is wrong with a log, a sentence per line; of many lines, the first. */
export function problemsOf(run: string, { bad }: Log): readonly string[] {
  const told = bad.slice(0, TOLD).map(({ line, wrong }) => `${placeOf(run, line)}: ${notAnEvent(wrong)}`);
  const more = bad.length - told.length;
  return more > 0 ? [...told, `${metricsPath(run)}: ${more} more of its lines are not events`] : told;
}

/**
 * All events of a run.
 *
 * @param warn hears of lines that are left out because they are not events
 * @throws {StorageError} where the file cannot be read or has no event at all; without `warn`, where any line is not an event
 */
export function readEvents(run: string, warn?: (message: string) => void): readonly RunEvent[] {
  const log = readLog(run);
  const [first] = log.bad;
  if (first !== undefined && (warn === undefined || log.lines.length === 0)) {
    throw new StorageError(
      placeOf(run, first.line),
      notAnEvent(first.wrong),
      "Resume the run: it goes on from its newest checkpoint and keeps the damaged file under another name",
    );
  }
  for (const problem of problemsOf(run, log)) warn?.(`${problem}. It is left out.`);
  return log.lines.map(({ event }) => event);
}

export const iterationsOf = (events: readonly RunEvent[]): readonly IterationEvent[] =>
  events.filter((event) => event.type === "iteration");

/**
 * Takes the log back to the state right after iteration `iteration` (0: before the first): what comes after it, a torn
 * line included, is dropped, and so are lines that are no events. The file is replaced in one step.
 *
 * @returns the events that stay
 */
export function rewindLog(run: string, { lines }: Log, iteration: number): readonly RunEvent[] {
  const upTo = lines.reduce(
    (last, { event }, i) => (event.type === "iteration" && event.iteration <= iteration ? i : last),
    -1,
  );
  // The line of the iteration itself may be lost; a change of the task before it is part of it.
  const kept = lines.filter(
    ({ event }, i) => i <= upTo || (event.type === "task-change" && event.iteration <= iteration),
  );
  writeAtomic(metricsPath(run), kept.map(({ text }) => `${text}\n`).join(""));
  return kept.map(({ event }) => event);
}

/** Iterations from 1 to `iteration` that have no line. */
export function unlogged({ lines }: Log, iteration: number): readonly number[] {
  const there = new Set(iterationsOf(lines.map(({ event }) => event)).map((event) => event.iteration));
  return Array.from({ length: iteration }, (_, i) => i + 1).filter((k) => !there.has(k));
}
