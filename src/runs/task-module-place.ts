import { existsSync } from "node:fs";
import { isAbsolute, resolve } from "node:path";
import type { RunConfig } from "./config.js";

/** Where a run says that the module of its task lies: from the run itself, then from where it was typed. */
export const placesOfTaskModule = (
  run: string,
  { path, given }: NonNullable<RunConfig["task"]["module"]>,
  cwd: string,
): readonly string[] => [...new Set([isAbsolute(path) ? path : resolve(run, path), resolve(cwd, given)])];

/** The place of them where it is; undefined where it is gone. */
export const findTaskModule = (...where: Parameters<typeof placesOfTaskModule>): string | undefined =>
  placesOfTaskModule(...where).find((place) => existsSync(place));
