import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { StorageError } from "../errors/errors.js";
import type { IterationEvent, RunEvent } from "./events.js";
import { appendSynced, writeAtomic } from "./files.js";

/** `metrics.jsonl`: one event a line, appended and forced to the disk one by one. */
export const metricsPath = (run: string): string => join(run, "metrics.jsonl");

const TYPES: readonly unknown[] = ["start", "task-change", "iteration", "end"] satisfies readonly RunEvent["type"][];

/** Appends one event; when this returns, it is on the disk. @throws {StorageError} where it cannot be written */
export function appendEvent(run: string, event: RunEvent): void {
  appendSynced(metricsPath(run), `${JSON.stringify(event)}\n`);
}

interface Line {
  readonly text: string;
  readonly event: RunEvent;
}

/** The lines up to the first that is not an event, and that line's number, from 1; a last line without an end is not looked at. */
function readLines(run: string): { readonly lines: readonly Line[]; readonly broken?: number } {
  if (!existsSync(metricsPath(run))) return { lines: [] };
  const texts = readFileSync(metricsPath(run), "utf8").split("\n").slice(0, -1);
  const lines: Line[] = [];
  for (const text of texts) {
    try {
      const event = JSON.parse(text) as RunEvent | null;
      if (!TYPES.includes(event?.type)) return { lines, broken: lines.length + 1 };
      lines.push({ text, event: event as RunEvent });
    } catch {
      return { lines, broken: lines.length + 1 };
    }
  }
  return { lines };
}

/**
 * All events of a run. A last line without an end, which a killed process may leave, is passed over.
 *
 * @throws {StorageError} where any other line is not an event
 */
export function readEvents(run: string): readonly RunEvent[] {
  const { lines, broken } = readLines(run);
  if (broken !== undefined) {
    throw new StorageError(
      `${metricsPath(run)}, line ${broken}`,
      "is not an event",
      "Resume the run: it goes back to the iteration before",
    );
  }
  return lines.map(({ event }) => event);
}

export const iterationsOf = (events: readonly RunEvent[]): readonly IterationEvent[] =>
  events.filter((event) => event.type === "iteration");

/** How many iterations the log holds without a gap: 1, 2, … */
export function loggedIterations(run: string): number {
  let count = 0;
  for (const { event } of readLines(run).lines) {
    if (event.type === "iteration" && event.iteration === count + 1) count++;
  }
  return count;
}

/**
 * Takes the log back to the state right after iteration `iteration` (0: before the first): all lines after it, a torn
 * one included, are dropped. The file is replaced in one step. The log must hold every iteration up to there.
 *
 * @returns the events that stay
 */
export function rewindLog(run: string, iteration: number): readonly RunEvent[] {
  const { lines } = readLines(run);
  const kept = lines.slice(
    0,
    lines.findIndex(({ event }) => event.type === "iteration" && event.iteration === iteration) + 1,
  );
  writeAtomic(metricsPath(run), kept.map(({ text }) => `${text}\n`).join(""));
  return kept.map(({ event }) => event);
}
