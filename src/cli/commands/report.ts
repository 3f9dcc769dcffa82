import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { reportHtml } from "../../dashboard/server/report.js";
import { ConfigError, StorageError } from "../../errors/errors.js";
import { writeAtomic } from "../../runs/files.js";
import { wholeNumber } from "../arguments.js";
import type { AddCommand } from "../command.js";
import { runNamed, shown } from "../runs.js";
import { dashboardParts } from "./dashboard.js";

interface Options {
  readonly out: string;
  readonly seed: number;
}

/** `stackelberg report`: a run as one file. */
export const reportCommand: AddCommand = (add, { terminal, loadParts }) => {
  add("report")
    .summary("save a run as one HTML file that opens without a server")
    .description("Curves, the game board, settings, the log and a 3D replay of the newest checkpoint, all in one file.")
    .argument("<run>", "a run directory")
    .option("-o, --out <file>", "an .html file", "report.html")
    .option("--seed <n>", "the start that is replayed", wholeNumber("--seed", 0), 0)
    .action(async (run: string, { out, seed }: Options) => {
      const directory = runNamed(run, terminal.cwd);
      if (!out.endsWith(".html")) {
        throw new ConfigError("--out", `must end in .html, got ${JSON.stringify(out)}`, "For instance -o report.html");
      }
      const file = resolve(terminal.cwd, out);
      if (!existsSync(dirname(file)))
        throw new StorageError(dirname(out), "there is no such directory", "Make it, or choose another file");
      const html = await reportHtml({
        ...dashboardParts(terminal, await loadParts()),
        run: directory,
        seed,
        made: new Date().toISOString(),
      });
      writeAtomic(file, html);
      terminal.out(`${shown(file, terminal.cwd)}: ${(Buffer.byteLength(html) / 1e6).toFixed(1)} MB\n`);
    });
};
