import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Compute } from "../../compute/engine.js";
import type { Task } from "../../mdp/task.js";
import { readJson, writeAtomic } from "../../runs/files.js";
import type { FigureSpec } from "../suite-file.js";
import { gamesOf } from "./curves.js";
import type { PlayedRun, SuiteRuns } from "./suite-runs.js";

/*
 * What a figure measures of finished runs is measured once, and kept beside the suite: `measured/<run>-<what>.json`.
 */

/** What measuring needs; opened where something is left to measure. */
export interface Bench {
  readonly compute: () => Promise<Compute>;
  readonly openTask: (run: PlayedRun) => Promise<Task>;
}

/** The runs that a figure is about. */
export function runsOfFigure(all: SuiteRuns, figure: FigureSpec): readonly PlayedRun[] {
  const ids = new Set(gamesOf(all, figure).map(({ id }) => id));
  return all.runs.filter(({ game }) => ids.has(game.id));
}

const measured = ({ suite }: SuiteRuns): string => join(suite.directory, "measured");

/** Where a reading is kept, whether it was taken or not. */
const readingPath = (all: SuiteRuns, { data }: PlayedRun, what: string): string =>
  join(measured(all), `${data.name}-${what}.json`);

export const isMeasured = (all: SuiteRuns, run: PlayedRun, what: string): boolean =>
  existsSync(readingPath(all, run, what));

/** A reading that was taken before, or undefined. @throws {StorageError} where it cannot be read */
export function keptReading<R>(all: SuiteRuns, run: PlayedRun, what: string): R | undefined {
  const path = readingPath(all, run, what);
  return existsSync(path) ? (readJson(path, "Remove it; it is measured anew") as R) : undefined;
}

export function keepReading(all: SuiteRuns, run: PlayedRun, what: string, reading: object): void {
  mkdirSync(measured(all), { recursive: true });
  writeAtomic(readingPath(all, run, what), `${JSON.stringify(reading)}\n`);
}
