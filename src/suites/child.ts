import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import { StorageError } from "../errors/errors.js";
import { type ExecutorContext, workCommand } from "./executor.js";
import type { Suite, SuiteJob } from "./frozen-suite.js";

/**
 * Starts `suite work` as a child. It is in a process group of its own, so that Ctrl-C in a terminal reaches this process
 * alone, which asks it to stop; and it has a channel to this process, so that it ends when this one is gone, however that
 * ended. What it says is in `logs/<id>.log`.
 *
 * @param env beside this process's own
 * @throws {StorageError} where the disk is full or the place cannot be written
 */
export function startWork(
  context: Pick<ExecutorContext, "suite" | "command">,
  job: SuiteJob,
  engines: number,
  env: NodeJS.ProcessEnv = {},
): ChildProcess {
  const [program, ...line] = [...workCommand(context, job), "--attached", "--workers", String(engines)];
  const log = openLog(context.suite, job);
  const child = spawn(program, line, {
    detached: true,
    stdio: ["ignore", log, log, "ipc"],
    env: { ...process.env, ...env },
  });
  closeSync(log);
  child.on("error", () => {}); // `close` follows, with a code that is not 0
  return child;
}

function openLog(suite: Pick<Suite, "directory">, { id }: SuiteJob): number {
  const directory = join(suite.directory, "logs");
  try {
    mkdirSync(directory, { recursive: true });
    return openSync(join(directory, `${id}.log`), "a");
  } catch (cause) {
    throw new StorageError(
      directory,
      `cannot be written (${cause instanceof Error ? cause.message : String(cause)})`,
      "Make room on the disk, then run the suite again: it goes on",
      { cause },
    );
  }
}
