import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { ComputeError } from "../../errors/errors.js";
import type { BoundRow } from "../../experiments/bounds.js";
import type { ExactRun, ExactStudy } from "../../experiments/exact-games/study.js";
import type { Verdict } from "../../experiments/exact-games/trajectory.js";
import { writeAtomic } from "../../runs/files.js";
import { toPng } from "../../runs/png.js";
import { directoryPath, wholeNumber } from "../arguments.js";
import type { AddCommand } from "../command.js";
import { shown } from "../runs.js";
import { table } from "../text.js";

interface Options {
  readonly out: string;
  readonly mdps: number;
  readonly json?: boolean;
}

/** 300 take seconds, so many take hours. */
const MOST_MDPS = 1_000_000;

/** `stackelberg theory`: the exact games and the bounds of App. A, as figures and tables. */
export const theoryCommand: AddCommand = (add, { terminal, loadParts }) => {
  add("theory")
    .summary("play the exact games and check the paper's bounds")
    .description(
      "Plays games whose equilibria are known with PAL, MAL, GDA and BR, and tries the lemmas and the theorem of " +
        "App. A on random MDPs. Writes phase portraits, a figure of how tight the bounds are, and tables.",
    )
    .option("--out <directory>", "where the files go", directoryPath("--out"), "theory")
    .option("--mdps <n>", "random MDPs for each bound", wholeNumber("--mdps", 1, MOST_MDPS), 300)
    .option("--json", "JSON instead of text")
    .action(async ({ out, mdps, json }: Options) => {
      const { exactGames, boundsTable, tightness, portraits, tightnessFigure, seeded } = (await loadParts()).theory;
      const games = await exactGames();
      const bounds = boundsTable(mdps, seeded(0).stream("bounds"));
      const directory = resolve(terminal.cwd, out);
      mkdirSync(directory, { recursive: true });
      const figures = {
        portraits: portraits(games),
        tightness: tightnessFigure(tightness(mdps, seeded(0).stream("tightness"))),
      };
      const files: Record<string, string | Uint8Array> = {
        "games.csv": csv(gameRows(games)),
        "bounds.csv": csv(boundRows(bounds)),
        "tables.md": `${markdown(gameRows(games))}\n${markdown(boundRows(bounds))}`,
      };
      for (const [name, svg] of Object.entries(figures)) {
        files[`${name}.svg`] = svg;
        const png = await optionalPng(svg);
        if (png !== undefined) files[`${name}.png`] = png;
      }
      for (const [name, content] of Object.entries(files)) writeAtomic(join(directory, name), content);
      const written = Object.keys(files).map((name) => shown(join(directory, name), terminal.cwd));
      const text = () => `${table(gameRows(games))}\n${table(boundRows(bounds))}\n${written.join("\n")}\n`;
      terminal.out(json ? `${JSON.stringify({ games: games.map(withoutPaths), bounds, files: written })}\n` : text());
    });
};

/** PNG where the optional package is there. */
async function optionalPng(svg: string): Promise<Uint8Array | undefined> {
  try {
    return await toPng(svg);
  } catch (error) {
    if (error instanceof ComputeError) return undefined; // the package is optional, and so are these copies
    throw error;
  }
}

const withoutPaths = ({ runs, ...study }: ExactStudy) => ({
  ...study,
  runs: runs.map(({ path, ...run }: ExactRun) => ({ ...run, last: path[path.length - 1] })),
});

const verdicts = (verdict: Verdict): string =>
  verdict.kind === "cycles" ? `circle of ${verdict.period}` : verdict.kind === "converges" ? "settles" : verdict.kind;

const distance = (to: readonly [number, number]): string => to.map((x) => x.toExponential(0)).join(" / ");

export function gameRows(games: readonly ExactStudy[]): readonly (readonly string[])[] {
  const head = ["game", "played by", "iterations", "ends", "to Nash: π / M", "to policy-led: π / M", "moves"];
  const rows = games.flatMap(({ name, runs }) =>
    runs.map(({ algorithm, moves, verdict, iterations, toNash, toPolicyLed }) => [
      name,
      algorithm,
      String(iterations),
      verdicts(verdict),
      distance(toNash),
      distance(toPolicyLed),
      moves,
    ]),
  );
  return [head, ...rows];
}

export function boundRows(bounds: readonly BoundRow[]): readonly (readonly string[])[] {
  const head = ["claim", "MDPs", "smallest slack", "left/right, median", "largest", "worst case", "inequality"];
  const rows = bounds.map(({ claim, mdps, smallestSlack, medianRatio, largestRatio, worstCase, inequality }) => [
    claim,
    String(mdps),
    smallestSlack.toExponential(1),
    medianRatio.toPrecision(2),
    largestRatio.toPrecision(2),
    `${worstCase.ratio.toPrecision(3)} in ${worstCase.name}`,
    inequality,
  ]);
  return [head, ...rows];
}

const csv = (rows: readonly (readonly string[])[]): string =>
  rows
    .map((row) => `${row.map((cell) => (/[",]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(",")}\n`)
    .join("");

const markdown = ([head, ...rows]: readonly (readonly string[])[]): string =>
  [head, head.map(() => "---"), ...rows]
    .map((row) => `| ${row.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |\n`)
    .join("");
