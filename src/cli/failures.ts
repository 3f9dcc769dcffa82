import { CommanderError } from "commander";
import { ConfigError, StackelbergError } from "../errors/errors.js";
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
  err(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  err("This is a fault of stackelberg. Please report it with the lines above and the output of `stackelberg info`.\n");
  return FAILED;
}
