import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import { CommanderError } from "commander";
import { ConfigError, StackelbergError } from "../errors/errors.js";
import { isUsersCode } from "./task-source.js";
import type { Terminal } from "./terminal.js";

/** Wrong use of the command or its settings. */
export const USAGE = 2;
/** Anything else that went wrong. */
export const FAILED = 1;
/** Stopped by Ctrl-C, as shells say it: 128 + 2. */
export const INTERRUPTED = 130;

/** Says what went wrong, to people. @returns the exit code */
export function report(error: unknown, { err }: Terminal): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE; // commander has said it already
  if (error instanceof StackelbergError) {
    err(`${error.message}\n`);
    return error instanceof ConfigError ? USAGE : FAILED;
  }
  if (!(error instanceof Error)) {
    err(`A task's code threw ${inspect(error)}, which is no Error. Throw an Error: its trace names the line.\n`); // ours never does
    return FAILED;
  }
  const line = usersLine(error);
  if (line !== undefined) {
    err(`${line}: ${String(error)}. Fix the task; \`stackelberg check-task\` tries all of it.\n`);
    return FAILED;
  }
  if (isSystemError(error)) {
    err(
      `${error.path ?? error.syscall}: ${error.message}. Choose another place, free some space, or grant write permission.\n`,
    );
    return FAILED;
  }
  err(`${error.stack ?? error.message}\n`);
  err("This is a fault of stackelberg. Please report it with the lines above and the output of `stackelberg info`.\n");
  return FAILED;
}

/** What the file system refuses: no such path, no space, no permission. */
export const isSystemError = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && "syscall" in error && "errno" in error;

/** The innermost line, in the trace of an error, of a task of the user's own. */
export function usersLine(error: Error): string | undefined {
  for (const [, place, line] of (error.stack ?? "").matchAll(/^ {4}at .*?((?:file:)?[^\s()]+):(\d+):\d+\)?$/gm)) {
    const path = place.startsWith("file:") ? fileURLToPath(place) : place;
    if (isUsersCode(path)) return `${path}:${line}`;
  }
  return undefined;
}
