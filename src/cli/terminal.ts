import type { Readable } from "node:stream";

/** Where a command reads its surroundings and writes to; tests put their own in its place. */
export interface Terminal {
  /** Results: standard output. */
  out(text: string): void;
  /** Everything for people that is not the result: standard error. */
  err(text: string): void;
  /** Width of standard error where it is a terminal; undefined where it is a file or pipe. */
  readonly columns: number | undefined;
  readonly cwd: string;
  /** Standard input, untouched until somebody reads it. */
  input(): Readable;
  /** Hears Ctrl-C and requests to end. @returns stops listening */
  onSignal(listener: (signal: NodeJS.Signals) => void): () => void;
}

/** The terminal of this process. */
export function processTerminal(): Terminal {
  // A reader that went away (`| head`) is no reason to lose a run.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
    });
  }
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    get columns() {
      return process.stderr.isTTY ? process.stderr.columns || 80 : undefined;
    },
    cwd: process.cwd(),
    input: () => process.stdin,
    onSignal(listener) {
      process.on("SIGINT", listener).on("SIGTERM", listener);
      return () => process.off("SIGINT", listener).off("SIGTERM", listener);
    },
  };
}
