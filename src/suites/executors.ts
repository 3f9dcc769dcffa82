import { existsSync } from "node:fs";
import { join } from "node:path";
import { ConfigError } from "../errors/errors.js";
import { suggest } from "../errors/nearest.js";
import { readJson, writeAtomic } from "../runs/files.js";
import type { Attempt, Executor, ExecutorContext, ExecutorKind } from "./executor.js";
import type { Suite } from "./frozen-suite.js";
import { localKind } from "./local/local-executor.js";
import { queueKind } from "./queue/queue-executor.js";
import { slurmKind } from "./slurm/slurm-executor.js";

/** Executors by name: `--on`. */
export const EXECUTORS: Readonly<Record<string, ExecutorKind>> = {
  local: localKind,
  slurm: slurmKind,
  queue: queueKind,
};

/** Which executor a suite was handed to, with which options: `executor.json`. */
export interface Chosen {
  readonly name: string;
  readonly options: Readonly<Record<string, string>>;
}

/** A kind by name. @throws {ConfigError} where there is none */
export function executorKind(name: string): ExecutorKind {
  if (!Object.hasOwn(EXECUTORS, name))
    throw new ConfigError("--on", `there is no executor "${name}"`, suggest(name, Object.keys(EXECUTORS)));
  return EXECUTORS[name];
}

/** Opens an executor. @throws {ConfigError} where it or one of the options is unknown */
export async function openExecutor(
  { name, options }: Chosen,
  context: Omit<ExecutorContext, "options">,
): Promise<Executor> {
  const kind = executorKind(name);
  const known = Object.keys(kind.options);
  for (const option of Object.keys(options))
    if (!known.includes(option))
      throw new ConfigError(`--with ${option}`, `the executor ${name} has no such option`, suggest(option, known));
  return kind.open({ ...context, options });
}

const chosenPath = ({ directory }: Pick<Suite, "directory">) => join(directory, "executor.json");

/** Keeps the choice, so that `suite cancel` and `suite retry` ask the same engine. */
export const keepChoice = (suite: Pick<Suite, "directory">, chosen: Chosen): void =>
  writeAtomic(chosenPath(suite), `${JSON.stringify(chosen, null, 2)}\n`);

/** The choice that was kept; undefined where the suite was never handed to an executor. */
export const keptChoice = (suite: Pick<Suite, "directory">): Chosen | undefined =>
  existsSync(chosenPath(suite))
    ? (readJson(chosenPath(suite), "Remove it; `suite run` writes it anew") as Chosen)
    : undefined;

/** What the engine that started this process says of it. */
export function attemptHere(env: NodeJS.ProcessEnv): Attempt {
  for (const kind of Object.values(EXECUTORS)) {
    const attempt = kind.attempt?.(env);
    if (attempt !== undefined) return attempt;
  }
  return { formerIsOver: false };
}
