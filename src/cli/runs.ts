import { existsSync } from "node:fs";
import { relative, resolve } from "node:path";
import { DEPTH, RunFinder } from "../dashboard/server/find-runs.js";
import { ConfigError } from "../errors/errors.js";
import { isRun } from "../runs/config.js";

/** A path as one would type it from here. */
export function shown(path: string, cwd: string): string {
  const near = relative(cwd, path);
  return near === "" ? "." : near.startsWith("..") ? path : near;
}

/** A path that a shell takes as one word. */
export const quoted = (path: string): string =>
  /^[\w./@+:-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;

/** That a directory, named so by the user, is no run. */
export const noRun = (name: string, directory: string, mend: string): ConfigError =>
  new ConfigError(
    name,
    existsSync(directory) ? "is no run directory: it holds no config.json" : "there is no such run",
    mend,
  );

/** The directory of a run that was named on the command line. @throws {ConfigError} where it is none */
export function runNamed(name: string, cwd: string): string {
  const directory = resolve(cwd, name);
  if (!isRun(directory)) throw noRun(directory, directory, "Give a directory that `stackelberg train` made");
  return directory;
}

/** The runs in a directory, as deep as the dashboard looks; itself where it is one. @throws {ConfigError} where there is none */
export function runsIn(directory: string): readonly string[] {
  const inside = new RunFinder([directory]).find();
  if (inside.length === 0) {
    throw new ConfigError(
      directory,
      `is no run directory and holds none, ${DEPTH} levels down`,
      "Give directories that `stackelberg train` made",
    );
  }
  return inside;
}
