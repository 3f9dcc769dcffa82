import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { freeName, syncDirectory, writeAtomic } from "./files.js";
import { metricsPath } from "./metrics-log.js";

/** Damaged parts of a run get another name, under which nothing of ours reads or removes them. */

/** What a run has made in its iterations, the log last: while it is there, a run is not taken for a new one. */
const MADE = [
  /^checkpoints$/,
  /^(policy|model)\.onnx$/,
  /^learning-curve\.svg$/,
  /^summary\.json$/,
  /^metrics\.csv$/,
  /^events\.out\.tfevents\./,
  /^metrics\.jsonl$/,
];

/** Moves all that a run has made to a directory in it. @returns that directory */
export function setAllAside(run: string): string {
  const directory = freeName(run, (n) => `set-aside-${n}`);
  mkdirSync(directory);
  const names = readdirSync(run);
  for (const kind of MADE) {
    for (const name of names.filter((each) => kind.test(each))) renameSync(join(run, name), join(directory, name));
  }
  syncDirectory(directory);
  syncDirectory(run);
  return directory;
}

/** Keeps a log as it is under another name; where it is a directory, moves it there. @returns the new path */
export function setLogAside(run: string): string {
  const path = metricsPath(run);
  const free = freeName(run, (n) => `metrics.damaged-${n}.jsonl`);
  if (statSync(path).isDirectory()) {
    renameSync(path, free);
    syncDirectory(run);
    return free;
  }
  const bytes = readFileSync(path);
  // A process that was killed after these lines has kept it already.
  const kept = readdirSync(run)
    .filter((name) => /^metrics\.damaged-\d+\.jsonl$/.test(name))
    .map((name) => join(run, name))
    .find((other) => statSync(other).isFile() && readFileSync(other).equals(bytes));
  if (kept !== undefined) return kept;
  writeAtomic(free, bytes);
  return free;
}

/** Keeps `metrics.csv` under another name where it has rows of iterations that the log has lost. */
export function setTableAside(run: string, lost: readonly number[]): void {
  const path = join(run, "metrics.csv");
  if (!existsSync(path) || !statSync(path).isFile()) return;
  const rows = new Set(readFileSync(path, "utf8").split("\n").map(Number.parseFloat));
  if (!lost.some((iteration) => rows.has(iteration))) return;
  renameSync(
    path,
    freeName(run, (n) => `${basename(path, ".csv")}.damaged-${n}.csv`),
  );
  syncDirectory(run);
}
