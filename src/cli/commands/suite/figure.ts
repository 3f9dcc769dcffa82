import { mkdirSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import type { Compute } from "../../../compute/engine.js";
import { readConfig } from "../../../runs/config.js";
import { writeAtomic } from "../../../runs/files.js";
import type { Suite } from "../../../suites/frozen-suite.js";
import { type Block, html, markdown } from "../../../suites/report/document.js";
import { measureLookAhead } from "../../../suites/report/look-ahead.js";
import { measurePerturbed } from "../../../suites/report/perturbed.js";
import { drawSuiteFigure, figuresOf, suiteReport } from "../../../suites/report/suite-report.js";
import { type PlayedRun, readSuiteRuns, type SuiteRuns } from "../../../suites/report/suite-runs.js";
import { collect, directoryPath } from "../../arguments.js";
import type { AddCommand, Context } from "../../command.js";
import { shown } from "../../runs.js";
import { recallTask } from "../../task-source.js";
import { suiteNamed } from "./open.js";

interface Options {
  readonly out?: string;
  readonly also?: readonly string[];
}

const ALSO =
  "runs made elsewhere that play a game of the suite stand in for seeds that it lacks; may come several times";

/** `stackelberg suite figure`: the figures of what is there. */
export const suiteFigureCommand: AddCommand = (add, context) => {
  add("figure")
    .summary("draw a suite's figures")
    .description("Draws what is there, and says on the figure which seeds are missing.")
    .argument("<suite>", "the directory of a suite")
    .option("--out <directory>", "where the .svg files go (default: the suite's directory)", directoryPath("--out"))
    .option("--also <directory>", ALSO, collect)
    .action(async (named: string, { out, also }: Options) => {
      const { terminal } = context;
      const suite = suiteNamed(named, terminal.cwd);
      const all = await gathered(suite, also, context);
      const directory = out === undefined ? suite.directory : resolve(terminal.cwd, out);
      mkdirSync(directory, { recursive: true });
      for (const figure of figuresOf(all)) {
        const path = join(directory, `${figure.name}.svg`);
        writeAtomic(path, drawSuiteFigure(all, figure));
        terminal.out(`${shown(path, terminal.cwd)}\n`);
      }
    });
};

/** `stackelberg suite report`: figures and numbers of what is there. */
export const suiteReportCommand: AddCommand = (add, context) => {
  add("report")
    .summary("write a suite's figures and numbers as report.md and report.html")
    .description("Writes what is there, with intervals, and says which seeds are missing.")
    .argument("<suite>", "the directory of a suite")
    .option("--out <directory>", "where the files go (default: the suite's directory)", directoryPath("--out"))
    .option("--also <directory>", ALSO, collect)
    .action(async (named: string, { out, also }: Options) => {
      const { terminal } = context;
      const suite = suiteNamed(named, terminal.cwd);
      const blocks = suiteReport(await gathered(suite, also, context));
      const directory = out === undefined ? suite.directory : resolve(terminal.cwd, out);
      for (const path of writeReport(directory, suite.name, blocks)) terminal.out(`${shown(path, terminal.cwd)}\n`);
    });
};

/** Writes a report with its figures. @returns the files that people open */
export function writeReport(directory: string, title: string, blocks: readonly Block[]): readonly string[] {
  mkdirSync(directory, { recursive: true });
  for (const block of blocks)
    if (block.kind === "figure") writeAtomic(join(directory, basename(block.file)), block.svg);
  const files = { "report.md": markdown(blocks), "report.html": html(title, blocks) };
  return Object.entries(files).map(([name, content]) => {
    writeAtomic(join(directory, name), content);
    return join(directory, name);
  });
}

/** What a suite has, with what its figures have to measure first. */
export async function gathered(
  suite: Suite,
  also: readonly string[] | undefined,
  { terminal, loadParts }: Context,
): Promise<SuiteRuns> {
  const warn = (message: string) => terminal.err(`Warning: ${message}\n`);
  const all = readSuiteRuns(
    suite,
    (also ?? []).map((path) => resolve(terminal.cwd, path)),
    warn,
  );
  let compute: Promise<Compute> | undefined;
  try {
    for (const figure of figuresOf(all)) {
      if (figure.kind !== "rollout-error" && figure.kind !== "perturbed") continue;
      const parts = await loadParts();
      const needs = {
        compute: () => (compute ??= parts.openNodeCompute({ provider: "cpu" })),
        openTask: ({ directory }: PlayedRun) => recallTask(directory, readConfig(directory), terminal.cwd, parts, warn),
      };
      if (figure.kind === "rollout-error") await measureLookAhead(all, figure, needs);
      else await measurePerturbed(all, figure, needs, warn);
    }
  } finally {
    await (await compute)?.close();
  }
  return all;
}
