import { mkdirSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { ConfigError } from "../../errors/errors.js";
import { readHead } from "../../runs/config.js";
import { compareFigure, GROUPINGS, type Grouping, QUANTITIES, type Quantity } from "../../runs/figure-compare.js";
import { type RunData, runFigure } from "../../runs/figure-run.js";
import { writeAtomic } from "../../runs/files.js";
import { iterationsOf, readEvents } from "../../runs/metrics-log.js";
import { toPng } from "../../runs/png.js";
import { oneOf } from "../arguments.js";
import type { AddCommand } from "../command.js";
import { runsIn, shown } from "../runs.js";

interface Options {
  readonly out: string;
  readonly group?: Grouping;
  readonly y: Quantity;
  readonly title?: string;
}

/** `stackelberg plot`: learning curves of one or several runs. */
export const plotCommand: AddCommand = (add, { terminal }) => {
  const quantities = Object.keys(QUANTITIES) as Quantity[];
  add("plot")
    .summary("draw learning curves of one or several runs")
    .description(
      "Draws one run in detail, or several in one figure: a panel per task, and per group the interquartile mean over seeds with its 95 % bootstrap interval (of fewer than four seeds the mean).",
    )
    .argument("<run...>", "run directories, or directories that hold some")
    .option("--out <file>", "an .svg or .png file", "learning-curves.svg")
    .option(
      "--group <what>",
      `what makes one curve: ${GROUPINGS.join(", ")} (default: algorithm)`,
      oneOf("--group", GROUPINGS),
    )
    .option(
      "--y <what>",
      `what to draw over real samples: ${quantities.join(", ")}`,
      oneOf("--y", quantities),
      "return",
    )
    .option("--title <text>", "a heading instead of the task's name")
    .action(async (paths: readonly string[], options: Options) => {
      const warn = (message: string) => terminal.err(`Warning: ${message}\n`);
      const directories = new Set(paths.flatMap((path) => runsIn(resolve(terminal.cwd, path))));
      const runs = [...directories].map(
        (directory): RunData => ({
          name: basename(directory),
          config: readHead(directory),
          iterations: iterationsOf(readEvents(directory, warn)),
        }),
      );
      const out = resolve(terminal.cwd, options.out);
      if (!/\.(svg|png)$/.test(out))
        throw new ConfigError(
          "--out",
          `must end in .svg or .png, got ${JSON.stringify(options.out)}`,
          "For instance --out curves.svg",
        );
      const detailed = runs.length === 1 && options.group === undefined && options.y === "return";
      const svg = detailed
        ? runFigure(runs[0])
        : compareFigure(runs, {
            group: options.group ?? "algorithm",
            quantity: options.y,
            ...(options.title === undefined ? {} : { title: options.title }),
          });
      mkdirSync(dirname(out), { recursive: true });
      writeAtomic(out, out.endsWith(".png") ? await toPng(svg) : svg);
      terminal.out(`${shown(out, terminal.cwd)}: ${runs.length} run${runs.length === 1 ? "" : "s"}\n`);
    });
};
