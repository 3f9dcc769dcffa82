import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";

const FAKE = fileURLToPath(new URL("./fake-slurm.mjs", import.meta.url));

/** Puts commands that stand for Slurm's before all others of this process, for all tests of a file. */
export function fakeSlurm() {
  const directory = mkdtempSync(join(tmpdir(), "stackelberg-"));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  const [bin, state] = [join(directory, "bin"), join(directory, "state")];
  for (const made of [bin, state]) mkdirSync(made, { recursive: true });
  for (const name of ["sbatch", "squeue", "scancel", "scontrol"]) {
    writeFileSync(join(bin, name), `#!/bin/sh\nexec '${process.execPath}' '${FAKE}' '${state}' ${name} "$@"\n`);
    chmodSync(join(bin, name), 0o755);
  }
  process.env.PATH = `${bin}${delimiter}${process.env.PATH}`;
  return {
    /** Words of every `sbatch`. */
    submitted: (): readonly (readonly string[])[] =>
      readFileSync(join(state, "sbatch.line"), "utf8")
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as string[]),
    /** Processes of tasks that run. */
    pids: (): readonly number[] =>
      readdirSync(state)
        .filter((name) => name.endsWith(".task"))
        .flatMap((name) => (JSON.parse(readFileSync(join(state, name), "utf8")) as { pid?: number }).pid ?? []),
  };
}
