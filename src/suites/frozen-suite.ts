import { createHash } from "node:crypto";
import { existsSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Algorithm } from "../agents/defaults.js";
import type { Settings } from "../agents/settings.js";
import { ConfigError } from "../errors/errors.js";
import { suggest } from "../errors/nearest.js";
import type { RunConfig } from "../runs/config.js";
import { readJson, writeAtomic } from "../runs/files.js";
import type { FigureSpec } from "./suite-file.js";

/** What `suite.json` says it is. */
export const SUITE_FORMAT = "stackelberg-suite/1";

/** One way on one task in one variant: what its seeds share, all of it resolved. */
export interface SuiteGame {
  readonly id: string;
  /** Names in the suite's file. */
  readonly way: string;
  readonly task: string;
  readonly variant: string | null;
  readonly algorithm: Algorithm;
  /** As runs keep it; a module's path is relative to the suite's directory. */
  readonly world: RunConfig["task"];
  readonly preset: string;
  readonly settings: Settings;
  readonly keepEvery: number | null;
  readonly cores: number;
  /** Bytes. */
  readonly memory: number;
  readonly minutes: number | null;
}

/** One run. */
export interface SuiteJob {
  /** Stable: it depends on way, task, variant and seed alone. Also the name of its run directory. */
  readonly id: string;
  /** Its place in the list: what `--index` means. */
  readonly index: number;
  readonly game: string;
  readonly seed: number;
}

/** `suite.json`: a suite in which nothing is left to look up. */
export interface FrozenSuite {
  readonly format: typeof SUITE_FORMAT;
  /** SHA-256 of all the rest. */
  readonly hash: string;
  readonly name: string;
  readonly about: string;
  /** ISO 8601. */
  readonly created: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly attempts: number;
  readonly figures: readonly FigureSpec[];
  readonly games: readonly SuiteGame[];
  readonly jobs: readonly SuiteJob[];
}

/** A frozen suite and where it is. */
export interface Suite extends FrozenSuite {
  readonly directory: string;
}

const suitePath = (directory: string) => join(directory, "suite.json");

/** Whether a directory holds a frozen suite. */
export const isSuite = (directory: string): boolean => existsSync(suitePath(directory));

/** A job's run directory. */
export const runOf = ({ directory }: Pick<Suite, "directory">, job: string): string => join(directory, "runs", job);

export const gameOf = ({ games }: FrozenSuite, { game }: SuiteJob): SuiteGame => games.find(({ id }) => id === game)!;

const hashOf = ({ hash, ...rest }: Omit<FrozenSuite, "hash"> & { readonly hash?: string }): string =>
  createHash("sha256").update(JSON.stringify(rest)).digest("hex");

/** Writes `suite.json`. */
export function writeSuite(directory: string, content: Omit<FrozenSuite, "format" | "hash">): Suite {
  mkdirSync(directory, { recursive: true });
  const body = { format: SUITE_FORMAT, ...content } as const;
  const frozen = { ...body, hash: hashOf(body) };
  writeAtomic(suitePath(directory), `${JSON.stringify(frozen, null, 1)}\n`);
  return { ...frozen, directory };
}

/**
 * The frozen suite of a directory.
 *
 * @throws {ConfigError} where there is none, or it was edited
 * @throws {StorageError} where it cannot be read
 */
export function readSuite(path: string): Suite {
  const directory = resolve(path);
  if (!isSuite(directory))
    throw new ConfigError(
      directory,
      "holds no suite.json",
      "Give the directory of a suite, as `stackelberg suite run` made it",
    );
  const frozen = readJson(suitePath(directory), "Restore it, or begin a suite in another directory") as FrozenSuite;
  if (frozen?.format !== SUITE_FORMAT)
    throw new ConfigError(
      suitePath(directory),
      `its format is ${JSON.stringify(frozen?.format)}, this version reads ${SUITE_FORMAT}`,
      "Use the version that made it, or begin a suite in another directory",
    );
  if (hashOf(frozen) !== frozen.hash)
    throw new ConfigError(
      suitePath(directory),
      "was edited since it was frozen: its hash no longer fits",
      "Undo the edit; to change a suite, change its file and run it with another --out, or with --extend where runs are only added",
    );
  return { ...frozen, directory };
}

/** A job by its place or its id. @throws {ConfigError} where there is none */
export function jobOf({ directory, jobs }: Suite, which: number | string): SuiteJob {
  const job = typeof which === "number" ? jobs[which] : jobs.find(({ id }) => id === which);
  if (job !== undefined) return job;
  throw typeof which === "number"
    ? new ConfigError(
        "--index",
        `the suite in ${directory} has ${jobs.length} runs, got ${which}`,
        `Give 0 to ${jobs.length - 1}`,
      )
    : new ConfigError(
        "run",
        `the suite in ${directory} has no run ${JSON.stringify(which)}`,
        suggest(
          which,
          jobs.map(({ id }) => id),
        ),
      );
}
